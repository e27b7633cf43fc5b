"""Which of a model's sounds are with the caller, and how far each has been heard. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from .session import HZ


@dataclass(slots=True)
class _Item:
    item_id: str
    samples: int = 0
    text: str = ""

    @property
    def duration_ms(self) -> int:
        return self.samples * 1000 // HZ


@dataclass(frozen=True, slots=True)
class Cut:
    """An item the caller has not heard to its end.

    Attributes:
        heard_ms: how much of its sound was heard.
        heard_text: its words as far as that; an estimate.
    """

    item_id: str
    heard_ms: int
    heard_text: str


class Playback:
    """The items of one call, from their first sound until they have been heard."""

    def __init__(self) -> None:
        self._items: deque[_Item] = deque()

    @property
    def text(self) -> str:
        """The words of all of them."""
        return " ".join(item.text for item in self._items)

    def add(self, item_id: str, samples: int) -> None:
        """More sound of an item was handed to the line."""
        self._item(item_id).samples += samples

    def add_words(self, item_id: str, text: str) -> None:
        """More words of an item."""
        self._item(item_id).text += text

    def _item(self, item_id: str) -> _Item:
        if not self._items or self._items[-1].item_id != item_id:
            self._items.append(_Item(item_id))
        return self._items[-1]

    def heard(self, unheard_ms: int) -> list[tuple[str, str]]:
        """Forget the items that have been heard to their end: their ids and words."""
        done: list[tuple[str, str]] = []
        while len(self._items) > 1 and self._left_ms() - self._items[0].duration_ms >= unheard_ms:
            item = self._items.popleft()
            done.append((item.item_id, item.text))
        return done

    def finish(self) -> list[tuple[str, str]]:
        """All have been heard."""
        done = [(item.item_id, item.text) for item in self._items]
        self._items.clear()
        return done

    def cut(self, unheard_ms: int) -> tuple[list[tuple[str, str]], list[Cut]]:
        """The caller interrupts, and so much was not heard: what was heard whole, and what was not."""
        whole: list[tuple[str, str]] = []
        cut: list[Cut] = []
        before_ms = max(0, self._left_ms() - unheard_ms)
        for item in self._items:
            heard_ms = min(before_ms, item.duration_ms)
            before_ms -= heard_ms
            if (heard_ms >= item.duration_ms and unheard_ms == 0) or (
                heard_ms >= item.duration_ms and before_ms > 0
            ):
                whole.append((item.item_id, item.text))
            else:
                cut.append(Cut(item.item_id, heard_ms, _beginning(item.text, heard_ms, item.duration_ms)))
        self._items.clear()
        return whole, cut

    def _left_ms(self) -> int:
        return sum(item.duration_ms for item in self._items)


def _beginning(text: str, heard_ms: int, duration_ms: int) -> str:
    words = text.split()
    share = heard_ms / duration_ms if duration_ms else 0.0
    return " ".join(words[: int(len(words) * share)])
