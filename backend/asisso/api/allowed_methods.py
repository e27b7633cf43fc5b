"""Which methods an address takes, over all of its routes: a router knows only the first one that fits."""

from __future__ import annotations

import re
from functools import lru_cache

from fastapi import Request


def allowed_methods(request: Request) -> str:
    """The value of `Allow` for the request's address; empty when the API has no such address."""
    paths: dict[str, dict[str, object]] = request.app.openapi()["paths"]
    # Not `request.url.path`: the parsing of addresses drops tabs and line ends.
    asked: str = request.scope["path"]
    fitting = [path for path in paths if _as_regex(path).fullmatch(asked)]
    # `/things/search` fits `/things/{id}` too, but is an address of its own.
    path = min(fitting, key=lambda path: path.count("{"), default=None)
    return ", ".join(sorted(method.upper() for method in paths[path])) if path else ""


@lru_cache(maxsize=512)
def _as_regex(path: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]+\}", path)), re.DOTALL)
