"""What chaos and benchmarks decide by themselves: who is counted, what is missed, which figures are told."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest

from bench.figures import p50_p95, p50_p95_max, percentile
from chaos.caller import Caller
from chaos.criteria import every_run_says_why, one_run_a_call
from chaos.dialplan import callers_in_stasis, marked
from chaos.faults.pbx_killed import PbxKilled
from chaos.faults.product_killed import ProductKilled, recovery
from chaos.leaving import Leaving, Moment, after_talking, at_random
from chaos.party import Plan

pytestmark = pytest.mark.unit

GENERATED = {
    "ari.conf": "[general]\n",
    "extensions.conf": "[asisso-inbound]\nexten => 8000,1,Stasis(asisso)\n same => n,Hangup()\n",
}
LOG = """\
pbx.c: Executing [8000@pbxlab:1] NoOp("PJSIP/caller-00000003", "chaos: 200001 arrived") in new stack
pbx.c: Executing [8000@pbxlab:2] Stasis("PJSIP/caller-00000003", "asisso") in new stack
pbx.c: Executing [8000@pbxlab:1] NoOp("PJSIP/caller-00000004", "chaos: 200002 arrived") in new stack
pbx.c: Executing [8000@pbxlab:3] NoOp("PJSIP/caller-00000004", "chaos: 200002 FAILED") in new stack
pbx.c: Executing [8000@pbxlab:1] NoOp("PJSIP/caller-00000005", "chaos: 200003 arrived") in new stack
pbx.c: Executing [8000@pbxlab:3] NoOp("PJSIP/caller-00000005", "chaos: 200003 SUCCESS") in new stack
"""


def run(number: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"run of {number}", "from": number, "outcome": "completed", "ended_by": "agent"} | fields


class TestWitness:
    def test_dialplan_is_marked_around_stasis_and_otherwise_as_generated(self) -> None:
        files = marked(GENERATED)

        assert files["ari.conf"] == GENERATED["ari.conf"]
        lines = files["extensions.conf"].splitlines()
        assert lines[0] == "[asisso-inbound]"
        assert lines[1].startswith("exten => 8000,1,NoOp(")
        assert lines[2].strip() == "same => n,Stasis(asisso)"
        assert lines[-1].strip() == "same => n,Hangup()"

    def test_dialplan_without_the_agent_is_refused(self) -> None:
        with pytest.raises(AssertionError, match="Stasis"):
            marked({"extensions.conf": "[other]\n"})

    def test_log_tells_who_was_let_in_and_who_was_turned_away(self) -> None:
        assert callers_in_stasis(LOG) == ({"200001", "200003"}, {"200002"})


class TestCriteria:
    def test_one_run_for_each_call_is_all_right(self) -> None:
        assert one_run_a_call([run("1"), run("2")], {"1", "2"}, set()) == {}

    def test_missing_and_double_runs_are_named(self) -> None:
        unmet = one_run_a_call([run("1"), run("1")], {"1", "2"}, set())

        assert unmet == {"one_run_a_call": "1 calls have no run: 2; 1 calls have several runs: 1"}

    def test_excuse_counts_for_a_missing_run_and_never_for_a_double_one(self) -> None:
        assert one_run_a_call([], {"1"}, {"1"}) == {}
        assert one_run_a_call([run("1"), run("1")], {"1"}, {"1"}) != {}

    def test_run_nobody_saw_arrive_is_no_fault(self) -> None:
        """The last lines of a killed PBX's log may be lost."""
        assert one_run_a_call([run("1")], set(), set()) == {}

    @pytest.mark.parametrize("field", ["outcome", "ended_by"])
    def test_run_without_a_reason_is_named(self, field: str) -> None:
        assert every_run_says_why([run("1")]) == {}
        assert "run of 2" in every_run_says_why([run("1"), run("2", **{field: None})])["every_run_says_why"]


class FakeCall:
    """As much of a call as the figures of a recovery look at."""

    def __init__(
        self, ended_at: float | None, *, invited_at: float = 0.0, answered_at: float | None = None
    ) -> None:
        self.invited_at = invited_at
        self.answered_at = answered_at
        self.ended_at = ended_at
        self.end_reason = "remote_bye" if ended_at else None


