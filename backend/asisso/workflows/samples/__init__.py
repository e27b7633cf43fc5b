"""Workflows to begin with: complete ones that can be called as they are, and changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

NAMES: Final = ("reception", "orders", "appointments")


@dataclass(frozen=True, slots=True)
class Sample:
    """One workflow, with all that creating it takes; `id` is the name of its file."""

    id: str
    name: str
    description: str
    definition: dict[str, Any]
    agent: dict[str, Any]


@cache
def samples() -> tuple[Sample, ...]:
    """The samples in the order they are offered in; not to be changed."""
    folder = files(__name__)
    return tuple(
        Sample(id=name, **json.loads((folder / f"{name}.json").read_text("utf-8"))) for name in NAMES
    )
