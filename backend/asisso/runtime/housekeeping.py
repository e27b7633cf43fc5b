"""Brings a PBX back in line with what we know: leftovers of killed processes go, lost calls end.

Touches nothing but objects whose ids carry this configuration's prefix and the callers in its bridges.
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

log = structlog.get_logger(__name__)


async def reconcile(ari: AriClient, configuration_id: str, directory: Directory) -> None:
    """Remove our objects that belong to no live call, and end the calls whose caller is gone.

    Raises:
        AriError: the PBX could not be asked.
    """
    # Before the PBX is asked: a call that begins meanwhile must not be taken for a lost one.
    known = list(directory.sessions(configuration_id))
    channels = {channel.id for channel in await ari.channels()}
    for session in known:
        if session.arrival.channel_id not in channels:
            session.post(machine.CallerLeft())
    await _remove_leftovers(ari, configuration_id, directory, channels)


async def _remove_leftovers(
    ari: AriClient, configuration_id: str, directory: Directory, channels: set[str]
) -> None:
    prefix = object_prefix(configuration_id)
    ours = [i for i in channels if i.startswith(prefix) and not directory.by_channel(configuration_id, i)]
    bridges = [b for b in await ari.bridges() if b.id.startswith(prefix) and not directory.has_bridge(b.id)]
    callers = [
        i
        for b in bridges
        for i in b.channel_ids
        if i not in ours and not directory.by_channel(configuration_id, i)
    ]
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
