"""A limit on the size of request bodies, announced or not. Pure ASGI; WebSockets pass untouched."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1 << 20
"""The largest workflows have some ten thousand characters."""

TOO_LARGE = f"The request is larger than {MAX_BODY_BYTES >> 20} MiB; nothing that is sent here is that large."


class BodyLimit:
    """Answers 413 to a request whose body is, or becomes, too large; no more of it is kept in memory."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if announced.isdigit() and int(announced) > self._max_bytes:
            answer = JSONResponse({"code": "too_large", "detail": TOO_LARGE}, 413, {"Connection": "close"})
            await answer(scope, receive, send)
            return
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                # The one exception that FastAPI passes on from reading a body; api.errors gives it our form.
                raise HTTPException(413, TOO_LARGE, {"Connection": "close"})
            return message

        await self._app(scope, receive_within_limit, send)
