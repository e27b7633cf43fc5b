"""The values a conversation gathers: what is still missing, what waits to be confirmed, what was heard. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from asisso.workflows.correcting import find_correction
from asisso.workflows.definition import AskingData, Collected, WorkflowDefinition, WorkflowNode
from asisso.workflows.values.found import Value
from asisso.workflows.values.reading import read
from asisso.workflows.words import Said


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
        names = [unsure.field.name for unsure in self.unsure]
        if not field.confirm:
            self._keep(node_id, field.name, value)
        elif field.name in names:
            self.unsure[names.index(field.name)] = Unsure(field, value)
        else:
            self.unsure.append(Unsure(field, value))

    def confirm(self, node_id: str) -> None:
        """The value that was asked about is right."""
        unsure = self.unsure.pop(0)
        self._keep(node_id, unsure.field.name, unsure.value)

    def reject(self) -> None:
        """It is wrong, and has to be asked for again."""
        self.unsure.pop(0)

    def pass_over(self, field: Collected) -> None:
        """Ask for this value no more."""
        self._passed_over.add(field.name)

    def arrive(self, node: WorkflowNode, *, is_again: bool) -> None:
        """The caller comes to a node. What it asked for itself, an earlier time, is asked anew."""
        self.unsure.clear()
        for field in fields_of(node) if is_again else ():
            self._passed_over.discard(field.name)
            if self._asked_by.get(field.name) == node.id:
                self.gathered.pop(field.name, None)

    def hear(self, node: WorkflowNode, heard: Said, now: datetime, *, asked: Collected | None) -> bool:
        """Take what was asked for, and every other value of the node that is clear; whether there was any."""
        others = [field for field in self.open(node) if field != asked]
        taken = False
        for field in [asked, *others] if asked else others:
            found = read(field, heard, now, is_asked=field is asked)
            if found is not None:
                self.take(node.id, field, found.value)
                heard = heard.without(found.start, found.end)
                taken = True
        return taken

    def correction(self, heard: Said, now: datetime, asked: Collected | None) -> Unsure | None:
        """An earlier value that the words correct; None when they correct none."""
        found = find_correction(heard, self.gathered, self._fields, asked, now)
        return Unsure(*found) if found else None

    def correct(self, node_id: str, corrected: Unsure) -> None:
        """Take an earlier value anew."""
        self.take(self._asked_by.get(corrected.field.name, node_id), corrected.field, corrected.value)

    def find(self, node: WorkflowNode, name: str) -> Collected | None:
        """A value of this node, or one that was gathered earlier and may be corrected."""
        own = next((field for field in fields_of(node) if field.name == name), None)
        return own or (self._fields.get(name) if name in self.gathered else None)

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
        # The value taken last stands last: what is corrected without a name is mostly that one.
        self.gathered.pop(name, None)
        self.gathered[name] = value
        self._asked_by[name] = node_id


def fields_of(node: WorkflowNode) -> list[Collected]:
    """What a node asks for."""
    return node.data.collect if isinstance(node.data, AskingData) else []
