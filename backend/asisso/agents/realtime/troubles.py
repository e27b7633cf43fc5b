"""What a realtime server complains of: into the timeline, and whether a second try is worth it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asisso.agents.agent import Line

from .events import Problem

MAX_NOTED: Final = 20
TRIES: Final = 2
LOW_LIMIT: Final = 0.1
"""Below this part of what may be asked of the server the timeline says so, once for each limit."""

HOPELESS: Final = frozenset(
    {"insufficient_quota", "invalid_api_key", "model_not_found", "billing_hard_limit_reached"}
)
"""Errors a second try can't mend."""


class Troubles:
    """One call's.

    Attributes:
        failure: why the agent can't go on; empty while it can.
    """

    def __init__(self) -> None:
        self.failure = ""
        self._tries = 0
        self._noted = 0
        self._low: set[str] = set()

    def answered(self) -> None:
        """An answer came to its end."""
        self._tries = 0

    def failed(self, line: Line, code: str, message: str) -> bool:
        """An answer failed; whether to ask for it again."""
        line.note("model_failed", code=code, reason=message)
        self._tries += 1
        if code in HOPELESS or self._tries >= TRIES:
            self.failure = f"The model can't answer: {message or code}"
        return not self.failure

    def reported(self, line: Line, problem: Problem) -> None:
        """The server reports an error."""
        self._noted += 1
        if self._noted <= MAX_NOTED:
            line.note("model_problem", code=problem.code, reason=problem.message)
        if problem.code in HOPELESS:
            self.failure = f"The model can't answer: {problem.message or problem.code}"

    def limits(self, line: Line, left: Mapping[str, float]) -> None:
        """How much may still be asked."""
        for name, part in left.items():
            if part < LOW_LIMIT and name not in self._low:
                self._low.add(name)
                line.note("model_limit_near", name=name, left=round(part, 3))
