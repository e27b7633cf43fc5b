"""Trying workflows out in writing, within limits: a node that carries calls gives trials little of itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from asisso.agents.agent import AgentError
from asisso.agents.typed import Programs, TypedConversation, TypedParts
from asisso.db.models import WorkflowTest
from asisso.errors import Conflict, Unavailable
from asisso.services.workflows import require_runnable
from asisso.workflows.definition import WorkflowDefinition, parse_definition
from asisso.workflows.trial import (
    CallerTurn,
    Difference,
    Exchange,
    ExpectedTurn,
    HttpAnswer,
    TrialStep,
    first_difference,
)

LIMIT_S: Final = 60.0
"""For a conversation, or for all tests of a workflow, waiting for others included."""

AT_ONCE: Final = 2
MAX_NAMED_FAILURES: Final = 3

TYPED_CALL: Final[Mapping[str, object]] = {
    "caller_number": "",
    "called_number": "",
    "caller_name": "",
    "direction": "inbound",
    "call_id": "text-test",
    "provider": "ari",
}
"""What every call knows, of a call that is none."""


_WITH_A_MODEL: Final = (
    "In a call a language model talks, with the workflow as its tools; here it is followed word by word."
)
_REMARKS: Final[Mapping[str, str]] = {
    "cascade": _WITH_A_MODEL,
    "realtime": _WITH_A_MODEL,
    "echo": "In a call the echo plays back what it hears; it does not follow the conversation.",
    "media_streams": "In a call the bot at the other end talks; it does not follow the conversation.",
}
"""By the agent's kind."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """How a stored conversation went; `difference` is None when it went as expected."""

    test_id: str
    name: str
    difference: Difference | None
    exchanges: Sequence[Exchange]


class TestsFailed(Conflict):
    """A draft that does not do what its tests say."""

    def __init__(self, results: Sequence[TestResult]) -> None:
        failed = [result for result in results if result.difference is not None]
        told = [f"{result.name}: {result.difference.detail}" for result in failed if result.difference]
        more = len(told) - MAX_NAMED_FAILURES
        told = told[:MAX_NAMED_FAILURES] + ([f"And {more} more."] if more > 0 else [])
        verb = "fails" if len(failed) == 1 else "fail"
        super().__init__(
            f"{len(failed)} of {len(results)} test conversations {verb}. {' '.join(told)}",
            code="tests_failed",
        )


class Trials:
    """Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def talk(
        self,
        document: Mapping[str, Any],
        context: Mapping[str, object],
        turns: Sequence[CallerTurn],
        *,
        parts: TypedParts,
        programs: Programs,
    ) -> TypedConversation:
        """Play a conversation.

        Raises:
            InvalidWorkflow: the definition cannot be run.
            Unavailable: the models are not there yet, or it took too long.
        """
        require_runnable(document)
        async with self._limited(parts):
            return await _play(parse_definition(document), context, turns, parts, programs)

    async def run(
        self, document: Mapping[str, Any], tests: Sequence[WorkflowTest], *, parts: TypedParts
    ) -> list[TestResult]:
        """Play stored conversations with a definition and compare.

        Raises:
            InvalidWorkflow: the definition cannot be run.
            Unavailable: the models are not there yet, or it took too long.
        """
        if not tests:
            return []
        require_runnable(document)
        async with self._limited(parts):
            definition = parse_definition(document)
            return [await _result(definition, test, parts) for test in tests]

    @asynccontextmanager
    async def _limited(self, parts: TypedParts) -> AsyncIterator[None]:
        if parts.problem is not None:
            raise Unavailable(parts.problem, code="models_not_ready")
        try:
            async with asyncio.timeout(LIMIT_S), self._room:
                yield
        except TimeoutError:
            detail = f"It took more than {LIMIT_S:g} s. Try again when the server has less to do."
            raise Unavailable(detail, code="trial_took_too_long") from None
        except AgentError as error:
            raise Unavailable(str(error), code="no_capacity") from None


def remarks_on(agent: Mapping[str, Any]) -> list[str]:
    """In which way a call with this agent is different from a conversation in writing."""
    remark = _REMARKS.get(str(agent.get("kind")))
    return [] if remark is None else [remark]


async def _result(definition: WorkflowDefinition, test: WorkflowTest, parts: TypedParts) -> TestResult:
    steps = [TrialStep.model_validate(step) for step in test.steps]
    given = {node_id: HttpAnswer.model_validate(answer) for node_id, answer in test.http.items()}
    turns = [step.turn for step in steps]
    talk = await _play(definition, test.context, turns, parts, Programs(given=given))
    difference = first_difference(ExpectedTurn.model_validate(test.opening), steps, talk.exchanges)
    return TestResult(test.id, test.name, difference, talk.exchanges)


async def _play(
    definition: WorkflowDefinition,
    context: Mapping[str, object],
    turns: Sequence[CallerTurn],
    parts: TypedParts,
    programs: Programs,
) -> TypedConversation:
    talk = TypedConversation(definition, {**TYPED_CALL, **context}, parts, programs)
    await talk.play(turns)
    return talk
