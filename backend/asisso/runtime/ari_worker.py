"""One telephony configuration's connection to its Asterisk, kept alive for as long as it is wanted.

Reads events and hands them on; never waits for a database or a request while doing so, because Asterisk cuts off
a slow reader after some thousand events.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any

import structlog

from asisso.asterisk.ari.errors import AriError, AriNotFound, AriUnreachable
from asisso.asterisk.ari.events import (
    ApplicationReplaced,
    AriEvent,
    Channel,
    OtherEvent,
    StasisStart,
)
from asisso.asterisk.ari.failures import (
    APPLICATION_TAKEN,
    INTERNAL_ERROR,
    ApplicationTaken,
    Verdict,
    classify,
    require_version,
)
from asisso.asterisk.ari.rest import AriAddress, AriClient
from asisso.asterisk.ari.stream import EventStream, open_stream
from asisso.asterisk.version import parse_version
from asisso.calls import machine
from asisso.calls.directory import Directory, LiveCall
from asisso.calls.ids import object_prefix
from asisso.calls.plan import CallServices
from asisso.calls.route import Arrival
from asisso.calls.session import CallSession
from asisso.calls.start import CallStart, Inbound, Outbound

from .backoff import Backoff
from .connection import Connection
from .housekeeping import OTHER_HALF, reconcile
from .recovery import Recovery

log = structlog.get_logger(__name__)

STABLE_AFTER_S = 1.0
"""A connection that held this long, once all was in line, starts its backoff anew when it breaks."""

ATTENTION_PROBE_S = 60.0
"""A configuration that needs a person is still tried this often: the mend may happen on the PBX."""

HOUSEKEEPING_EVERY_S = 60.0
ROUND_TRIP_EVERY_S = 15.0
CLOSE_TIMEOUT_S = 10.0
WATCH_EVERY_S = 3.0
PBX_LOST_AFTER_S = 30.0
"""A PBX that can't be reached for this long has lost our calls, or we have."""

UNUSED_EVENTS = (
    "ChannelVarset",
    "ChannelDialplan",
    "ChannelCallerId",
    "ChannelConnectedLine",
    "ChannelCreated",
    "DeviceStateChanged",
)


@dataclass(frozen=True, slots=True)
class Target:
    """What decides about a connection; when one of these changes it is made anew."""

    configuration_id: str
    address: AriAddress
    app: str


