"""Security headers on every HTTP answer. Pure ASGI; WebSockets and their audio pass untouched."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

APP_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""Lets the single-page app, audio it holds in memory and requests to this server work, and nothing else."""

PERMISSIONS = "microphone=(self), camera=(), geolocation=(), payment=(), usb=()"
"""The microphone is for calling the agent from the browser."""

STRICT_TRANSPORT = "max-age=31536000"
"""Browsers that came by TLS once come by nothing else for a year."""


_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": APP_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
}
_BY_TLS = {"Strict-Transport-Security": STRICT_TRANSPORT}
_IN_THE_API = {"Cache-Control": "no-store"}

Raw = tuple[tuple[bytes, bytes], ...]


def _raw(headers: Mapping[str, str]) -> Raw:
    return tuple((name.lower().encode(), value.encode()) for name, value in headers.items())


_RAW: Mapping[tuple[bool, bool], Raw] = {
    (is_https, is_api): _raw(_EVERYWHERE | (_BY_TLS if is_https else {}) | (_IN_THE_API if is_api else {}))
    for is_https in (False, True)
    for is_api in (False, True)
}


class SecurityHeaders:
    """Adds headers that keep browsers from sniffing, framing, leaking addresses and caching answers of the API."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = _RAW[scope["scheme"] == "https", scope["path"].startswith("/api/")]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                given = {name.lower() for name, _ in headers}
                message["headers"] = headers + [header for header in wanted if header[0] not in given]
            await send(message)

        await self._app(scope, receive, send_with_headers)
