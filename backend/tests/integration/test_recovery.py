"""What is left of calls whose process died, and who takes it up; with a PBX that answers what a test says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from asisso.api.state import AppState
from asisso.asterisk.ari.errors import AriUnreachable
from asisso.asterisk.ari.rest import AriAddress, AriClient
from asisso.calls import machine
from asisso.calls.admission import admit
from asisso.calls.directory import Directory
from asisso.calls.ids import new_bridge_id, new_media_id, new_target_id, object_prefix
from asisso.calls.log import CallLog
from asisso.calls.progress import Progress
from asisso.calls.route import Arrival
from asisso.calls.runs import RunWriter
from asisso.db.models import WorkflowRun
from asisso.runtime.housekeeping import reconcile
from asisso.runtime.recovery import HUNG_UP, UNREACHED, Recovery
from asisso.vocabulary import Outcome, RunState
from tests.integration.test_routing import a_configuration

pytestmark = pytest.mark.integration

NODE = "n"
CALLER = "pbx-1.7"


class Pbx:
    """Answers ARI's questions about channels and bridges, and remembers what was removed."""

    def __init__(self) -> None:
        self.channels: list[str] = []
        self.inside: list[str] | None = None
        self.bridges: dict[str, list[str]] = {}
        self.is_away = False
        self.removed: set[str] = set()

    def client(self) -> AriClient:
        return AriClient(AriAddress("http://pbx", "u", "p"), transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError("refused")
        path = request.url.path.removeprefix("/ari/")
        if request.method == "DELETE":
            self.removed.add(path.rpartition("/")[2])
            return httpx.Response(204)
        answer: Any = {"channel_ids": self.channels if self.inside is None else self.inside}
        if path == "channels":
            answer = [{"id": i, "state": "Up"} for i in self.channels]
        elif path == "bridges":
            answer = [{"id": i, "channels": c} for i, c in self.bridges.items()]
        return httpx.Response(200, json=answer)


@pytest.fixture
def pbx() -> Pbx:
    return Pbx()


@pytest.fixture
def recovery(state: AppState, tmp_path: Path) -> Recovery:
    return Recovery(state.database, tmp_path, NODE)


async def a_talk(state: AppState, configuration_id: str) -> str:
    """A run in the middle of its conversation, as a killed process leaves it; gives its id."""
    arrival = Arrival(configuration_id, CALLER, "1000", "Ada", "8000", {})
    admission = await admit(state.database, arrival, node=NODE, no_capacity=None)
    assert admission is not None
    log = CallLog()
    writer = RunWriter(state.database, admission.run_id, log)
    log.agent_said("Hello.", 0, 500, is_interrupted=False)
    log.note("turn", turn_latency_ms=700)
    progress = Progress(writer.change, log)
    progress.moved("order", {"order_number": "4711"})
    progress.used({"stt_seconds": 1.5})
    writer.answered()
    await writer.write()
    return admission.run_id


async def the_run(state: AppState, run_id: str) -> WorkflowRun:
    async with state.database.read_session() as session:
        run = await session.get(WorkflowRun, run_id)
    assert run is not None
    return run


async def test_a_caller_who_still_waits_is_taken_up_with_all_that_was_said(
    state: AppState, pbx: Pbx, recovery: Recovery
) -> None:
    configuration_id = await a_configuration(state, "8000")
    run_id = await a_talk(state, configuration_id)
    pbx.channels = [CALLER]
    await recovery.load()

    (start,) = await recovery.take_up(configuration_id, "app", pbx.client())

    assert (start.channel_id, start.is_answered, start.target_id) == (CALLER, True, "")
    assert start.run.admission.run_id == run_id
    left_off = start.run.conversation
    assert left_off is not None
    assert [turn.text for turn in left_off.turns] == ["Hello."]
    assert (left_off.node_id, left_off.gathered) == ("order", {"order_number": "4711"})
    assert start.run.standing.usage == {"stt_seconds": 1.5}
    assert start.run.new_log().turn_latencies == [{"turn_latency_ms": 700}]
    assert start.run.answered_at is not None
    log = start.run.new_log()
    log.note("resumed")
    assert log.take().events[0].position == start.run.event_count + 1
    assert (await the_run(state, run_id)).state is RunState.IN_PROGRESS
    assert await recovery.take_up(configuration_id, "app", pbx.client()) == [], "only once"


@pytest.mark.parametrize("inside", [[], None])
async def test_the_run_of_a_caller_who_is_gone_is_closed_truthfully(
    state: AppState, pbx: Pbx, recovery: Recovery, inside: list[str] | None
) -> None:
    configuration_id = await a_configuration(state, "8000")
    run_id = await a_talk(state, configuration_id)
    pbx.channels, pbx.inside = ([] if inside is None else [CALLER]), inside
    await recovery.load()

    assert await recovery.take_up(configuration_id, "app", pbx.client()) == []

    run = await the_run(state, run_id)
    assert (run.state, run.outcome, run.detail) == (RunState.COMPLETED, Outcome.FAILED, HUNG_UP)


async def test_runs_wait_for_a_pbx_that_is_away_but_not_for_ever(
    state: AppState, pbx: Pbx, recovery: Recovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration_id = await a_configuration(state, "8000")
    run_id = await a_talk(state, configuration_id)
    pbx.is_away = True
    await recovery.load()
    with pytest.raises(AriUnreachable):
        await recovery.take_up(configuration_id, "app", pbx.client())
    assert recovery.waits_for(configuration_id)

    monkeypatch.setattr("asisso.runtime.recovery.RECOVERY_LIMIT_S", 0)
    await recovery.give_up_in_time()

    assert (await the_run(state, run_id)).detail == UNREACHED


async def test_runs_of_another_node_are_its_own_affair(state: AppState, pbx: Pbx, tmp_path: Path) -> None:
    configuration_id = await a_configuration(state, "8000")
    run_id = await a_talk(state, configuration_id)
    other = Recovery(state.database, tmp_path, "other node")
    await other.load()
    assert not other.waits_for(configuration_id)
    assert (await the_run(state, run_id)).state is RunState.IN_PROGRESS


async def test_two_who_were_put_through_are_found_in_their_bridge(
    state: AppState, pbx: Pbx, recovery: Recovery
) -> None:
    configuration_id = await a_configuration(state, "8000")
    await a_talk(state, configuration_id)
    bridge, target = new_bridge_id(configuration_id), new_target_id(configuration_id)
    pbx.channels, pbx.bridges = [CALLER, target], {bridge: [CALLER, target]}
    await recovery.load()

    (start,) = await recovery.take_up(configuration_id, "app", pbx.client())

    assert (start.bridge_id, start.target_id) == (bridge, target)


class TestHousekeeping:
    async def test_leftovers_go_and_what_is_not_ours_stays(self, pbx: Pbx) -> None:
        media, bridge = new_media_id("c1"), new_bridge_id("c1")
        foreign = new_media_id("c2")
        pbx.channels = [media, CALLER, foreign, "pbx-9.9"]
        pbx.bridges = {bridge: [CALLER, media], "theirs": ["pbx-9.9"]}
        await reconcile(pbx.client(), "c1", Directory())
        assert pbx.removed == {media, CALLER, bridge}

    async def test_two_who_were_put_through_are_left_to_talk(self, pbx: Pbx) -> None:
        target, bridge = new_target_id("c1"), new_bridge_id("c1")
        pbx.channels, pbx.bridges = [CALLER, target], {bridge: [CALLER, target]}
        await reconcile(pbx.client(), "c1", Directory())
        assert pbx.removed == set()

    async def test_one_who_was_left_alone_is_not(self, pbx: Pbx) -> None:
        target, bridge = new_target_id("c1"), new_bridge_id("c1")
        pbx.channels, pbx.bridges = [target], {bridge: [target]}
        await reconcile(pbx.client(), "c1", Directory())
        assert pbx.removed == {target, bridge}

    async def test_the_far_half_of_a_local_channel_lives_with_its_near_one(self, pbx: Pbx) -> None:
        channel = f"{object_prefix('c1')}ao-1"
        directory, call = Directory(), FakeCall(channel)
        directory.add_channel("c1", channel, call)
        pbx.channels = [channel, f"{channel};2"]
        await reconcile(pbx.client(), "c1", directory)
        assert pbx.removed == set()

    @pytest.mark.parametrize(("is_on_the_pbx", "told"), [(True, [machine.CallerLeft()]), (False, [])])
    async def test_a_call_whose_channel_is_gone_is_told(
        self, pbx: Pbx, is_on_the_pbx: bool, told: list[machine.CallEvent]
    ) -> None:
        directory, call = Directory(), FakeCall(CALLER, is_on_the_pbx=is_on_the_pbx)
        directory.add_channel("c1", CALLER, call)
        await reconcile(pbx.client(), "c1", directory)
        assert call.told == told


class FakeCall:
    """A live call, as far as housekeeping looks at it."""

    configuration_id = "c1"

    def __init__(self, channel_id: str, *, is_on_the_pbx: bool = True) -> None:
        self.channel_id = channel_id
        self.bridge_id = "none"
        self.is_on_the_pbx = is_on_the_pbx
        self.told: list[machine.CallEvent] = []

    def post(self, event: machine.CallEvent) -> None:
        self.told.append(event)

    def controls(self, by: object) -> None:
        """Nobody asks."""

    def on_ari(self, event: object) -> None:
        raise AssertionError("no event comes here")
