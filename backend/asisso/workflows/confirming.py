"""What a conversation makes of the answer to "I have four two seven seven. Is that right?". Pure."""

from __future__ import annotations

from collections.abc import Iterator

from asisso.workflows.acts import Acts
from asisso.workflows.choosing import choose_by_words
from asisso.workflows.definition import Collected
from asisso.workflows.form import Unsure
from asisso.workflows.place import Place
from asisso.workflows.steps import Command
from asisso.workflows.values.corrections import after_denial
from asisso.workflows.values.found import Value
from asisso.workflows.values.yes_no import polarity, read_yes_no
from asisso.workflows.way import Way
from asisso.workflows.wishes import wish
from asisso.workflows.words import Said


class Confirming:
    """Takes answers while a value is to be confirmed."""

    def __init__(self, place: Place, way: Way, acts: Acts) -> None:
        self._place = place
        self._way = way
        self._acts = acts

    def hear(self, heard: Said, unsure: Unsure) -> Iterator[Command]:
        """A yes, a no, another value, or something that is offered."""
        rest = after_denial(heard)
        verdict = polarity(heard.words)
        if verdict is not None:
            yield from self._acts.judge(is_right=verdict)
            return
        exact = choose_by_words(rest or heard, self._place.choices)
        wished = wish(rest or heard)
        wished = None if wished == "done" else wished
        if exact is not None:
            yield from self._acts.choose(exact.edge_id, heard)
        elif wished is not None:
            yield from self._acts.grant(wished)
        else:
            yield from self._hear_value(heard, rest, unsure)

    def press(self, keys: str) -> Iterator[Command]:
        """1 is yes and 2 is no."""
        if keys in ("1", "2"):
            yield from self._acts.judge(is_right=keys == "1")
        else:
            yield from self._way.miss()

    def be_given(self, unsure: Unsure, heard: Said, value: Value | None) -> Iterator[Command] | None:
        """A model confirms by a yes or by giving the same value again; None when it gives another one."""
        verdict = polarity(heard.words) if unsure.field.type != "yes_no" else None
        if verdict is None and value == unsure.value:
            verdict = True
        return None if verdict is None else self._acts.judge(is_right=verdict)

    def _hear_value(self, heard: Said, rest: Said | None, unsure: Unsure) -> Iterator[Command]:
        value = self._other_value(unsure.field, heard, rest)
        verdict = read_yes_no(heard.words)
        if value is not None and value != unsure.value:
            yield from self._acts.keep(unsure.field, value)
        elif value is not None or verdict:
            # "Yes, and I want to come on Friday."
            self._place.form.hear(self._place.node, heard, self._place.now, asked=None)
            yield from self._acts.judge(is_right=True)
        elif verdict is False:
            yield from self._acts.judge(is_right=False)
        else:
            yield from self._way.miss()

    def _other_value(self, field: Collected, heard: Said, rest: Said | None) -> Value | None:
        if field.type == "text":
            return None if rest is None else " ".join(rest.written)
        return self._acts.value(field, heard, "")
