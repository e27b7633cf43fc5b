"""The values a conversation gathers: what is still missing, what waits to be confirmed, what was heard. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from asisso.workflows.definition import AskingData, Collected, WorkflowDefinition, WorkflowNode
from asisso.workflows.values.corrections import is_correction
from asisso.workflows.values.found import Value
from asisso.workflows.values.reading import read
from asisso.workflows.words import Said, words_of


@dataclass(frozen=True, slots=True)
class Unsure:
    """A value that was understood, but has yet to be confirmed."""

    field: Collected
    value: Value


class Form:
    """The values of one conversation.

    Attributes:
        gathered: those that are sure, by name.
        unsure: those to be confirmed, the one being asked about first.
    """

    def __init__(self, definition: WorkflowDefinition, gathered: Mapping[str, object]) -> None:
        self.gathered: dict[str, object] = dict(gathered)
        self.unsure: list[Unsure] = []
        self._fields: dict[str, Collected] = {}
        self._asked_by: dict[str, str] = {}
        self._passed_over: set[str] = set()
        for node in definition.nodes:
            for field in fields_of(node):
                self._fields.setdefault(field.name, field)
                if field.name in self.gathered:
                    self._asked_by.setdefault(field.name, node.id)

    def wanted(self, node: WorkflowNode) -> list[Collected]:
        """What the node still has to ask: what it needs, then what it would like to know."""
        fields = [field for field in fields_of(node) if not self._is_known(field)]
        optional = [f for f in fields if not f.required and f.ask and f.name not in self._passed_over]
        return [field for field in fields if field.required] + optional

    def open(self, node: WorkflowNode) -> list[Collected]:
        """Every value of the node that is not known, asked for or not."""
        return [field for field in fields_of(node) if not self._is_known(field)]

    def take(self, node_id: str, field: Collected, value: Value) -> None:
        """Keep a value, or have it confirmed first."""
        self.unsure = [unsure for unsure in self.unsure if unsure.field.name != field.name]
        if field.confirm:
            self.unsure.append(Unsure(field, value))
        else:
            self._keep(node_id, field.name, value)

    def confirm(self, node_id: str) -> None:
        """The value that was asked about is right."""
        unsure = self.unsure.pop(0)
        self._keep(node_id, unsure.field.name, unsure.value)

    def reject(self) -> Collected:
        """It is wrong; gives what has to be asked again."""
        return self.unsure.pop(0).field

    def replace(self, value: Value) -> None:
        """It is another one, which has to be confirmed in its place."""
        self.unsure[0] = Unsure(self.unsure[0].field, value)

    def pass_over(self, field: Collected) -> None:
        """Ask for this value no more."""
        self._passed_over.add(field.name)

    def forget(self, node: WorkflowNode) -> None:
        """The caller comes to a node again: what it asked for itself is asked anew."""
        self.unsure.clear()
        for field in fields_of(node):
            self._passed_over.discard(field.name)
            if self._asked_by.get(field.name) == node.id:
                self.gathered.pop(field.name, None)

    def hear(self, node: WorkflowNode, said: Said, now: datetime, *, asked: Collected | None) -> bool:
        """Take every value of the node that the words clearly hold; whether there was any."""
        first = asked
        has_any = False
        rest = said
        for field in ([first] if first else []) + [f for f in self.open(node) if f is not first]:
            found = read(field, rest, now, is_asked=field is first)
            if found is not None:
                self.take(node.id, field, found.value)
                rest = rest.without(found.start, found.end)
                has_any = True
        return has_any

    def corrected(self, node: WorkflowNode, said: Said, now: datetime) -> Unsure | None:
        """An earlier value that the words correct, taken anew; None when none is.

        Its name tells which ("actually, my number is ..."); without it the last one is meant ("no, I said Friday").
        """
        words = set(said.words)
        is_last = is_correction(said)
        for name in reversed(self.gathered):
            field = self._fields.get(name)
            if field is None or field.type in ("text", "yes_no"):
                continue
            parts = [part for part in words_of(name.replace("_", " ")) if len(part) > 1]
            if not is_last and (not parts or not words.issuperset(parts)):
                continue
            is_last = False
            found = read(field, said, now, is_asked=True)
            if found is not None:
                self.take(self._asked_by.get(name, node.id), field, found.value)
                return Unsure(field, found.value)
        return None

    def save(self, values: Mapping[str, object]) -> None:
        """Keep what another program has said."""
        self.gathered.update({name: value for name, value in values.items() if value is not None})

    def drop(self, names: Mapping[str, object]) -> None:
        """Forget values that are about to be fetched anew."""
        for name in names:
            self.gathered.pop(name, None)

    def _is_known(self, field: Collected) -> bool:
        return field.name in self.gathered or any(unsure.field.name == field.name for unsure in self.unsure)

    def _keep(self, node_id: str, name: str, value: Value) -> None:
        self.gathered[name] = value
        self._asked_by[name] = node_id


def fields_of(node: WorkflowNode) -> list[Collected]:
    """What a node asks for."""
    return node.data.collect if isinstance(node.data, AskingData) else []
