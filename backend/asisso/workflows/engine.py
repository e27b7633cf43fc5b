"""The way of one conversation through its workflow. A pure state machine.

The same rules whoever talks: the offline agent feeds `Heard` and `Keyed`, a language model `Chosen` and `Given`, a
typed test the same. Knows nothing of sound, sockets, models or clocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from asisso.workflows.definition import WorkflowDefinition, WorkflowNode
from asisso.workflows.steps import Command, Event, Expectation


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
        nodes = {node.id: node for node in definition.nodes}
        self.node: WorkflowNode = nodes.get(node_id or "", definition.start)
        self.gathered: dict[str, object] = dict(gathered or {})
        self.is_over = False

    def begin(self, now: datetime) -> list[Command]:
        """The first commands: the start's words, or the question that was open when the conversation was cut off.

        Args:
            now: in the time zone in which `{{now}}`, dates and times are meant.
        """
        raise NotImplementedError

    def handle(self, event: Event, now: datetime) -> list[Command]:
        """What follows. Events that do not fit (a choice not offered, an answer nobody waits for) change nothing."""
        raise NotImplementedError

    @property
    def expects(self) -> Expectation:
        """What the caller or a model may do now."""
        raise NotImplementedError

    @property
    def instructions(self) -> str:
        """For a model: the prompts of the global nodes and of this one, templates filled in."""
        raise NotImplementedError
