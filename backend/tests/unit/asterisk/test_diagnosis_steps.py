"""Checks in their order: what failed is named once, and what depends on it is not asked."""

from __future__ import annotations

import pytest

from asisso.asterisk.diagnostics.steps import (
    Check,
    Finding,
    Step,
    StepState,
    failed,
    first_problem,
    judge_all,
    ok,
    skipped,
    verdict_of,
    warning,
)

pytestmark = pytest.mark.unit


def saying(finding: Finding, name: str, *needs: str) -> Check[None]:
    return Check(name, f"The {name} is there", lambda _: finding, needs)


def never(_: None) -> Finding:
    raise AssertionError("a check was asked whose need had failed")


def states(steps: list[Step]) -> dict[str, str]:
    return {step.id: step.finding.state.value for step in steps}


def test_what_needs_a_failed_check_is_skipped_because_of_it() -> None:
    checks = [saying(failed("No.", "Mend it."), "port"), Check("ari", "ARI", never, ("port",))]
    steps = judge_all(checks, None)
    assert states(steps) == {"port": "failed", "ari": "skipped"}
    assert "The port is there" in steps[1].finding.detail


def test_a_chain_of_needs_names_its_beginning() -> None:
    checks = [
        saying(failed("No.", "Mend it."), "a"),
        Check("b", "B", never, ("a",)),
        Check("c", "C", never, ("b",)),
    ]
    assert "The a is there" in judge_all(checks, None)[2].finding.detail


def test_earlier_groups_count_as_needs_too_also_what_they_skipped() -> None:
    before = judge_all([saying(failed("No.", "Mend it."), "a"), Check("b", "B", never, ("a",))], None)
    assert states(judge_all([Check("c", "C", never, ("b",))], None, before)) == {"c": "skipped"}


def test_a_warning_or_something_unused_blocks_nothing() -> None:
    checks = [
        saying(warning("Slow.", "Hurry."), "a"),
        saying(skipped("Not used."), "b"),
        saying(ok("Fine."), "c", "a", "b", "unknown"),
    ]
    assert states(judge_all(checks, None))["c"] == "ok"


def test_the_verdict_is_the_first_failure_even_behind_a_warning() -> None:
    steps = judge_all(
        [
            saying(warning("Slow.", "Hurry."), "a"),
            saying(failed("First.", "x"), "b"),
            saying(failed("Second.", "x"), "c"),
        ],
        None,
    )
    assert verdict_of(steps) == "First."


def test_without_a_failure_the_verdict_is_the_first_warning() -> None:
    steps = judge_all([saying(ok("Fine."), "a"), saying(warning("Slow.", "Hurry."), "b")], None)
    problem = first_problem(steps)
    assert problem is not None
    assert (problem.id, problem.finding.state, verdict_of(steps)) == ("b", StepState.WARNING, "Slow.")


def test_health_is_told_in_one_sentence() -> None:
    steps = judge_all([saying(ok("Fine."), "a"), saying(skipped("Not used."), "b")], None)
    assert verdict_of(steps) == "Everything is in order: 1 checks passed."
