"""A conversation in writing: the engine and hands of a call, without a call, a voice or a telephone.

Nothing is kept between requests: the whole conversation is played again from its first turn. What other programs
answered the first time is given back by whoever tries, so that no request is made twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from asisso.agents.agent import AgentFailed
from asisso.agents.control import ControlFailed, Destination, ToDialplan
from asisso.agents.dialogue import Dialogue, Fetch, FetchFailed
from asisso.workflows.definition import HttpData, WorkflowDefinition
from asisso.workflows.engine import Engine
from asisso.workflows.steps import Choice, Event, Expectation, Heard, Keyed, Say
from asisso.workflows.trial import FAILED, CallerTurn, Exchange, HttpAnswer, Request, Transfer

Likeness = Callable[[str, Sequence[Choice]], Awaitable[Mapping[str, float]]]
"""How near a text is to each choice, 0 to 1, by the edge's id."""

NO_ANSWER: Final = "No answer was given for it, and it was not to be made."
NO_TRANSFER: Final = "Nobody was being put through."


@dataclass(frozen=True, slots=True)
class TypedParts:
    """What a conversation in writing shares with calls.

    Attributes:
        problem: why the meaning of words cannot be told now; None when it can.
    """

    likeness: Likeness
    fetch: Fetch
    now: Callable[[], datetime]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class PastRequest:
    """A request that an earlier play of the same conversation made, and its answer."""

    node_id: str
    answer: HttpAnswer


@dataclass(slots=True)
class Programs:
    """Who answers the requests of http nodes.

    Attributes:
        past: the answers that come first, in their order.
        given: by the node's id, for every request of it.
        makes_requests: whether those without an answer are made.
    """

    past: Sequence[PastRequest] = ()
    given: Mapping[str, HttpAnswer] = field(default_factory=dict)
    makes_requests: bool = False


class TypedConversation:
    """One conversation.

    Attributes:
        exchanges: what was said and done so far; the first one has no turn.
    """

    def __init__(
        self,
        definition: WorkflowDefinition,
        context: Mapping[str, object],
        parts: TypedParts,
        programs: Programs,
    ) -> None:
        """`definition` must be valid."""
        self.exchanges: list[Exchange] = []
        self._parts = parts
        self._programs = programs
        self._past = deque(programs.past)
        self._turns: deque[CallerTurn] = deque()
        self._engine = Engine(definition, context)
        self._dialogue = Dialogue(self._engine, self, _Control(self), self._fetch, parts.now)

    @property
    def expects(self) -> Expectation:
        """What the caller may do next; nothing when it is over."""
        return Expectation() if self.is_over else self._engine.expects

    @property
    def is_over(self) -> bool:
        """Whether no turn can follow."""
        return bool(self.exchanges and self.exchanges[-1].outcome)

    async def play(self, turns: Sequence[CallerTurn]) -> None:
        """Talk from the beginning; turns behind the end of the conversation are left out."""
        self._turns.extend(turns)
        await self._follow(None)
        while self._turns and not self.is_over:
            await self._follow(self._turns.popleft())

    async def _follow(self, turn: CallerTurn | None) -> None:
        exchange = self._open(turn)
        try:
            if turn is None:
                await self._dialogue.begin()
            elif turn.transfer_failed:
                exchange.problem = NO_TRANSFER
            else:
                await self._dialogue.handle(await self._event(turn, exchange))
        except AgentFailed as error:
            self._now.problem, self._now.outcome = str(error), FAILED
        if self._dialogue.end is not None:
            self._now.outcome = self._dialogue.end.outcome
        self._close()

    async def _event(self, turn: CallerTurn, exchange: Exchange) -> Event:
        if turn.keys:
            return Keyed(turn.keys)
        exchange.likeness = await self._parts.likeness(turn.say, self._engine.expects.choices)
        return Heard(turn.say, exchange.likeness)

    @property
    def _now(self) -> Exchange:
        return self.exchanges[-1]

    def _open(self, turn: CallerTurn | None) -> Exchange:
        self.exchanges.append(Exchange(turn))
        return self._now

    def _close(self) -> None:
        self._now.node_id, self._now.gathered = self._engine.node.id, dict(self._engine.gathered)

    # the speaker of the dialogue

    async def say(self, say: Say) -> None:
        """Write down what the agent says."""
        self._now.said.append(say)

    async def drained(self) -> None:
        """Written words are heard at once."""

    def progressed(self, engine: Engine) -> None:
        """Looked at when a turn is over."""

    # its other hands

    async def _fetch(self, request: HttpData) -> Mapping[str, object]:
        done = await self._answered(self._engine.node.id, request)
        self._now.requests.append(done)
        if done.failure:
            raise FetchFailed(done.failure)
        return done.values

    async def _answered(self, node_id: str, request: HttpData) -> Request:
        tell = partial(Request, node_id, request.method, request.url)
        if (given := self._programs.given.get(node_id)) is not None:
            return tell("given", given.values, given.failure)
        if self._past and self._past[0].node_id == node_id:
            answer = self._past.popleft().answer
            return tell("made", answer.values, answer.failure)
        # The conversation takes another way than before, so what was answered behind does not belong to it.
        self._past.clear()
        if not self._programs.makes_requests:
            return tell("none", {}, NO_ANSWER)
        try:
            return tell("made", await self._parts.fetch(request), "")
        except FetchFailed as failed:
            return tell("made", {}, str(failed))

    def transfer(self, destination: Destination) -> None:
        """Somebody takes the transfer, unless the next turn says that nobody did: then that is what happens now.

        Raises:
            ControlFailed: nobody took it.
        """
        self._now.transfers.append(Transfer(self._engine.node.id, _target(destination)))
        failure = self._turns[0].transfer_failed if self._turns else ""
        if failure:
            self._close()
            self._open(self._turns.popleft())
            raise ControlFailed(failure, code="transfer_failed")


@dataclass(slots=True)
class _Control:
    """The controls of a call that is none."""

    conversation: TypedConversation

    async def send_digits(self, digits: str) -> None:
        """There is no telephone."""

    async def hold(self) -> None:
        """There is no music."""

    async def resume(self) -> None:
        """There was no music."""

    async def transfer(self, destination: Destination) -> None:
        self.conversation.transfer(destination)


def _target(destination: Destination) -> str:
    if isinstance(destination, ToDialplan):
        return f"{destination.extension}@{destination.context}"
    return destination.to