def caller_with(call: FakeCall) -> Caller:
    caller = Caller("1", Leaving(Moment.CONVERSATION, 1), itertools.repeat(np.zeros(1, np.int16)))
    caller.call = call  # type: ignore[assignment]
    return caller


def survivor(ended_at: float | None) -> Caller:
    return caller_with(FakeCall(ended_at))


class TestExcuses:
    """The moment of the kill is 100; the product is back at 105."""

    @pytest.fixture
    def product_killed(self) -> ProductKilled:
        fault = ProductKilled(Plan(), random.Random(1))
        fault._killed_at, fault._back_at = 100.0, 105.0
        return fault

    @pytest.fixture
    def pbx_killed(self) -> PbxKilled:
        fault = PbxKilled(Plan(), random.Random(1))
        fault._killed_at = 100.0
        return fault

    def test_who_came_with_the_kill_and_left_before_the_restart_was_seen_by_nobody(
        self, product_killed: ProductKilled
    ) -> None:
        assert product_killed.excuses(caller_with(FakeCall(104.0, invited_at=99.9)))

    @pytest.mark.parametrize(
        "call",
        [
            FakeCall(104.0, invited_at=99.0),
            FakeCall(104.0, invited_at=99.9, answered_at=99.95),
            FakeCall(106.0, invited_at=99.9),
            FakeCall(104.9, invited_at=103.0),
            FakeCall(None, invited_at=99.9),
        ],
        ids=[
            "written down before",
            "answered",
            "still there after",
            "came to the new process",
            "still there",
        ],
    )
    def test_nobody_else_is_excused_for_a_killed_product(
        self, product_killed: ProductKilled, call: FakeCall
    ) -> None:
        assert not product_killed.excuses(caller_with(call))

    def test_call_that_died_with_the_pbx_before_it_was_told_is_excused(self, pbx_killed: PbxKilled) -> None:
        assert pbx_killed.excuses(caller_with(FakeCall(110.0, invited_at=99.9)))
        assert not pbx_killed.excuses(caller_with(FakeCall(110.0, invited_at=99.9, answered_at=99.95)))
        assert not pbx_killed.excuses(caller_with(FakeCall(110.0, invited_at=99.0)))
        assert not pbx_killed.excuses(caller_with(FakeCall(110.0, invited_at=100.1)))


class TestRecovery:
    def test_share_counts_all_who_were_up_and_only_who_heard_in_time(self) -> None:
        callers = [survivor(None), survivor(None), survivor(103.0), survivor(None)]

        figures = recovery(callers, [101.0, 106.0, None, None], restarted_at=100.0)

        assert figures["heard_in_time_share"] == 0.25
        assert figures["heard_again"] == 2
        assert figures["heard_again_ms"] == {"p50": 3500.0, "p95": 6000.0, "max": 6000.0}
        assert figures["not_heard_because"] == {"remote_bye": 1, "silence for 20 s": 1}
        assert figures["lost_after_restart_ms"] == {"p50": 3000.0, "p95": 3000.0, "max": 3000.0}

    def test_nobody_up_proves_nothing(self) -> None:
        assert recovery([], [], restarted_at=100.0)["heard_in_time_share"] == 0.0


class TestLeaving:
    def test_talkers_stay_as_long_as_the_plan_says(self) -> None:
        rng = random.Random(1)
        stays = [after_talking(rng, 10, 15) for _ in range(50)]
        assert all(leaving.moment is Moment.CONVERSATION for leaving in stays)
        assert all(10 <= leaving.after_s <= 15 for leaving in stays)

    def test_those_who_go_at_random_go_at_every_moment_but_the_polite_one(self) -> None:
        rng = random.Random(1)
        moments = {at_random(rng).moment for _ in range(50)}
        assert moments == set(Moment) - {Moment.CONVERSATION}


class TestFigures:
    def test_percentiles_are_values_that_were_measured(self) -> None:
        values = list(range(1, 101))
        assert percentile(values, 0.95) == 96
        assert percentile([7.0], 0.95) == 7.0
        assert p50_p95([3.0, 1.0, 2.0]) == {"p50": 2.0, "p95": 3.0}

    def test_nothing_measured_has_no_figures(self) -> None:
        assert p50_p95_max([]) is None
