"""Takes up the calls of a process that died: callers who still wait get an agent again, the other runs are closed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from asisso.asterisk.ari.errors import AriNotFound
from asisso.asterisk.ari.rest import AriClient, Bridge
from asisso.calls.ids import is_target_id
from asisso.calls.lost_runs import close_lost_runs
from asisso.calls.recovery import OpenRun, find_open_runs
from asisso.calls.start import Resumed
from asisso.db.engine import Database

log = structlog.get_logger(__name__)

RECOVERY_LIMIT_S = 45.0
"""A PBX that has not been reached by then has lost the callers, or they have lost patience."""

CLOSE_RETRY_S = 5.0
HUNG_UP = "The server stopped in the middle of this call, and the caller was gone when it came back."
UNREACHED = (
    "The server stopped in the middle of this call, and the PBX could not be asked for the caller again."
)
UNANSWERED = "The server stopped while the telephone was ringing."
HOPELESS = "The server stopped in the middle of this call."


class Recovery:
    """The runs that wait to be taken up or closed."""

    def __init__(self, database: Database, recordings: Path, node: str) -> None:
        self._database = database
        self._recordings = recordings
        self._node = node
        self._waiting: dict[str, list[OpenRun]] = {}

    async def load(self) -> None:
        """Find what an earlier process left; called before the first call is taken."""
        left = await find_open_runs(self._database, self._node)
        self._waiting = dict(left.runs)
        found = sum(len(runs) for runs in self._waiting.values())
        if found or left.hopeless:
            log.warning("an earlier process left runs open", runs=found, hopeless=len(left.hopeless))
        await self._close(left.hopeless, HOPELESS)

    def waits_for(self, configuration_id: str) -> bool:
        """Whether calls of this configuration wait to be taken up."""
        return configuration_id in self._waiting

    async def take_up(self, configuration_id: str, app: str, ari: AriClient) -> list[Resumed]:
        """The calls of a connected PBX that go on; the runs of the others are closed.

        Raises:
            AriError: the PBX could not be asked; the runs go on waiting.
        """
        runs = self._waiting.get(configuration_id, [])
        if not runs:
            return []
        try:
            inside = set(await ari.application_channels(app))
        except AriNotFound:
            inside = set()  # Asterisk knows an application only while it has a subscriber or channels
        channels = {channel.id: channel for channel in await ari.channels() if channel.id in inside}
        bridges = await ari.bridges()
        del self._waiting[configuration_id]
        resumed = []
        unanswered = []
        for run in runs:
            channel = channels.get(run.channel_id)
            if channel is not None and run.is_outbound and not channel.is_answered:
                unanswered.append(run.admission.run_id)  # its telephone is hung up as a leftover
            elif channel is not None:
                bridge_id, target_id = _joined(bridges, run.channel_id, configuration_id)
                resumed.append(Resumed(run, channel.is_answered, bridge_id, target_id))
        taken = {start.channel_id for start in resumed}
        lost = [run.admission.run_id for run in runs if run.channel_id not in taken]
        await self._close([run_id for run_id in lost if run_id not in unanswered], HUNG_UP)
        await self._close(unanswered, UNANSWERED)
        log.warning("calls of an earlier process go on", calls=len(resumed), lost=len(runs) - len(resumed))
        return resumed

    async def give_up_in_time(self) -> None:
        """Close what nobody has taken up within the limit."""
        await asyncio.sleep(RECOVERY_LIMIT_S)
        left = [run.admission.run_id for runs in self._waiting.values() for run in runs]
        self._waiting.clear()
        await self._close(left, UNREACHED)

    async def _close(self, run_ids: list[str], detail: str) -> None:
        while run_ids:
            try:
                await close_lost_runs(self._database, run_ids, self._recordings, detail)
            except (SQLAlchemyError, OSError) as error:
                log.error("lost runs could not be closed", error=type(error).__name__)
                await asyncio.sleep(CLOSE_RETRY_S)
            else:
                return


def joined_pairs(bridges: list[Bridge], configuration_id: str) -> Iterator[tuple[Bridge, str]]:
    """Our bridges in which a caller talks to whom an agent put them through, with that one's channel."""
    for bridge in bridges:
        target = next((i for i in bridge.channel_ids if is_target_id(i, configuration_id)), None)
        if target is not None and len(bridge.channel_ids) > 1:
            yield bridge, target


def _joined(bridges: list[Bridge], channel_id: str, configuration_id: str) -> tuple[str, str]:
    for bridge, target in joined_pairs(bridges, configuration_id):
        if channel_id in bridge.channel_ids:
            return bridge.id, target
    return "", ""