class AriWorker:
    """Supervises one connection and starts a session for each call that comes over it."""

    def __init__(
        self, target: Target, services: CallServices, connection: Connection, recovery: Recovery
    ) -> None:
        self.target = target
        self.connection = connection
        self._services = services
        self._recovery = recovery
        self._directory: Directory = services.directory
        self._ari = AriClient(target.address)
        self._wake = asyncio.Event()
        self._is_retired = False
        self._started_at: str | None = None
        self._failing_code: str | None = None
        self._failing_since = 0.0
        self._blind_since: float | None = None
        self._connected_at: float | None = None
        self._calls: dict[asyncio.Task[None], CallSession] = {}
        self._chores: set[asyncio.Task[None]] = set()

    @property
    def active_calls(self) -> int:
        return sum(1 for _ in self._directory.sessions(self.target.configuration_id))

    def reconnect(self) -> None:
        """Try at once, whatever is being waited for, and even when all seems well."""
        self._wake.set()

    async def run(self) -> None:
        """Keep the connection until cancelled, or until it is retired and its last call has ended."""
        backoff = Backoff()
        try:
            while not (self._is_retired and not self._calls):
                self._wake.clear()
                await self._attempt(backoff)
        finally:
            await self._close()

    async def retire(self) -> None:
        """The configuration was changed, disabled or deleted: stay for the calls that are up, then stop."""
        self._is_retired = True
        # Until a successor has the application, callers still come to this one, and then they are its own.
        while self._calls:
            await asyncio.wait(self._calls)
        self._wake.set()

    async def _attempt(self, backoff: Backoff) -> None:
        self.connection.connecting()
        self._connected_at = None
        try:
            await self._connect_and_follow()
            return
        except AriError as error:
            verdict = classify(error)
        except Exception:
            # The connection's supervisor: a bug must not leave a PBX looking connected with nobody listening.
            log.exception(
                "a connection broke by an error of ours", configuration_id=self.target.configuration_id
            )
            verdict = INTERNAL_ERROR
        if self._was_stable:
            backoff.reset()
        await self._rest(self._failed(verdict, backoff))

    @property
    def _was_stable(self) -> bool:
        return self._connected_at is not None and time.monotonic() - self._connected_at > STABLE_AFTER_S

    def _failed(self, verdict: Verdict, backoff: Backoff) -> float | None:
        """Show the failure; gives the seconds until the next attempt, None when a person must ask for it."""
        if verdict.code != self._failing_code:
            self._failing_code, self._failing_since = verdict.code, time.monotonic()
        if verdict.code == APPLICATION_TAKEN:
            delay_s = None  # two programs taking it from each other in turn would never end
        elif verdict.needs_attention and not verdict.patience_s:
            delay_s = ATTENTION_PROBE_S
        else:
            delay_s = backoff.next_s()
        is_patient = time.monotonic() - self._failing_since < verdict.patience_s
        if is_patient:
            verdict = replace(verdict, needs_attention=False)
        self.connection.failed(verdict, delay_s)
        return delay_s

    async def _rest(self, delay_s: float | None) -> None:
        watching = asyncio.create_task(self._watch_calls())
        try:
            async with asyncio.timeout(delay_s):
                await self._wake.wait()
        except TimeoutError:
            return
        finally:
            watching.cancel()

    async def _watch_calls(self) -> None:
        """Without events, calls that are up go on; their end is noticed by asking."""
        while True:
            if self._calls:
                try:
                    await reconcile(self._ari, self.target.configuration_id, self._directory)
                    self._blind_since = None
                except AriUnreachable as error:
                    self._give_up_when_blind_too_long(error)
                except AriError as error:
                    log.warning("calls without an event stream can't be watched", error=str(error))
            await asyncio.sleep(WATCH_EVERY_S)

    def _give_up_when_blind_too_long(self, error: AriUnreachable) -> None:
        now = time.monotonic()
        self._blind_since = self._blind_since or now
        if now - self._blind_since > PBX_LOST_AFTER_S:
            for session in self._calls.values():
                session.post(machine.PbxLost(f"Asterisk could not be reached during the call: {error}."))

    async def _connect_and_follow(self) -> None:
        """One connection, from the first request to its loss; returns when it should be made anew.

        Raises:
            AriError: why there is no connection, or no more.
        """
        info = await self._ari.system_info()
        version_text = str((info.get("system") or {}).get("version", ""))
        version = parse_version(version_text)
        self.connection.asterisk_version = str(version) if version else version_text or None
        require_version(version, version_text)
        await self._require_write_right()
        self._notice_restart(str((info.get("status") or {}).get("startup_time", "")))
        missed = await self._missed_callers()
        async with open_stream(self.target.address, self.target.app) as stream:
            await self._follow(stream, missed)

    async def _follow(self, stream: EventStream, missed: list[Channel]) -> None:
        """Read events, from the first moment on, until somebody asks for a new connection.

        Raises:
            AriError: the connection broke.
        """
        # No TaskGroup: it would wrap the reason in an ExceptionGroup.
        tasks = [
            asyncio.create_task(self._read(stream)),
            asyncio.create_task(self._attend(stream, missed)),
            asyncio.create_task(self._wake.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            if task in done:
                task.result()

    async def _attend(self, stream: EventStream, missed: list[Channel]) -> None:
        """Bring PBX and calls in line, and keep them so."""
        await self._ari.filter_events(self.target.app, UNUSED_EVENTS)
        await self._take_up_calls()
        await reconcile(self._ari, self.target.configuration_id, self._directory)
        for channel in missed:
            if self._session_of(channel) is None:
                self._arrive(channel, ())
        self.connection.measured(await stream.round_trip_ms())
        self.connection.connected()
        self._failing_code = self._blind_since = None
        self._connected_at = time.monotonic()
        await asyncio.gather(self._measure_round_trips(stream), self._keep_house())

    async def _require_write_right(self) -> None:
        """A read-only user may see everything and do nothing; better known now than at the first call."""
        try:
            await self._ari.hang_up(f"{object_prefix(self.target.configuration_id)}write-check")
        except AriNotFound:
            return

    async def _missed_callers(self) -> list[Channel]:
        """Callers who still ring in our application and whom nobody serves: Asterisk repeats no event.

        Asked before our event stream opens: who comes later is announced by it. Answered ones are left alone, they
        may be another program's.
        """
        try:
            inside = await self._ari.application_channels(self.target.app)
        except AriNotFound:
            return []  # Asterisk knows an application only while it has a subscriber or channels
        if not inside:
            return []
        prefix = object_prefix(self.target.configuration_id)
        return [
            channel
            for channel in await self._ari.channels()
            if channel.id in inside
            and not channel.is_answered
            and not channel.id.startswith(prefix)
            and self._session_of(channel) is None
        ]

    def _notice_restart(self, started_at: str) -> None:
        if self._started_at not in (None, started_at):
            for session in self._directory.sessions(self.target.configuration_id):
                session.post(machine.PbxLost("Asterisk was restarted during the call."))
        self._started_at = started_at

    async def _read(self, stream: EventStream) -> None:
        async for event in stream:
            self.connection.saw_event()
            self._dispatch(event)

    def _dispatch(self, event: AriEvent) -> None:
        match event:
            case ApplicationReplaced(application):
                raise ApplicationTaken(
                    f"Another program has taken the Stasis application {application!r} over"
                )
            case OtherEvent():
                return
        channel = event.channel
        session = self._session_of(channel)
        if session is not None:
            session.on_ari(event)
        elif isinstance(event, StasisStart):
            self._arrive(channel, event.args)

    def _session_of(self, channel: Channel) -> LiveCall | None:
        return self._directory.by_channel(self.target.configuration_id, channel.id)

    def _arrive(self, channel: Channel, arguments: tuple[str, ...]) -> None:
        # The far half of a Local channel we dial comes out of the dialplan as anybody's call would.
        is_ours = channel.id.startswith(object_prefix(self.target.configuration_id))
        if is_ours and not channel.id.endswith(OTHER_HALF):
            self._chore(self._remove(channel.id))
            return
        arrival = Arrival(
            configuration_id=self.target.configuration_id,
            channel_id=channel.id,
            caller_number=channel.caller_number,
            caller_name=channel.caller_name,
            called_number=channel.extension,
            variables=dict(channel.variables or {}),
            arguments=arguments,
        )
        self._begin(Inbound(arrival, channel.is_answered))

    def place(self, call: Outbound) -> None:
        """Make an admitted outbound call."""
        self._begin(call)

    def _begin(self, start: CallStart) -> None:
        session = CallSession(self._services, self._ari, self.target.app, start)
        task = asyncio.create_task(session.run(), name=f"call {start.channel_id}")
        self._calls[task] = session
        task.add_done_callback(self._ended)
        self.connection.changed()

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._calls[task]
        self.connection.changed()

    async def _take_up_calls(self) -> None:
        """Go on with the calls of a process that died, before anything of them is taken for a leftover."""
        if self._recovery.waits_for(self.target.configuration_id):
            for start in await self._recovery.take_up(
                self.target.configuration_id, self.target.app, self._ari
            ):
                self._begin(start)

    async def _remove(self, channel_id: str) -> None:
        try:
            await self._ari.hang_up(channel_id)
        except AriError as error:
            log.info("a channel without a call could not be removed", error=str(error))

    async def _measure_round_trips(self, stream: EventStream) -> None:
        while True:
            await asyncio.sleep(ROUND_TRIP_EVERY_S)
            self.connection.measured(await stream.round_trip_ms())

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(HOUSEKEEPING_EVERY_S)
            try:
                await reconcile(self._ari, self.target.configuration_id, self._directory)
            except AriError as error:
                log.warning("housekeeping was put off", error=str(error))

    def _chore(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    async def _close(self) -> None:
        """End our calls that are still up, then the client they use; a successor's calls are not ours."""
        for session in self._calls.values():
            session.post(machine.ServerStopping())
        if self._calls:
            await asyncio.wait(self._calls, timeout=CLOSE_TIMEOUT_S)
        for task in (*self._calls, *self._chores):
            task.cancel()
        await self._ari.close()
