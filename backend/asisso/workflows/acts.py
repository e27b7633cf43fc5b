"""What can be done with something that was understood. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from asisso.workflows import phrases
from asisso.workflows.choosing import choose_by_words
from asisso.workflows.definition import Collected
from asisso.workflows.form import Unsure
from asisso.workflows.place import Place
from asisso.workflows.repair import can_say
from asisso.workflows.steps import Command, Say
from asisso.workflows.values.found import Value
from asisso.workflows.values.reading import read
from asisso.workflows.way import Way
from asisso.workflows.wishes import Wish
from asisso.workflows.words import Said, said


class Acts:
    """Keeps values, takes edges and grants wishes. Methods that move the conversation give what comes of it."""

    def __init__(self, place: Place, way: Way) -> None:
        self._place = place
        self._way = way

    def choose(self, edge_id: str, heard: Said | None = None) -> Iterator[Command]:
        """Somebody takes an edge; nothing when it is not offered. Clear values in the words are kept."""
        place = self._place
        edge = place.offers.find(place.node.id, edge_id)
        if edge is None:
            return
        if heard is not None:
            place.form.hear(place.node, heard, place.now, asked=None)
        yield from self._way.take(edge, heard)

    def keep(self, field: Collected, value: Value) -> Iterator[Command]:
        """Keep a value, or have it confirmed."""
        self._place.form.take(self._place.node.id, field, value)
        yield from self._way.go_on()

    def correct(self, corrected: Unsure) -> Iterator[Command]:
        """Keep an earlier value anew, and say so."""
        self._place.form.correct(self._place.node.id, corrected)
        if not corrected.field.confirm and not self._place.says(corrected.field.name):
            yield Say(phrases.noted(self._place.aloud(corrected)))
        yield from self._way.go_on()

    def judge(self, *, is_right: bool) -> Iterator[Command]:
        """The value that was asked about is right, or has to be asked for again."""
        if is_right:
            self._place.form.confirm(self._place.node.id)
            yield from self._way.go_on()
        else:
            self._place.form.reject()
            yield from self._way.miss(is_rejected=True)

    def grant(self, wished: Wish) -> Iterator[Command]:
        """Do what callers may ask for at any time."""
        place = self._place
        if wished in ("goodbye", "done"):
            yield from self._part()
        elif wished == "person":
            yield from self._way.to_person()
        elif wished == "help":
            options = can_say(place.asked, place.choices)
            yield Say(f"{options} {place.question}".strip() or phrases.CANNOT, "repair")
        else:
            words = place.question or place.spoken(getattr(place.node.data, "say", ""))
            yield Say(words or phrases.CANNOT, "repair")

    def _part(self) -> Iterator[Command]:
        """End by the edge that means a goodbye, where there is one."""
        meant = choose_by_words(said("goodbye"), self._place.choices)
        if meant is not None:
            yield from self.choose(meant.edge_id)
        else:
            yield from self._way.part()

    def value(self, field: Collected, heard: Said, text: str) -> Value | None:
        """The value for a field in an answer to its question."""
        if field.type == "text":
            return text.strip() or None
        found = read(field, heard, self._place.now, is_asked=True)
        return None if found is None else found.value
