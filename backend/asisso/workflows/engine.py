"""The way of one conversation through its workflow. A pure state machine.

The same rules whoever talks: the offline agent feeds `Heard` and `Keyed`, a language model `Chosen` and `Given`, a
typed test the same. Knows nothing of sound, sockets, models or clocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from asisso.workflows.definition import WorkflowDefinition, WorkflowNode
from asisso.workflows.place import Place
from asisso.workflows.steps import (
    Chosen,
    Command,
    Event,
    Expectation,
    Fetched,
    FetchFailed,
    Given,
    Heard,
    Keyed,
    TransferFailed,
)
from asisso.workflows.understanding import Understanding
from asisso.workflows.values.reading import longest_keys
from asisso.workflows.way import Way


class Engine:
    """One conversation."""

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
        self._place = Place(definition, context, gathered or {}, node_id)
        self._way = Way(self._place)
        self._understanding = Understanding(self._place, self._way)
        self._is_resumed = node_id in self._place.nodes

    @property
    def node(self) -> WorkflowNode:
        """Where it is."""
        return self._place.node

    @property
    def gathered(self) -> dict[str, object]:
        """The values it has, by name: text, number, bool, and dates and times in ISO 8601."""
        return self._place.form.gathered

    @property
    def is_over(self) -> bool:
        """Whether `Finish` was given."""
        return self._place.is_over

    def begin(self, now: datetime) -> list[Command]:
        """The first commands: the start's words, or the question that was open when the conversation was cut off.

        Args:
            now: in the time zone in which `{{now}}`, dates and times are meant.
        """
        self._place.now = now
        return list(self._way.resume() if self._is_resumed else self._way.begin())

    def preview(self, now: datetime) -> list[Command]:
        """What `begin` is going to give, so that it can be made ready; nothing is begun."""
        node_id = self.node.id if self._is_resumed else None
        return Engine(self.definition, self.context, node_id=node_id, gathered=self.gathered).begin(now)

    def handle(self, event: Event, now: datetime) -> list[Command]:
        """What follows. Events that do not fit (a choice not offered, an answer nobody waits for) change nothing."""
        if self.is_over:
            return []
        self._place.now = now
        return list(self._follow(event))

    @property
    def expects(self) -> Expectation:
        """What the caller or a model may do now."""
        place = self._place
        if place.is_over or place.waits_for != "caller":
            return Expectation()
        return Expectation(tuple(place.wanted), place.unsure is not None, place.choices, self._longest_keys())

    @property
    def instructions(self) -> str:
        """For a model: the prompts of the global nodes and of this one, templates filled in."""
        return self._place.instructions

    def _follow(self, event: Event) -> Iterator[Command]:
        match event:
            case Fetched() | FetchFailed():
                yield from self._way.answered(event) if self._place.waits_for == "request" else ()
            case TransferFailed():
                yield from self._way.come_back() if self._place.waits_for == "transfer" else ()
            case _ if self._place.waits_for != "caller":
                return
            case _:
                self._way.caller_acted()
                yield from self._understand(event)

    def _understand(self, event: Heard | Keyed | Chosen | Given) -> Iterator[Command]:
        match event:
            case Heard():
                return self._understanding.hear(event)
            case Keyed(keys):
                return self._understanding.press(keys)
            case Chosen(edge_id):
                return self._understanding.choose(edge_id)
            case Given():
                return self._understanding.be_given(event)

    def _longest_keys(self) -> int | None:
        """A value that is to be confirmed takes one key, so that it goes at once."""
        place = self._place
        asked = 1 if place.unsure else longest_keys(place.asked) if place.asked else 0
        if asked is None:
            return None
        return max(asked, *(len(choice.digits) for choice in place.choices), 0) or None
