"""Brings a PBX back in line with what we know: leftovers of killed processes go, lost calls end.

Touches nothing but objects whose ids carry this configuration's prefix and the callers in its bridges; two people
whom an agent has put through to each other are left to talk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog

from asisso.asterisk.ari.errors import AriError, AriNotFound
from asisso.asterisk.ari.rest import AriClient
from asisso.calls import machine
from asisso.calls.directory import Directory
from asisso.calls.ids import object_prefix

from .recovery import joined_pairs

log = structlog.get_logger(__name__)

OTHER_HALF = ";2"
"""Asterisk's ending of a Local channel's second half, which goes into the dialplan and with the first one."""


async def reconcile(ari: AriClient, configuration_id: str, directory: Directory) -> None:
    """Remove our objects that belong to no live call, and end the calls whose caller is gone.

    Raises:
        AriError: the PBX could not be asked.
    """
    # Before the PBX is asked: a call that begins meanwhile must not be taken for a lost one.
    known = [session for session in directory.sessions(configuration_id) if session.is_on_the_pbx]
    channels = {channel.id for channel in await ari.channels()}
    for session in known:
        if session.channel_id not in channels:
            session.post(machine.CallerLeft())
    await _remove_leftovers(ari, configuration_id, directory, channels)


async def _remove_leftovers(
    ari: AriClient, configuration_id: str, directory: Directory, channels: set[str]
) -> None:
    prefix = object_prefix(configuration_id)
    all_bridges = await ari.bridges()
    left_alone = {i for bridge, _ in joined_pairs(all_bridges, configuration_id) for i in bridge.channel_ids}

    def is_nobodys(channel_id: str) -> bool:
        own = directory.by_channel(configuration_id, channel_id.removesuffix(OTHER_HALF))
        return own is None and channel_id not in left_alone

    ours = [i for i in channels if i.startswith(prefix) and is_nobodys(i)]
    bridges = [
        b
        for b in all_bridges
        if b.id.startswith(prefix) and not directory.has_bridge(b.id) and left_alone.isdisjoint(b.channel_ids)
    ]
    callers = [i for b in bridges for i in b.channel_ids if i not in ours and is_nobodys(i)]
    if ours or bridges:
        log.warning(
            "removing what an earlier process left on the PBX",
            configuration_id=configuration_id,
            channels=len(ours) + len(callers),
            bridges=len(bridges),
        )
    await asyncio.gather(*(_gone(ari.hang_up(i)) for i in ours + callers))
    await asyncio.gather(*(_gone(ari.delete_bridge(b.id)) for b in bridges))


async def _gone(removing: Awaitable[None]) -> None:
    try:
        await removing
    except AriNotFound:
        return
    except AriError as error:
        log.warning("a leftover could not be removed", error=str(error))
