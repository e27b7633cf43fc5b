"""What a check says, and how single findings become a report. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S")


class StepState(StrEnum):
    OK = "ok"
    FAILED = "failed"
    WARNING = "warning"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a file on the PBX.

    Attributes:
        path: the file.
        lines: what its section must say, the section's name first; empty: the generated file of that name, whole.
    """

    path: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        detail: what was seen and what it means.
        fix: what to do about it; empty when there is nothing to do.
        commands: what to run on the PBX, after the edit.
    """

    state: StepState
    detail: str
    fix: str = ""
    commands: tuple[str, ...] = ()
    edit: Edit | None = None


def ok(detail: str, fix: str = "") -> Finding:
    return Finding(StepState.OK, detail, fix)


def failed(detail: str, fix: str, *commands: str, edit: Edit | None = None) -> Finding:
    return Finding(StepState.FAILED, detail, fix, commands, edit)


def warning(detail: str, fix: str, *commands: str, edit: Edit | None = None) -> Finding:
    return Finding(StepState.WARNING, detail, fix, commands, edit)


def skipped(detail: str) -> Finding:
    return Finding(StepState.SKIPPED, detail)


@dataclass(frozen=True, slots=True)
class Step:
    """One check of a finished report.

    Attributes:
        blocked_by: title of the failed check because of which this one was not looked at.
    """

    id: str
    title: str
    finding: Finding
    blocked_by: str = ""

    @property
    def blocks(self) -> str:
        """The title of what stands in the way of whatever needs this step; empty when nothing does."""
        return self.blocked_by or (self.title if self.finding.state is StepState.FAILED else "")


@dataclass(frozen=True, slots=True)
class Check(Generic[S]):
    """One cause that can be told from others.

    Attributes:
        title: what is so when it is ok.
        judge: pure; looks at facts only.
        needs: checks without whose success this one would only repeat their failure.
    """

    id: str
    title: str
    judge: Callable[[S], Finding]
    needs: Sequence[str] = field(default=())


def judge_all(checks: Iterable[Check[S]], facts: S, before: Sequence[Step] = ()) -> list[Step]:
    """Run the checks in their order; one whose need failed, or was skipped for that, says because of what.

    Args:
        before: steps of earlier checks, which may be needed too.
    """
    blocks = {step.id: step.blocks for step in before}
    steps = []
    for check in checks:
        cause = next((blocks[need] for need in check.needs if blocks.get(need)), "")
        because = f"Skipped because an earlier check failed: {cause}."
        finding = skipped(because) if cause else check.judge(facts)
        steps.append(Step(check.id, check.title, finding, cause))
        blocks[check.id] = steps[-1].blocks
    return steps


def first_problem(steps: Iterable[Step]) -> Step | None:
    """What to mend first: the first failure, or without any the first warning."""
    steps = list(steps)
    for state in (StepState.FAILED, StepState.WARNING):
        for step in steps:
            if step.finding.state is state:
                return step
    return None


def verdict_of(steps: Iterable[Step]) -> str:
    """One sentence that names the cause."""
    steps = list(steps)
    problem = first_problem(steps)
    if problem is not None:
        return problem.finding.detail
    passed = sum(step.finding.state is StepState.OK for step in steps)
    return f"Everything is in order: {passed} checks passed."
