"""`{{name | fallback}}`: values of a call inside a text. Pure.

A name may reach into a value with dots (`channel_variables.CRM_ID`). A name that has no value, or an empty one,
becomes its fallback, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*"
_PLACEHOLDER = re.compile(r"\{\{\s*(" + _NAME + r")\s*(?:\|([^{}]*))?\}\}")
_BRACES = re.compile(r"\{\{[^{}]*\}\}")


@dataclass(frozen=True, slots=True)
class Reference:
    """One placeholder of a template; `fallback` is None when it has none."""

    name: str
    fallback: str | None


def render(template: str, values: Mapping[str, object], write: Callable[[object], str] = str) -> str:
    """The template with every placeholder replaced; text that is no placeholder stays as it is.

    Args:
        template: the text.
        values: by name.
        write: turns a value, or its fallback, into text.
    """
    return _PLACEHOLDER.sub(lambda match: _value_of(_reference(match), values, write), template)


def references(template: str) -> list[Reference]:
    """The placeholders of a template, in order."""
    return [_reference(match) for match in _PLACEHOLDER.finditer(template)]


def malformed(template: str) -> list[str]:
    """What stands in double braces but is no placeholder, and would be spoken as it is."""
    return [found for found in _BRACES.findall(template) if not _PLACEHOLDER.fullmatch(found)]


def _reference(match: re.Match[str]) -> Reference:
    fallback = match.group(2)
    return Reference(match.group(1), None if fallback is None else fallback.strip())


def _value_of(reference: Reference, values: Mapping[str, object], write: Callable[[object], str]) -> str:
    found: object = values
    for part in reference.name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if found is None or found == "" or isinstance(found, Mapping):
        found = reference.fallback
    return "" if found is None or found == "" else write(found)
