"""What every HTTP request gets: an id that its answer, its logs and the calls it makes carry, and a measured duration.

Pure ASGI; WebSockets and their audio pass untouched.
"""

from __future__ import annotations

import re
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from asisso.ids import new_id
from asisso.metrics import HTTP_SECONDS

REQUEST_ID_HEADER = "X-Request-ID"
_HEADER_NAME = REQUEST_ID_HEADER.lower().encode()
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""Fits a log line, a header and a channel variable as it stands; anything else is replaced, not refused."""

NO_ROUTE = "none"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Whatever else a client writes counts as `other`: labels stay a closed set."""


class Requests:
    """Names and measures requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given_id(scope) or new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        # Never taken off again: a request is a task of its own, and what it starts shall carry the id on.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (_HEADER_NAME, request_id.encode())]
                _observe(scope, message["status"], time.perf_counter() - started)
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        except Exception:
            # Answered with 500 further out, past `send_named`.
            _observe(scope, 500, time.perf_counter() - started)
            raise


def _given_id(scope: Scope) -> str | None:
    given = next((value for name, value in scope["headers"] if name == _HEADER_NAME), b"")
    text: str = given.decode("latin-1")
    return text if _GIVEN_ID.fullmatch(text) else None


def _observe(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "other"
    HTTP_SECONDS.labels(method, _route(scope), str(status)).observe(seconds)


def _route(scope: Scope) -> str:
    """The template of the route, with its prefix; never the path itself, which has ids in it."""
    # `scope["route"]` of an included router knows only its own part of the path; FastAPI keeps the whole here.
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(route, "path_format", None) or NO_ROUTE
