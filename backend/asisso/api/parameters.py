"""What parameters of paths and queries may hold, whichever route they belong to."""

from __future__ import annotations

import re
from typing import Any

from fastapi import HTTPException, Request

from asisso.api.allowed_methods import allowed_methods
from asisso.api.schemas.text import WITHOUT_NUL
from asisso.errors import InvalidInput, NotFound

MAX_TEXT_LENGTH = 500

ID_LIMITS: dict[str, Any] = {"minLength": 1, "maxLength": 100, "pattern": r"^[A-Za-z0-9_\-]+$"}
"""The form of ids in paths, for the API's description. What has another form is no id of ours."""

TEXT_LIMITS: dict[str, Any] = {"maxLength": MAX_TEXT_LENGTH, "pattern": WITHOUT_NUL}
"""What every text of a query keeps to, for the API's description."""

_ID = re.compile(r"[A-Za-z0-9_\-]{1,100}")
_USUAL_ID = re.compile(r"[0-9a-f]{32}")


def refuse_strange_parameters(request: Request) -> None:
    """Keep from the database what it could only fail on.

    Raises:
        HTTPException: 405 for an address that only looks like one with an id, such as `/things/search`.
        NotFound: an id in the path that can't be one.
        InvalidInput: a text of the query that is too long, or that can't be stored.
    """
    for value in request.path_params.values():
        if not _USUAL_ID.fullmatch(value):
            _refuse_other_methods(request)
            if not _ID.fullmatch(value):
                raise NotFound("thing", code="not_found")
    if not request.scope["query_string"]:
        return
    for name, value in request.query_params.multi_items():
        if "\x00" in value:
            raise InvalidInput("holds the character NUL; leave it out", location=("query", name))
        if len(value) > MAX_TEXT_LENGTH:
            raise InvalidInput(
                f"is longer than {MAX_TEXT_LENGTH} characters; shorten it", location=("query", name)
            )


def _refuse_other_methods(request: Request) -> None:
    allowed = allowed_methods(request)
    if allowed and request.method not in allowed.split(", "):
        raise HTTPException(405)
