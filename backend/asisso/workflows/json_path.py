"""`$.a.b[0]`: one value inside a JSON document. Pure."""

from __future__ import annotations

import re
from typing import Final

_STEP: Final = re.compile(
    r"\.(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|\[(?P<index>-?\d{1,9})\]|\[(?P<quoted>\"[^\"]*\"|'[^']*')\]"
)


class PathError(ValueError):
    """Not a path; the text is a sentence that says why."""


def parse_path(path: str) -> tuple[str | int, ...]:
    """The steps of a path: `$.a[0]` is a, 0.

    Raises:
        PathError: it is none.
    """
    text = path.strip()
    if not text.startswith("$"):
        raise PathError(f"{path!r} does not begin with $.")
    steps: list[str | int] = []
    at = 1
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            raise PathError(f"{path!r} cannot be read from {text[at:]!r} on.")
        name, index, quoted = match.group("name", "index", "quoted")
        steps.append(name if name is not None else int(index) if index is not None else quoted[1:-1])
        at = match.end()
    return tuple(steps)


def look_up(document: object, path: str) -> object:
    """The value at a path; None when the document has none there.

    Raises:
        PathError: the path is none.
    """
    found = document
    for step in parse_path(path):
        if isinstance(step, str):
            found = found.get(step) if isinstance(found, dict) else None
        else:
            is_there = isinstance(found, list) and -len(found) <= step < len(found)
            found = found[step] if isinstance(found, list) and is_there else None
    return found
