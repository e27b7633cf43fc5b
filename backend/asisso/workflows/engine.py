"""The way of one conversation through its workflow. A pure state machine.

The same rules whoever talks: the offline agent feeds `Heard` and `Keyed`, a language model `Chosen` and `Given`, a
typed test the same. Knows nothing of sound, sockets, models or clocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, Literal

from asisso.workflows import phrases
from asisso.workflows.choosing import LIKE_ENOUGH, LIKE_ENOUGH_INSTEAD, choose, choose_by_words
from asisso.workflows.conditions import ConditionError, parse_condition
from asisso.workflows.definition import (
    AgentNode,
    AskingData,
    Collected,
    EndNode,
    GlobalNode,
    HttpNode,
    StartNode,
    TransferNode,
    WorkflowDefinition,
    WorkflowEdge,
    WorkflowNode,
)
from asisso.workflows.form import Form, Unsure, fields_of
from asisso.workflows.offers import Offers
from asisso.workflows.questions import is_asked_by, question_for, question_in
from asisso.workflows.repair import Repair, can_say
from asisso.workflows.steps import (
    Chosen,
    Command,
    Event,
    Expectation,
    Fetch,
    Fetched,
    FetchFailed,
    Finish,
    Given,
    Heard,
    Keyed,
    PutThrough,
    Say,
    TransferFailed,
)
from asisso.workflows.values.reading import longest_keys, read, read_keys
from asisso.workflows.values.yes_no import polarity
from asisso.workflows.wishes import wish
from asisso.workflows.wording import Wording
from asisso.workflows.words import Said, said

MAX_STEPS: Final = 20
"""Nodes passed without a word of the caller; more are a loop."""

GAVE_UP: Final = "agent_hung_up"
LOOPED: Final = "failed"


class Engine:
    """One conversation.

    Attributes:
        node: where it is.
        gathered: the values it has, by name: text, number, bool, and dates and times in ISO 8601.
        is_over: whether `Finish` was given.
    """

    def __init__(
        self,
        definition: WorkflowDefinition,
        context: Mapping[str, object],
        *,
        node_id: str | None = None,
        gathered: Mapping[str, object] | None = None,
    ) -> None:
        """`definition` must be valid. `node_id` and `gathered` go on with a conversation that was interrupted."""
        self.definition = definition
        self.context = context
        self._nodes = {node.id: node for node in definition.nodes}
        self._is_resumed = node_id in self._nodes
        self.node: WorkflowNode = self._nodes.get(node_id or "", definition.start)
        self.is_over = False
        self._form = Form(definition, gathered or {})
        self.gathered = self._form.gathered
        self._offers = Offers(definition)
        self._wording = Wording(definition, context, self.gathered)
        self._repair = Repair()
        self._waits_for: Literal["caller", "request", "transfer"] = "caller"
        self._visited: set[str] = set()
        self._talked_in: WorkflowNode = definition.start
        self._steps = 0
        self._now = datetime.min.replace(tzinfo=UTC)

    def begin(self, now: datetime) -> list[Command]:
        """The first commands: the start's words, or the question that was open when the conversation was cut off.

        Args:
            now: in the time zone in which `{{now}}`, dates and times are meant.
        """
        self._now = now
        return list(self._resume() if self._is_resumed else self._walk(self.node))

    def preview(self, now: datetime) -> list[Command]:
        """What `begin` is going to give, so that it can be made ready; nothing is begun."""
        node_id = self.node.id if self._is_resumed else None
        return Engine(self.definition, self.context, node_id=node_id, gathered=self.gathered).begin(now)

    def handle(self, event: Event, now: datetime) -> list[Command]:
        """What follows. Events that do not fit (a choice not offered, an answer nobody waits for) change nothing."""
        if self.is_over:
            return []
        self._now = now
        return list(self._follow(event))

    @property
    def expects(self) -> Expectation:
        """What the caller or a model may do now."""
        if self.is_over or self._waits_for != "caller":
            return Expectation()
        choices = self._offers.choices(self.node.id)
        wanted = self._form.wanted(self.node)
        lengths: list[int | None] = [len(choice.digits) for choice in choices]
        if self._form.unsure:
            lengths.append(1)
        elif wanted:
            lengths.append(longest_keys(wanted[0]))
        longest = None if None in lengths else max((length or 0 for length in lengths), default=0)
        return Expectation(tuple(wanted), bool(self._form.unsure), choices, longest or None)

    @property
    def instructions(self) -> str:
        """For a model: the prompts of the global nodes and of this one, templates filled in."""
        rules = [node.data.prompt for node in self.definition.nodes if isinstance(node, GlobalNode)]
        own = [] if isinstance(self.node, GlobalNode) else [getattr(self.node.data, "prompt", "")]
        texts = [self._wording.plain(prompt, self._now).strip() for prompt in rules + own]
        missing = [f"{_in_words(f.name)} ({f.type})" for f in self._form.wanted(self.node)]
        if missing:
            texts.append(f"Still to be found out from the caller: {', '.join(missing)}.")
        return "\n\n".join(text for text in texts if text)

    def _follow(self, event: Event) -> Iterator[Command]:
        if isinstance(event, Fetched | FetchFailed):
            if self._waits_for == "request":
                yield from self._answered(event)
        elif isinstance(event, TransferFailed):
            if self._waits_for == "transfer":
                yield from self._come_back()
        elif self._waits_for == "caller":
            self._steps = 0
            match event:
                case Heard(text, likeness):
                    yield from self._hear(text, likeness)
                case Keyed(keys):
                    yield from self._key(keys)
                case Chosen(edge_id):
                    edge = self._offers.find(self.node.id, edge_id)
                    if edge is not None:
                        yield from self._take(edge)
                case Given(name, text):
                    yield from self._be_given(name, text)

    # the way

    def _walk(self, node: WorkflowNode, heard: Said | None = None) -> Iterator[Command]:
        """Arrive, and go on for as long as nothing has to be waited for."""
        while True:
            self._steps += 1
            if self._steps > MAX_STEPS:
                yield from self._give_up(LOOPED)
                return
            yield from self._arrive(node, heard)
            edge = self._way_on()
            if edge is None:
                return
            node, heard = self._nodes[edge.target], None

    def _take(self, edge: WorkflowEdge, heard: Said | None = None) -> Iterator[Command]:
        self._repair.succeeded()
        yield from self._walk(self._nodes[edge.target], heard)

    def _arrive(self, node: WorkflowNode, heard: Said | None) -> Iterator[Command]:
        if node.id in self._visited:
            self._form.forget(node)
        self._form.unsure.clear()
        self._visited.add(node.id)
        self.node = node
        match node:
            case HttpNode(data=data):
                self._form.drop(data.save)
                self._waits_for = "request"
                request = self._wording.request(data, self._now)
                if request.say:
                    yield Say(request.say)
                yield Fetch(node.id, request)
            case TransferNode(data=transfer):
                self._waits_for = "transfer"
                filled = self._wording.transfer(transfer, self._now)
                if filled.say:
                    yield Say(filled.say, "transfer")
                yield PutThrough(node.id, filled)
            case EndNode(data=end):
                yield from self._finish(end.say, end.outcome)
            case StartNode() | AgentNode():
                yield from self._open(node, heard)

    def _open(self, node: StartNode | AgentNode, heard: Said | None) -> Iterator[Command]:
        """Say a node's words, and ask for what it wants unless they have done so."""
        self._waits_for = "caller"
        self._talked_in = node
        first = next(iter(self._form.wanted(node)), None)
        if heard is not None and self._form.hear(node, heard, self._now, asked=None):
            self._repair.succeeded()
        words = self._wording.spoken(node.data.say, self._now)
        is_asked = first is not None and is_asked_by(node.data, first, words)
        is_known = first is not None and first not in self._form.wanted(node)
        if words and not (is_asked and is_known):
            yield Say(words)
        if self._way_on() is None:
            yield from self._ask(is_asked=bool(is_asked and not is_known))

    def _way_on(self) -> WorkflowEdge | None:
        """The edge that is taken by itself now."""
        if self.is_over or self._waits_for != "caller" or self._form.unsure or self._form.wanted(self.node):
            return None
        return self._automatic()

    def _automatic(self) -> WorkflowEdge | None:
        values = self._wording.values(self._now)
        for edge in self._offers.conditional(self.node.id):
            if _holds(edge.data.when, values):
                return edge
        return self._offers.plain(self.node.id)

    def _go_on(self) -> Iterator[Command]:
        """After something was understood: the next edge or the next question."""
        self._repair.succeeded()
        edge = self._way_on()
        if edge is not None:
            yield from self._take(edge)
        else:
            yield from self._ask(is_asked=False)

    def _ask(self, *, is_asked: bool) -> Iterator[Command]:
        """Ask what is to be asked now; when there is nothing to wait for, the conversation ends."""
        if self._form.unsure:
            yield Say(self._question(), "confirm")
        elif self._form.wanted(self.node):
            if not is_asked:
                yield Say(self._question(), "ask")
        elif self._offers.is_dead_end(self.node.id):
            yield from self._give_up(GAVE_UP)
        elif not self._offers.choices(self.node.id) and fields_of(self.node):
            yield from self._part()

    def _answered(self, event: Fetched | FetchFailed) -> Iterator[Command]:
        if isinstance(event, Fetched) and isinstance(self.node, HttpNode):
            self._form.save({name: event.values.get(name) for name in self.node.data.save})
        edge = self._automatic()
        if edge is not None:
            yield from self._take(edge)
        else:
            yield from self._give_up(GAVE_UP)

    def _come_back(self) -> Iterator[Command]:
        """Nobody took the call: an edge for that, or back to where the caller was."""
        edge = self._automatic()
        if edge is not None:
            yield from self._take(edge)
            return
        self.node, self._waits_for = self._talked_in, "caller"
        self._repair.succeeded()
        if self._form.wanted(self.node) or self._offers.choices(self.node.id):
            yield Say(phrases.NOT_TAKEN, "repair")
        else:
            yield Say(phrases.NOBODY, "repair")
            yield from self._part()

    def _resume(self) -> Iterator[Command]:
        if not isinstance(self.node, StartNode | AgentNode):
            yield from self._walk(self.node)
            return
        self._visited.add(self.node.id)
        self._talked_in = self.node
        edge = self._way_on()
        if edge is not None:
            yield from self._take(edge)
        else:
            question = self._question() or self._wording.spoken(self.node.data.say, self._now)
            if question:
                yield Say(question, "ask")

    # what the caller says

    def _hear(self, text: str, likeness: Mapping[str, float]) -> Iterator[Command]:
        heard = said(text)
        wanted = self._form.wanted(self.node)
        asked = wanted[0] if wanted else None
        if not heard.words:
            yield from self._miss()
        elif self._form.unsure:
            yield from self._hear_answer(heard)
        elif asked is None or not self._is_answer(asked, heard):
            yield from self._hear_freely(heard, text, asked, likeness)
        else:
            self._form.hear(self.node, heard, self._now, asked=asked)
            yield from self._go_on()

    def _is_answer(self, asked: Collected, heard: Said) -> bool:
        """Whether words answer the question, before anything else is made of them."""
        if asked.type in ("text", "name"):
            return False
        choice = choose_by_words(heard, self._offers.choices(self.node.id))
        if choice is not None and asked.type not in ("yes_no", "choice"):
            return False
        return read(asked, heard, self._now, is_asked=True) is not None and wish(heard) is None

    def _hear_freely(
        self, heard: Said, text: str, asked: Collected | None, likeness: Mapping[str, float]
    ) -> Iterator[Command]:
        choices = self._offers.choices(self.node.id)
        is_open = asked is not None and asked.type in ("text", "name")
        like_enough = LIKE_ENOUGH if asked is None else LIKE_ENOUGH_INSTEAD
        meant = choose(heard, choices, likeness, like_enough=like_enough)
        wished = wish(heard)
        is_exact = choose_by_words(heard, choices) is not None
        if wished == "goodbye" and not is_exact:
            yield from self._part()
        elif meant and (is_exact or wished is None) and len(meant) == 1:
            edge = self._offers.find(self.node.id, meant[0].edge_id)
            if edge is not None:
                yield from self._take(edge, heard)
        elif wished is not None:
            yield from self._grant(wished)
        elif (asked is not None and is_open and self._take_open(asked, heard, text)) or self._form.hear(
            self.node, heard, self._now, asked=None
        ):
            yield from self._go_on()
        else:
            yield from self._hear_correction(heard, meant)

    def _take_open(self, asked: Collected, heard: Said, text: str) -> bool:
        if asked.type == "text":
            self._form.take(self.node.id, asked, text.strip())
            return True
        return self._form.hear(self.node, heard, self._now, asked=asked)

    def _hear_correction(self, heard: Said, meant: tuple[object, ...]) -> Iterator[Command]:
        corrected = self._form.corrected(self.node, heard, self._now)
        if corrected is not None:
            if not corrected.field.confirm:
                yield Say(phrases.noted(self._aloud(corrected)))
            yield from self._go_on()
        else:
            yield from self._miss()

    def _hear_answer(self, heard: Said) -> Iterator[Command]:
        """The caller was asked whether a value is right."""
        unsure = self._form.unsure[0]
        verdict = polarity(heard.words)
        if verdict is True:
            self._form.confirm(self.node.id)
            yield from self._go_on()
            return
        if verdict is None:
            found = read(unsure.field, heard, self._now, is_asked=True)
            if found is not None:
                self._form.replace(found.value)
                yield from self._go_on()
                return
        if verdict is False:
            self._form.reject()
            yield from self._go_on()
            return
        wished = wish(heard)
        if wished == "goodbye":
            yield from self._part()
        elif wished is not None:
            yield from self._grant(wished)
        else:
            yield from self._miss()

    def _key(self, keys: str) -> Iterator[Command]:
        wanted = self._form.wanted(self.node)
        if self._form.unsure and keys in ("1", "2"):
            yield from self._hear_answer(said("yes" if keys == "1" else "no"))
            return
        field = self._form.unsure[0].field if self._form.unsure else next(iter(wanted), None)
        value = None if field is None else read_keys(field, keys, self._now)
        choice = next((c for c in self._offers.choices(self.node.id) if c.digits == keys), None)
        is_answer = field is not None and value is not None and field.type in ("yes_no", "choice")
        edge = None if choice is None or is_answer else self._offers.find(self.node.id, choice.edge_id)
        if edge is not None:
            yield from self._take(edge)
        elif field is not None and value is not None:
            self._form.take(self.node.id, field, value)
            yield from self._go_on()
        else:
            yield from self._miss()

    def _be_given(self, name: str, text: str) -> Iterator[Command]:
        field = next((f for f in fields_of(self.node) if f.name == name), None)
        if field is None or not text.strip():
            return
        found = read(field, said(text), self._now, is_asked=True)
        if field.type == "text":
            self._form.take(self.node.id, field, text.strip())
        elif found is not None:
            self._form.take(self.node.id, field, found.value)
        else:
            return
        yield from self._go_on()

    # what is said

    def _miss(self) -> Iterator[Command]:
        """The caller was not understood."""
        wanted = self._form.wanted(self.node)
        choices = self._offers.choices(self.node.id)
        if not (wanted or choices or self._form.unsure):
            yield Say(phrases.CANNOT, "repair")
            return
        field = wanted[0] if wanted else None
        if field is not None and not field.required and not self._form.unsure:
            self._form.pass_over(field)
            yield from self._go_on()
            return
        key = (self.node.id, field.name if field else "", bool(self._form.unsure))
        words = self._repair.missed(key, self._question(), field, choices)
        if words is None:
            yield from self._give_up(GAVE_UP)
        else:
            yield Say(words, "repair")

    def _grant(self, wished: str) -> Iterator[Command]:
        if wished == "person":
            edge = self._offers.to_person(self.node.id)
            if edge is not None:
                yield from self._take(edge)
                return
            yield Say(f"{phrases.NO_PERSON} {self._question()}".strip(), "repair")
        elif wished == "help":
            wanted = self._form.wanted(self.node)
            options = can_say(wanted[0] if wanted else None, self._offers.choices(self.node.id))
            yield Say(f"{options} {self._question()}".strip() or phrases.CANNOT, "repair")
        else:
            yield Say(self._question() or self._wording.spoken(self._talked_in.data.say, self._now), "repair")

    def _question(self) -> str:
        """The question that is open, in its words; empty when there is none."""
        if self._form.unsure:
            return phrases.confirmation(self._aloud(self._form.unsure[0]))
        data = self.node.data
        if not isinstance(data, AskingData):
            return ""
        wanted = self._form.wanted(self.node)
        words = self._wording.spoken(data.say, self._now)
        if not wanted:
            return question_in(words)
        return self._wording.spoken(question_for(data, wanted[0], words), self._now)

    def _aloud(self, unsure: Unsure) -> str:
        return self._wording.aloud(unsure.field.type, unsure.value, self._now)

    def _give_up(self, outcome: str) -> Iterator[Command]:
        """A person where there is one, otherwise an apology and the end."""
        edge = self._offers.to_person(self.node.id)
        if edge is not None and self._steps <= MAX_STEPS:
            yield from self._take(edge)
        else:
            self.is_over = True
            yield Say(phrases.GIVING_UP, "farewell")
            yield Finish(outcome)

    def _part(self) -> Iterator[Command]:
        """The caller is done: the end that this node offers, or the first that says something."""
        targets = [self._nodes[edge.target] for edge in self._offers.edges(self.node.id)]
        ends = [node for node in (*targets, *self.definition.nodes) if isinstance(node, EndNode)]
        end = next((node for node in ends if node.data.say), ends[0] if ends else None)
        if end is not None:
            self.node = end
        yield from self._finish(end.data.say if end else "", end.data.outcome if end else "completed")

    def _finish(self, farewell: str, outcome: str) -> Iterator[Command]:
        self.is_over = True
        words = self._wording.spoken(farewell, self._now)
        if words:
            yield Say(words, "farewell")
        yield Finish(outcome)


def _holds(when: str, values: Mapping[str, object]) -> bool:
    try:
        return parse_condition(when).holds(values)
    except ConditionError:
        return False


def _in_words(name: str) -> str:
    return name.replace("_", " ")
