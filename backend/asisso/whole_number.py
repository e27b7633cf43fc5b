"""Whole numbers as JSON has them: `60` and `60.0` are one, `"60"` and `true` are none."""

from __future__ import annotations

from pydantic import BeforeValidator


def _without_fraction(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_without_fraction)
"""Stands last in `Annotated[int, Field(strict=True, ...), WHOLE]`: limits after it would miss in descriptions."""
