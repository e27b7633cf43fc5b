"""Where a conversation is, what it knows there, and what can come next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from asisso.workflows import phrases
from asisso.workflows.conditions import ConditionError, parse_condition
from asisso.workflows.definition import (
    AskingData,
    Collected,
    GlobalNode,
    WorkflowDefinition,
    WorkflowEdge,
    WorkflowNode,
)
from asisso.workflows.form import Form, Unsure
from asisso.workflows.offers import Offers
from asisso.workflows.questions import question_for, question_in
from asisso.workflows.steps import Choice
from asisso.workflows.templates import references
from asisso.workflows.wording import Wording


class Place:
    """The state of one conversation.

    Attributes:
        node: where it is.
        talked_in: where the caller was last spoken with.
        waits_for: whose word comes next.
        is_over: nobody's.
        now: when the last event came, in the time zone of the conversation.
    """

    def __init__(
        self,
        definition: WorkflowDefinition,
        context: Mapping[str, object],
        gathered: Mapping[str, object],
        node_id: str | None,
    ) -> None:
        self.definition = definition
        self.nodes = {node.id: node for node in definition.nodes}
        self.node: WorkflowNode = self.nodes.get(node_id or "", definition.start)
        self.talked_in: WorkflowNode = definition.start
        self.waits_for: Literal["caller", "request", "transfer"] = "caller"
        self.is_over = False
        self.now = datetime.min.replace(tzinfo=UTC)
        self.form = Form(definition, gathered)
        self.offers = Offers(definition)
        self.wording = Wording(definition, context, self.form.gathered)

    @property
    def wanted(self) -> list[Collected]:
        """What the node still asks for, the next first."""
        return self.form.wanted(self.node)

    @property
    def asked(self) -> Collected | None:
        """What the caller was asked for; None when no value."""
        return next(iter(self.wanted), None)

    @property
    def unsure(self) -> Unsure | None:
        """The value the caller is to confirm."""
        return next(iter(self.form.unsure), None)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The edges somebody can choose here."""
        return self.offers.choices(self.node.id)

    @property
    def way_on(self) -> WorkflowEdge | None:
        """The edge that is taken by itself: this node is done, and its values are there."""
        if self.is_over or self.waits_for != "caller" or self.unsure or self.wanted:
            return None
        return self.automatic

    @property
    def automatic(self) -> WorkflowEdge | None:
        """The first edge whose `when` holds, otherwise the one without any condition."""
        values = self.wording.values(self.now)
        conditional = self.offers.conditional(self.node.id)
        return next((e for e in conditional if _holds(e.data.when, values)), self.offers.plain(self.node.id))

    @property
    def question(self) -> str:
        """The question that is open, in its words; empty when there is none."""
        if self.unsure:
            return phrases.confirmation(self.aloud(self.unsure))
        if not isinstance(self.node.data, AskingData):
            return ""
        words = self.spoken(self.node.data.say)
        if self.asked is None:
            return question_in(words)
        return self.spoken(question_for(self.node.data, self.asked, words))

    @property
    def reminder(self) -> str:
        """What to say where the caller is to go on: the question, or all the words when they hold values."""
        say = self.node.data.say
        has_values = any(self.says(name) for name in self.form.gathered)
        return self.spoken(say) if has_values and not self.asked else self.question or self.spoken(say)

    def says(self, name: str) -> bool:
        """Whether the node's words hold this value, so that saying them tells it."""
        return any(reference.name == name for reference in references(self.node.data.say))

    @property
    def instructions(self) -> str:
        """For a model: the rules of everywhere, this node's own, and what is still to be found out."""
        rules = [node.data.prompt for node in self.definition.nodes if isinstance(node, GlobalNode)]
        texts = [self.wording.plain(text, self.now).strip() for text in (*rules, _prompt(self.node))]
        if self.unsure:
            texts.append(
                f"The caller has been asked whether {self.unsure.field.name} is {self.unsure.value!r}."
            )
        if self.wanted:
            missing = ", ".join(f"{field.name} ({field.type})" for field in self.wanted)
            texts.append(f"Still to be found out from the caller: {missing}.")
        return "\n\n".join(text for text in texts if text)

    def spoken(self, template: str) -> str:
        """A text of the workflow, as it is said now."""
        return self.wording.spoken(template, self.now)

    def aloud(self, unsure: Unsure) -> str:
        """A value, as it is said."""
        return self.wording.aloud(unsure.field.type, unsure.value, self.now)


def _prompt(node: WorkflowNode) -> str:
    return "" if isinstance(node, GlobalNode) else str(getattr(node.data, "prompt", ""))


def _holds(when: str, values: Mapping[str, object]) -> bool:
    try:
        return parse_condition(when).holds(values)
    except ConditionError:
        return False
