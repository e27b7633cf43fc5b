"""The running telephony: one worker for each enabled configuration, started, changed and stopped as the rows say.

Rows are the truth, hints only make reading them sooner: without any hint a change is taken up within 5 s.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from asisso.agents.agent import AgentError
from asisso.agents.speech import SpeechModels
from asisso.agents.typed import TypedParts
from asisso.api.state import AppState
from asisso.asterisk.ari.rest import AriAddress
from asisso.calls import machine
from asisso.calls.admission import Admission
from asisso.calls.caller_leg import DialOrder
from asisso.calls.control import CallControls
from asisso.calls.credentials import MediaCredential
from asisso.calls.disk import Disk
from asisso.calls.journal import Journal
from asisso.calls.lost_runs import close_lost_runs
from asisso.calls.plan import CallServices
from asisso.calls.route import PublishedWorkflow
from asisso.calls.routing import workflows_in_service
from asisso.calls.start import Outbound
from asisso.clock import utc_now
from asisso.db.changes import Change
from asisso.db.models import TelephonyConfiguration
from asisso.errors import AsissoError
from asisso.metrics import watch_queue
from asisso.services.telephony import ConnectionState, ConnectionStatus
from asisso.services.telephony_configurations import app_password_of, media_password_of
from asisso.vocabulary import EndedBy

from .agent_plans import AgentPlanner
from .analysis_reader import readers
from .analyst import Analyst
from .ari_worker import AriWorker, Target
from .connection import Connection
from .doctor_watch import DoctorWatch
from .event_loop import EventLoopWatch
from .node_hints import NodeHints
from .recovery import Recovery
from .state_announcer import StateAnnouncer
from .webhook_client import WebhookClient
from .webhooks import WebhookSender

log = structlog.get_logger(__name__)

POLL_EVERY_S = 5.0
MAX_LIVE_CALLS = 200
"""What one process takes at the most; more are refused with 503 so that those that are up stay good."""

CLIPS_FOLDER = "clips"
STOP_TIMEOUT_S = 15.0
MODEL_RETRY_S = 30.0


class TelephonyRuntime:
    """Implements `services.telephony.Telephony`.

    Attributes:
        recovery: the calls of an earlier process.
        journal: what the calls of this one have to say.
        planner: makes the agents.
        event_loop: whether it keeps up.
    """

    def __init__(self, state: AppState, disk: Disk) -> None:
        self._state = state
        self._node = socket.gethostname()
        self._workers: dict[str, tuple[AriWorker, asyncio.Task[None]]] = {}
        self._retiring: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._warming: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._has_read_rows = False
        self._is_locked_out = False
        self._tasks: list[asyncio.Task[None]] = []
        self.event_loop = EventLoopWatch()
        self._is_draining = False
        self.planner = AgentPlanner(
            state.settings.data_dir / CLIPS_FOLDER,
            secret_box=state.secrets,
            fetch=state.fetch,
            addresses=state.settings.address_policy,
        )
        self.recovery = Recovery(state.database, state.settings.recordings_dir, self._node)
        self.journal = Journal(state.database)
        self._services = CallServices(
            database=state.database,
            journal=self.journal,
            directory=state.directory,
            plan_agent=self.planner.plan,
            recordings=state.settings.recordings_dir,
            disk=disk,
            node=self._node,
            no_capacity=self.no_capacity,
        )

    @property
    def models(self) -> SpeechModels:
        """Hearing and speech of all calls."""
        return self.planner.models

    # what the API asks

    def status(self, configuration_id: str) -> ConnectionStatus:
        held = self._workers.get(configuration_id)
        if held is not None:
            return held[0].connection.status(held[0].active_calls)
        calls = sum(1 for _ in self._state.directory.sessions(configuration_id))
        return ConnectionStatus(
            state=ConnectionState.DISABLED,
            since=utc_now(),
            reason=None,
            hint=None,
            asterisk_version=None,
            last_event_at=None,
            round_trip_ms=None,
            active_calls=calls,
            node=self._node,
            next_attempt_at=None,
        )

    def all_statuses(self) -> Mapping[str, ConnectionStatus]:
        return {i: worker.connection.status(worker.active_calls) for i, (worker, _) in self._workers.items()}

    def configuration_changed(self, configuration_id: str) -> None:
        self._changed.set()

    def reconnect(self, configuration_id: str) -> None:
        held = self._workers.get(configuration_id)
        if held is not None:
            held[0].reconnect()
        self._changed.set()

    @property
    def node(self) -> str:
        return self._node

    def place_call(self, admission: Admission, channel_id: str, order: DialOrder) -> None:
        held = self._workers.get(admission.route.configuration.id)
        if held is not None:
            held[0].place(Outbound(admission, channel_id, order))
            return
        detail = "The connection to the PBX was given up before the call could be made."
        self._closing = asyncio.create_task(
            close_lost_runs(
                self._state.database, [admission.run_id], self._state.settings.recordings_dir, detail
            )
        )

    def controls(self, run_id: str, by: EndedBy) -> CallControls | None:
        session = self._state.directory.by_run(run_id)
        return session.controls(by) if session is not None else None

    def typed_parts(self) -> TypedParts:
        return self.planner.typed_parts

    def readiness(self) -> list[str]:
        reasons = [f"The task that {name} has died; the server must be restarted." for name in self._dead]
        if self._is_draining:
            reasons.append("The server is being stopped and takes no new calls.")
        if not self._has_read_rows:
            reasons.append("The telephony configurations have not been read yet.")
        reasons.extend(self.planner.reasons)
        if self._is_locked_out:
            reasons.append(
                "No stored password of a PBX can be read: ASISSO_SECRET_KEY is not the one they were made with."
            )
        if len(self._state.directory) >= MAX_LIVE_CALLS:
            reasons.append(f"The server carries {MAX_LIVE_CALLS} calls, the most it takes.")
        if self.event_loop.is_overloaded:
            reasons.append("The server is overloaded: its event loop runs late.")
        return reasons

    @property
    def _dead(self) -> list[str]:
        return [task.get_name() for task in self._tasks if task.done()]

    # life

    def keep(self, **works: Coroutine[Any, Any, None]) -> None:
        """Run what lasts as long as the process; a work that ends all the same makes the server not ready."""
        self._tasks += [
            asyncio.create_task(work, name=name.replace("_", " ")) for name, work in works.items()
        ]

    async def keep_models(self) -> None:
        """Load the speech models; calls are refused until they are there."""
        while not self.planner.models.is_ready:
            try:
                await self.planner.models.load()
            except AgentError as error:
                self.planner.problem = str(error)
                log.error("the speech models could not be loaded", error=str(error))
                await asyncio.sleep(MODEL_RETRY_S)
        self._changed.set()

    async def keep_workers(self) -> None:
        """Hold one worker for each enabled configuration, for ever."""
        while True:
            self._changed.clear()
            try:
                await self._follow_rows()
                self._has_read_rows = True
            except (SQLAlchemyError, OSError) as error:
                log.error("the telephony configurations could not be read", error=type(error).__name__)
            except Exception:
                log.exception("the telephony configurations could not be followed")
            try:
                async with asyncio.timeout(POLL_EVERY_S):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def drain(self, timeout_s: float) -> None:
        self._is_draining = True
        directory = self._state.directory
        log.info("draining", active_calls=len(directory), timeout_s=timeout_s)
        if not await _within(timeout_s, directory.wait_empty()):
            log.warning("ending the calls that are still up", active_calls=len(directory))
            for session in directory.sessions():
                session.post(machine.ServerStopping())
            await _within(STOP_TIMEOUT_S, directory.wait_empty())

    async def stop(self) -> None:
        """End every call and every connection."""
        self._is_draining = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        tasks = [task for _, task in self._workers.values()] + list(self._retiring)
        if self._warming is not None:
            tasks.append(self._warming)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_TIMEOUT_S)
        self.planner.models.close()

    async def _follow_rows(self) -> None:
        async with self._state.database.read_session() as session:
            rows = (
                await session.exec(
                    select(TelephonyConfiguration).where(col(TelephonyConfiguration.is_enabled))
                )
            ).all()
            workflows = await workflows_in_service(session)
        readable = [row for row in rows if self._can_open(row)]
        self._is_locked_out = bool(rows) and not readable
        secrets = self._state.secrets
        self._state.media_credentials.replace(
            {
                row.media_username: MediaCredential.of(
                    media_password_of(row, secrets), is_required=row.require_media_credentials
                )
                for row in readable
            }
        )
        self._hold({row.id: self._target(row) for row in readable})
        self._warm_up(workflows)

    def _warm_up(self, workflows: list[PublishedWorkflow]) -> None:
        """In the background: a change of a configuration must not wait for greetings to be rendered."""
        if self._warming is None or self._warming.done():
            self._warming = asyncio.create_task(self.planner.warm_up(workflows))

    def _hold(self, wanted: Mapping[str, Target]) -> None:
        """Have exactly one living worker for each target."""
        for configuration_id, (worker, task) in list(self._workers.items()):
            if task.done():
                log.error("a worker ended by itself", configuration_id=configuration_id)
                del self._workers[configuration_id]
            elif worker.target != wanted.get(configuration_id):
                del self._workers[configuration_id]
                self._retire(worker, task)
        for configuration_id, target in wanted.items():
            if configuration_id not in self._workers:
                self._start(target)

    def _can_open(self, row: TelephonyConfiguration) -> bool:
        """Whether the row's secrets can be read; a row sealed with another key must not stop the others."""
        try:
            app_password_of(row, self._state.secrets)
            media_password_of(row, self._state.secrets)
        except AsissoError as error:
            log.error("a configuration can't be used", configuration_id=row.id, error=error.detail)
            return False
        return True

    def _target(self, row: TelephonyConfiguration) -> Target:
        password = app_password_of(row, self._state.secrets)
        policy = self._state.settings.address_policy
        address = AriAddress(row.ari_endpoint, row.effective_ari_username, password, policy)
        return Target(row.id, address, row.app_name)

    def _start(self, target: Target) -> None:
        change = Change(TelephonyConfiguration.__tablename__, target.configuration_id)
        connection = Connection(
            target.configuration_id, self._node, lambda: self._state.database.changes.tell(change)
        )
        worker = AriWorker(target, self._services, connection, self.recovery)
        task = asyncio.create_task(worker.run(), name=f"ari {target.configuration_id}")
        self._workers[target.configuration_id] = (worker, task)

    def _retire(self, worker: AriWorker, task: asyncio.Task[None]) -> None:
        async def leave() -> None:
            try:
                await worker.retire()
            finally:
                task.cancel()
                await asyncio.wait([task])

        leaving = asyncio.create_task(leave())
        self._retiring.add(leaving)
        leaving.add_done_callback(self._retiring.discard)

    def no_capacity(self) -> str | None:
        if self._is_draining:
            return "The server is being stopped and takes no new calls."
        if len(self._state.directory) > MAX_LIVE_CALLS:
            return f"This server already carries {MAX_LIVE_CALLS} calls."
        return self.planner.no_capacity


