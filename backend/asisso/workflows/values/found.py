"""A value that was found in what somebody said. Pure."""

from __future__ import annotations

from typing import NamedTuple

Value = str | int | float | bool
"""Text, number or yes/no; dates and times as ISO 8601 text."""


class Found(NamedTuple):
    """A value, and the words it was read from: from `start` to before `end`."""

    value: Value
    start: int
    end: int
