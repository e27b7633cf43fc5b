"""Fills a workflow's texts with the values of a conversation: to be spoken, sent or dialled. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from asisso.workflows.definition import AskingData, HttpData, TransferData, WorkflowDefinition
from asisso.workflows.templates import render
from asisso.workflows.values.aloud import WEEKDAYS, say_date, say_digits, say_time, say_value

_SPOKEN_AS_DIGITS = frozenset({"caller_number", "called_number"})


class Wording:
    """The values of one conversation, and how each use of them is written.

    `gathered` is only read; it is the conversation's own, so texts follow it.
    """

    def __init__(
        self, definition: WorkflowDefinition, context: Mapping[str, object], gathered: Mapping[str, object]
    ) -> None:
        self._types = {
            field.name: field.type
            for node in definition.nodes
            if isinstance(node.data, AskingData)
            for field in node.data.collect
        }
        self._context = context
        self._gathered = gathered

    def values(self, now: datetime) -> dict[str, object]:
        """Everything that is known, by name."""
        moment = {"now": now.isoformat(timespec="minutes"), "weekday": WEEKDAYS[now.weekday()]}
        return {**moment, **self._context, **self._gathered}

    def spoken(self, template: str, now: datetime) -> str:
        """To be said: dates, times and digits as people say them."""
        today = now.date()
        values = self.values(now)
        spoken = {
            name: say_value(self._types.get(name), value, today)
            for name, value in self._gathered.items()
            if value is not None
        }
        for name in _SPOKEN_AS_DIGITS & self._context.keys():
            number = str(self._context[name] or "")
            spoken.setdefault(name, say_digits(number) if number.lstrip("+").isdigit() else number)
        if "now" not in self._context and "now" not in self._gathered:
            spoken["now"] = f"{say_date(today, today)}, {say_time(now.hour, now.minute)}"
        return render(template, {**values, **spoken}, lambda value: say_value(None, value, today)).strip()

    def aloud(self, kind: str, value: object, now: datetime) -> str:
        """One value, as it is said."""
        return say_value(kind, value, now.date())

    def plain(self, template: str, now: datetime) -> str:
        """To be read by a model or a program."""
        return render(template, self.values(now), _plain)

    def request(self, data: HttpData, now: datetime) -> HttpData:
        """A request with everything filled in: percent-encoded in the URL, escaped for JSON in the body."""
        values = self.values(now)
        headers = {name: render(value, values, _header) for name, value in data.headers.items()}
        return data.model_copy(
            update={
                "url": render(data.url, values, lambda value: quote(_plain(value), safe="")),
                "headers": headers,
                "body": render(data.body, values, _json),
                "say": self.spoken(data.say, now),
            }
        )

    def transfer(self, data: TransferData, now: datetime) -> TransferData:
        """A transfer with everything filled in."""
        filled = {name: self.plain(getattr(data, name), now) for name in ("to", "context", "extension")}
        spoken = {name: self.spoken(getattr(data, name), now) for name in ("say", "briefing")}
        return data.model_copy(update=filled | spoken)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value) if isinstance(value, list) else str(value)


def _json(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False)[1:-1] if isinstance(value, str) else _plain(value)


def _header(value: object) -> str:
    """Without line breaks: they would begin another header."""
    return " ".join(_plain(value).split())
