"""Going from node to node: arriving, asking, and ending. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asisso.workflows import phrases
from asisso.workflows.definition import (
    AgentNode,
    EndNode,
    HttpNode,
    StartNode,
    TransferNode,
    WorkflowEdge,
    WorkflowNode,
)
from asisso.workflows.form import fields_of
from asisso.workflows.place import Place
from asisso.workflows.questions import is_asked_by
from asisso.workflows.repair import Repair
from asisso.workflows.steps import Command, Fetch, Fetched, FetchFailed, Finish, PutThrough, Say, SayKind
from asisso.workflows.words import Said

MAX_STEPS: Final = 20
"""Nodes passed without a word of the caller; more are a loop."""

GAVE_UP: Final = "agent_hung_up"
LOOPED: Final = "failed"


class Way:
    """Moves one conversation. Every method gives the commands that come of it."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._repair = Repair()
        self._visited: set[str] = set()
        self._steps = 0

    def caller_acted(self) -> None:
        """The caller or a model did something, so whatever follows is no loop."""
        self._steps = 0

    def begin(self) -> Iterator[Command]:
        """From the start."""
        yield from self._walk(self._place.node, None)

    def resume(self) -> Iterator[Command]:
        """Where a conversation was cut off: ask again what was open."""
        place = self._place
        if not isinstance(place.node, StartNode | AgentNode):
            yield from self._walk(place.node, None)
            return
        self._visited.add(place.node.id)
        place.talked_in = place.node
        if place.way_on is not None:
            yield from self.take(place.way_on)
        else:
            # Who has been greeted is not greeted again.
            words = "" if isinstance(place.node, StartNode) else place.spoken(place.node.data.say)
            yield from _say(place.question or words, "ask")

    def take(self, edge: WorkflowEdge, heard: Said | None = None) -> Iterator[Command]:
        """Take an edge; values in the words that chose it count for where it leads."""
        self._repair.succeeded()
        yield from self._walk(self._place.nodes[edge.target], heard)

    def go_on(self) -> Iterator[Command]:
        """Something was understood: take the next edge or ask the next question."""
        # A value that has yet to be confirmed is no success: it may be wrong again and again.
        if not self._place.unsure:
            self._repair.succeeded()
        yield from self._continue(is_asked=False, is_told=False)

    def answered(self, event: Fetched | FetchFailed) -> Iterator[Command]:
        """A request is done; without an edge for what it brought, a person has to help."""
        place = self._place
        if isinstance(event, Fetched) and isinstance(place.node, HttpNode):
            place.form.save({name: event.values.get(name) for name in place.node.data.save})
        edge = place.automatic
        if edge is not None:
            yield from self.take(edge)
        else:
            yield Say(phrases.NO_ANSWER, "repair")
            yield from self._give_up(GAVE_UP)

    def come_back(self) -> Iterator[Command]:
        """Nobody took the call: an edge for that, or back to where the caller was."""
        place = self._place
        edge = place.automatic
        if edge is not None:
            yield from self.take(edge)
            return
        place.node, place.waits_for = place.talked_in, "caller"
        self._repair.succeeded()
        if place.wanted or place.choices:
            yield Say(phrases.NOT_TAKEN, "repair")
        else:
            yield Say(phrases.NOBODY, "repair")
            yield from self.part()

    def miss(self, *, is_rejected: bool = False) -> Iterator[Command]:
        """The caller was not understood, or (`is_rejected`) the agent was wrong."""
        place = self._place
        field = place.asked
        if not (field or place.choices or place.unsure):
            yield Say(phrases.CANNOT, "repair")
        elif field is not None and not field.required and not place.unsure:
            place.form.pass_over(field)
            yield from self.go_on()
        else:
            words = self._repair.missed(place, is_rejected=is_rejected)
            yield from _say(words, "repair") if words else self._give_up(GAVE_UP)

    def to_person(self) -> Iterator[Command]:
        """The caller asks for somebody."""
        edge = self._place.offers.to_person(self._place.node.id)
        if edge is not None:
            yield from self.take(edge)
        else:
            yield Say(f"{phrases.NO_PERSON} {self._place.question}".strip(), "repair")

    def part(self) -> Iterator[Command]:
        """The caller is done: the farewell."""
        end = self._place.definition.farewell_node
        if end is not None:
            self._place.node = end
        yield from self._finish(end.data.say if end else "", end.data.outcome if end else "completed")

    def _walk(self, node: WorkflowNode, heard: Said | None) -> Iterator[Command]:
        """Arrive, and go on for as long as nothing has to be waited for."""
        place = self._place
        way: WorkflowNode | None = node
        while way is not None:
            self._steps += 1
            if self._steps > MAX_STEPS:
                yield from self._give_up(LOOPED)
                return
            yield from self._arrive(way, heard)
            edge = place.way_on
            way, heard = place.nodes[edge.target] if edge else None, None

    def _arrive(self, node: WorkflowNode, heard: Said | None) -> Iterator[Command]:
        place = self._place
        place.form.arrive(node, is_again=node.id in self._visited)
        self._visited.add(node.id)
        place.node = node
        match node:
            case HttpNode(data=data):
                place.form.drop(data.save)
                place.waits_for = "request"
                request = place.wording.request(data, place.now)
                yield from _say(request.say, "say")
                yield Fetch(node.id, request)
            case TransferNode(data=data):
                place.waits_for = "transfer"
                filled = place.wording.transfer(data, place.now)
                yield from _say(filled.say, "transfer")
                yield PutThrough(node.id, filled)
            case EndNode(data=data):
                yield from self._finish(data.say, data.outcome)
            case StartNode() | AgentNode():
                yield from self._open(node, heard)

    def _open(self, node: StartNode | AgentNode, heard: Said | None) -> Iterator[Command]:
        """Say a node's words, and ask for what it wants unless they have done so."""
        place = self._place
        place.waits_for, place.talked_in = "caller", node
        first = place.asked
        if heard is not None:
            place.form.hear(node, heard, place.now, asked=None)
        words = place.spoken(node.data.say)
        asks_first = first is not None and is_asked_by(node.data, first, words)
        is_known = asks_first and first not in place.wanted
        if not is_known:
            yield from _say(words, "say")
        if place.way_on is None:
            yield from self._continue(is_asked=asks_first and not is_known, is_told=True)

    def _continue(self, *, is_asked: bool, is_told: bool) -> Iterator[Command]:
        """Take the next edge or ask the next question; with neither, the conversation ends.

        Args:
            is_asked: the next value has been asked for already.
            is_told: the node's words have just been said, so that the caller knows what can be chosen.
        """
        place = self._place
        edge = place.way_on
        if edge is not None:
            yield from self.take(edge)
        elif place.unsure:
            yield Say(place.question, "confirm")
        elif place.wanted:
            yield from _say("" if is_asked else place.question, "ask")
        elif place.offers.is_dead_end(place.node.id):
            yield from self._give_up(GAVE_UP)
        elif place.choices:
            yield from _say("" if is_told else place.reminder, "ask")
        elif fields_of(place.node):
            yield from self.part()

    def _give_up(self, outcome: str) -> Iterator[Command]:
        """A person where there is one, otherwise an apology and the end."""
        edge = self._place.offers.to_person(self._place.node.id)
        if edge is not None and self._steps <= MAX_STEPS:
            yield from self.take(edge)
        else:
            self._place.is_over = True
            yield Say(phrases.GIVING_UP, "farewell")
            yield Finish(outcome)

    def _finish(self, farewell: str, outcome: str) -> Iterator[Command]:
        self._place.is_over = True
        yield from _say(self._place.spoken(farewell), "farewell")
        yield Finish(outcome)


def _say(text: str, kind: SayKind) -> Iterator[Command]:
    if text:
        yield Say(text, kind)
