"""How far a conversation has come: its node, the values it has, what it has used. Written while it goes on.

Nothing here waits: the journal writes what changed with the next batch, so a kill costs two seconds at the most.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from asisso.metrics import count_usage

from .log import CallLog

MAX_VALUES: Final = 200
MAX_VALUE_LENGTH: Final = 4_000
"""Characters of a value, or of its JSON: an answer of another server must not fill the database."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation was left.

    Attributes:
        node_id: of the workflow; empty before the first one.
        gathered: its values by name.
        usage: its amounts by name.
    """

    node_id: str = ""
    gathered: Mapping[str, object] = field(default_factory=dict)
    usage: Mapping[str, float] = field(default_factory=dict)


class Progress:
    """One conversation's standing.

    Args:
        record: takes the columns of the run that have changed.
        log: its timeline tells each node and the names of new values, never the values.
        standing: of an earlier process that carried the call.

    Attributes:
        usage: amounts by name.
    """

    def __init__(self, record: Callable[..., None], log: CallLog, standing: Standing | None = None) -> None:
        standing = standing or Standing()
        self._record = record
        self._log = log
        self._node_id = standing.node_id
        self._gathered: Mapping[str, object] = standing.gathered
        self.usage: dict[str, float] = dict(standing.usage)

    def moved(self, node_id: str, gathered: Mapping[str, object]) -> None:
        """The conversation is at this node and has these values."""
        values = {name: storable(gathered[name]) for name in list(gathered)[:MAX_VALUES]}
        if (node_id, values) == (self._node_id, self._gathered):
            return
        for name, value in values.items():
            if name not in self._gathered or self._gathered[name] != value:
                self._log.note("value", name=name)
        if node_id != self._node_id:
            self._log.note("node", node_id=node_id)
        self._node_id, self._gathered = node_id, values
        self._record(node_id=node_id, gathered=values)

    def used(self, amounts: Mapping[str, float]) -> None:
        """So much more was used; what is no amount at all is left out."""
        for name, amount in amounts.items():
            if math.isfinite(amount) and amount > 0:
                self.usage[name] = round(self.usage.get(name, 0) + amount, 3)
                count_usage(name, amount)
        self._record(usage=dict(self.usage))


def storable(value: object) -> object:
    """A value as both databases take it: no NUL, no half characters, no endless numbers, no more than fits."""
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    document = _text(json.dumps(value, default=str, ensure_ascii=False).replace("\\u0000", ""))
    try:
        return json.loads(document, parse_constant=lambda _: None)
    except ValueError:
        return document  # cut off: shown as what it is, a piece of text


def _text(value: str) -> str:
    return value.replace("\0", "").encode("utf-8", "ignore").decode()[:MAX_VALUE_LENGTH]