async def _within(timeout_s: float, waiting: Coroutine[Any, Any, None]) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            await waiting
    except TimeoutError:
        return False
    return True


@asynccontextmanager
async def run_telephony(state: AppState) -> AsyncIterator[TelephonyRuntime]:
    """Keep all telephony of this process running for as long as the context is open."""
    with Disk() as disk:
        runtime = TelephonyRuntime(state, disk)
        await runtime.recovery.load()
        watch = DoctorWatch(state.database, state.doctor, runtime, state.clock)
        client = WebhookClient(state.clock, allow_private=state.settings.allow_private_pbx_addresses)
        analyst = Analyst(
            state.database, state.clock, readers(runtime.planner, state.settings.address_policy)
        )
        sender = WebhookSender(state.database, state.secrets, state.clock, client)
        announcer = StateAnnouncer(state.database, runtime)
        watch_queue("outbox", lambda: sender.waiting)
        watch_queue("analyses", lambda: analyst.waiting)
        watch_queue("events", lambda: state.events.waiting)
        watch_queue("journal", lambda: runtime.journal.depth)
        watch_queue("speech", lambda: runtime.models.stats.inference.waiting)
        watch_queue("voice_activity", lambda: runtime.models.stats.detection.waiting)
        runtime.keep(
            keeps_connections=runtime.keep_workers(),
            writes_logs=runtime.journal.run(),
            sends_webhooks=sender.run(),
            reads_ended_calls=analyst.run(),
            announces_states=announcer.run(),
            **({} if state.database.is_sqlite else {"tells_other_servers": NodeHints(state.database).run()}),
            checks_connections=watch.run(),
            watches_the_event_loop=runtime.event_loop.run(),
        )
        passing = [
            asyncio.create_task(runtime.keep_models()),
            asyncio.create_task(runtime.recovery.give_up_in_time()),
        ]
        try:
            yield runtime
        finally:
            for task in passing:
                task.cancel()
            await asyncio.wait(passing)
            await runtime.stop()
