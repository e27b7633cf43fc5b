"""What a conversation makes of a caller's words and keys, and of what a model passes on. Pure.

Values that were asked for come first, then the offered edges, then what callers say at any time, then other values
and corrections of earlier ones. What is none of these was not understood.
"""

from __future__ import annotations

from collections.abc import Iterator

from asisso.workflows import phrases
from asisso.workflows.acts import Acts
from asisso.workflows.choosing import LIKE_ENOUGH, LIKE_ENOUGH_INSTEAD, choose, choose_by_words
from asisso.workflows.confirming import Confirming
from asisso.workflows.place import Place
from asisso.workflows.steps import Choice, Command, Given, Heard, Say
from asisso.workflows.values.choice import read_choice
from asisso.workflows.values.reading import is_open_type, read, read_keys
from asisso.workflows.values.yes_no import is_declined, polarity
from asisso.workflows.way import Way
from asisso.workflows.wishes import Wish, wish
from asisso.workflows.words import Said, said


class Understanding:
    """Turns events into moves. Every method gives the commands that come of it."""

    def __init__(self, place: Place, way: Way) -> None:
        self._place = place
        self._way = way
        self._acts = Acts(place, way)
        self._confirming = Confirming(place, way, self._acts)
        self._between: tuple[Choice, ...] = ()

    def hear(self, event: Heard) -> Iterator[Command]:
        """The caller said something."""
        heard = said(event.text)
        between, self._between = self._between, ()
        picked = _picked(heard, between)
        if not heard.words:
            yield from self._way.miss()
        elif picked is not None:
            yield from self._acts.choose(picked.edge_id, heard)
        elif self._place.unsure is not None:
            yield from self._confirming.hear(heard, self._place.unsure)
        else:
            yield from self._hear_openly(heard, event)

    def press(self, keys: str) -> Iterator[Command]:
        """The caller pressed keys. What is asked for in single keys comes before the edges' digits."""
        place = self._place
        edge_id = next((choice.edge_id for choice in place.choices if choice.digits == keys), None)
        field = place.asked
        value = read_keys(field, keys, place.now) if field and not place.unsure else None
        is_short = field is not None and field.type in ("yes_no", "choice")
        if place.unsure and (edge_id is None or keys in ("1", "2")):
            yield from self._confirming.press(keys)
        elif edge_id is not None and not (value is not None and is_short):
            yield from self._acts.choose(edge_id)
        elif field is not None and value is not None:
            yield from self._acts.keep(field, value)
        else:
            yield from self._way.miss()

    def choose(self, edge_id: str) -> Iterator[Command]:
        """A model takes an edge, even while values are missing: only edges without a choice wait for them."""
        yield from self._acts.choose(edge_id)

    def be_given(self, event: Given) -> Iterator[Command]:
        """A model passes a value on, of this node or anew of an earlier one.

        One that is to be confirmed is so by a yes, or by the same value again.
        """
        place = self._place
        field = place.form.find(place.node, event.name)
        heard = said(event.text)
        if field is None or not heard.words:
            return
        value = self._acts.value(field, heard, event.text)
        if place.unsure is not None and place.unsure.field.name == field.name:
            verdict = self._confirming.be_given(place.unsure, heard, value)
            if verdict is not None:
                yield from verdict
                return
        if value is not None:
            yield from self._acts.keep(field, value)

    def _hear_openly(self, heard: Said, event: Heard) -> Iterator[Command]:
        place = self._place
        wished = self._wish(heard)
        corrected = place.form.correction(heard, place.now, place.asked)
        if wished is None and corrected is not None:
            yield from self._acts.correct(corrected)
        elif wished is None and self._answers(heard, event):
            yield from self._way.go_on()
        else:
            yield from self._hear_freely(heard, event, wished)

    def _wish(self, heard: Said) -> Wish | None:
        asked = self._place.asked
        wished = wish(heard, is_dictating=asked is not None and asked.type == "text")
        return None if wished == "done" and asked is not None else wished

    def _answers(self, heard: Said, event: Heard) -> bool:
        """Take the value that was asked for, when the words clearly answer the question."""
        place, asked = self._place, self._place.asked
        if asked is None or is_open_type(asked):
            return False
        found = read(asked, heard, place.now, is_asked=True)
        if found is None:
            return False
        is_by_word = asked.type in ("yes_no", "choice")
        if not is_by_word and self._means_edge(heard, event, found.end - found.start):
            return False
        return place.form.hear(place.node, heard, place.now, asked=asked)

    def _means_edge(self, heard: Said, event: Heard, size: int) -> bool:
        """Whether words that hold a value are about something else: they name an edge, or are mostly about one."""
        choices = self._place.choices
        if choose_by_words(heard, choices) is not None:
            return True
        is_mostly_other = size * 2 < len(heard)
        return is_mostly_other and bool(
            choose(heard, choices, event.likeness, like_enough=LIKE_ENOUGH_INSTEAD)
        )

    def _hear_freely(self, heard: Said, event: Heard, wished: Wish | None) -> Iterator[Command]:
        """Words that are no answer to what was asked."""
        place, asked = self._place, self._place.asked
        is_open = asked is not None and is_open_type(asked)
        enough = LIKE_ENOUGH_INSTEAD if is_open else LIKE_ENOUGH
        exact = choose_by_words(heard, place.choices)
        meant = choose(heard, place.choices, event.likeness, like_enough=enough)
        if exact is not None:
            yield from self._acts.choose(exact.edge_id, heard)
        elif wished is not None:
            yield from self._acts.grant(wished)
        elif meant and self._lead_to_one(meant):
            yield from self._acts.choose(meant[0].edge_id, heard)
        elif self._takes_other(heard, event.text, is_open=is_open):
            yield from self._way.go_on()
        elif len(meant) > 1:
            yield from self._ask_which(meant)
        else:
            yield from self._hear_nothing_new(heard)

    def _takes_other(self, heard: Said, text: str, *, is_open: bool) -> bool:
        """Take any words for an open question, or values that are clear without having been asked for."""
        place = self._place
        if is_open and self._takes_openly(heard, text):
            return True
        return place.form.hear(place.node, heard, place.now, asked=None)

    def _takes_openly(self, heard: Said, text: str) -> bool:
        """Take a text or a name; a "no" to what is only nice to know passes it over."""
        place, asked = self._place, self._place.asked
        if asked is None:
            return False
        if not asked.required and is_declined(heard.words):
            place.form.pass_over(asked)
            return True
        if asked.type == "text":
            place.form.take(place.node.id, asked, text.strip())
            return True
        return place.form.hear(place.node, heard, place.now, asked=asked)

    def _hear_nothing_new(self, heard: Said) -> Iterator[Command]:
        """A yes or a no to "anything else?", or nothing that was understood."""
        verdict = polarity(heard.words)
        is_free = self._place.asked is None and bool(self._place.choices)
        if verdict is True and is_free:
            yield Say(phrases.GO_AHEAD, "repair")
        elif verdict is False and is_free and "else" in self._place.question:
            yield from self._acts.grant("done")
        else:
            yield from self._way.miss()

    def _lead_to_one(self, meant: tuple[Choice, ...]) -> bool:
        place = self._place
        edges = (place.offers.find(place.node.id, choice.edge_id) for choice in meant)
        return len({edge.target for edge in edges if edge}) == 1

    def _ask_which(self, meant: tuple[Choice, ...]) -> Iterator[Command]:
        self._between = meant
        yield Say(phrases.which_one([choice.label for choice in meant]), "repair")


def _picked(heard: Said, between: tuple[Choice, ...]) -> Choice | None:
    """The one of two that was asked about."""
    found = read_choice(heard.words, [choice.label for choice in between], is_asked=True)
    return next((choice for choice in between if found and choice.label == found.value), None)
