"""The values a conversation gathers: what is still missing, what waits to be confirmed, what was heard. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asisso.workflows.definition import AskingData, Collected, WorkflowDefinition, WorkflowNode
from asisso.workflows.values.corrections import after_denial
from asisso.workflows.values.found import Value
from asisso.workflows.values.reading import read
from asisso.workflows.words import Said, words_of

_CORRECTING: Final = frozenset({"actually", "sorry", "wait", "correction", "no", "oh"})

_ANY_WORDS: Final = frozenset({"text", "name", "yes_no"})
"""Of these a "no" with something behind it says too little."""


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
        """An earlier value that the words correct: "actually, my number is ..."."""
        for name in reversed(self.gathered):
            field = self._fields.get(name)
            if field is None or field.type in ("text", "yes_no") or not _is_about(heard, field, asked):
                continue
            found = read(field, heard, now, is_asked=True)
            if found is not None and found.value != self.gathered[name]:
                return Unsure(field, found.value)
        return self._last_corrected(heard, now, asked)

    def _last_corrected(self, heard: Said, now: datetime, asked: Collected | None) -> Unsure | None:
        """The value taken last, said again behind a "no": "no, I said half past three"."""
        rest, name = after_denial(heard), next(reversed(self.gathered), "")
        field = self._fields.get(name)
        if rest is None or field is None or field.type in _ANY_WORDS or (asked and asked.type == field.type):
            return None
        found = read(field, rest, now, is_asked=True)
        is_all = found is not None and 2 * (found.end - found.start) >= len(rest)
        return Unsure(field, found.value) if found and is_all and found.value != self.gathered[name] else None

    def correct(self, node_id: str, corrected: Unsure) -> None:
        """Take an earlier value anew."""
        self.take(self._asked_by.get(corrected.field.name, node_id), corrected.field, corrected.value)

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


def _is_about(heard: Said, field: Collected, asked: Collected | None) -> bool:
    """Whether words are about a field: they hold its whole name, or begin as a correction and hold a part of it."""
    words, parts = set(heard.words), _name_parts(field)
    if asked is not None and asked.name == field.name:
        return False
    others = _name_parts(asked) if asked else set()
    if parts and parts <= words and not (others and others <= words):
        return True
    return heard.words[0] in _CORRECTING and not words.isdisjoint(parts - others)


def _name_parts(field: Collected) -> set[str]:
    return {part for part in words_of(field.name.replace("_", " ")) if len(part) > 1}


def fields_of(node: WorkflowNode) -> list[Collected]:
    """What a node asks for."""
    return node.data.collect if isinstance(node.data, AskingData) else []
