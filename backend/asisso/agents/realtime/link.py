"""The socket of one session: connects, carries messages both ways, tells when it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from asisso.agents.agent import AgentUnavailable
from asisso.outbound_addresses import AddressPolicy, AddressRefused
from asisso.outbound_websocket import connect_websocket

from .events import Configured, Garbled, Problem, ServerEvent
from .session import Session
from .spec import RealtimeSpec

OPEN_TIMEOUT_S: Final = 5.0
"""For everything until the server has taken the settings."""

CLOSE_TIMEOUT_S: Final = 1.0
PING_INTERVAL_S: Final = 5.0
PING_TIMEOUT_S: Final = 5.0
"""Notices a server that vanished while nothing is owed; while something is, the caller's patience is shorter."""

MAX_MESSAGE_BYTES: Final = 1 << 22
MAX_UNREAD_MESSAGES: Final = 256
MAX_UNSENT_MESSAGES: Final = 500
"""Ten seconds of the caller's sound; a server that reads slower than this is lost."""


class LinkLost(Exception):
    """The session is over; the text is a sentence."""


class Link:
    """One open session."""

    def __init__(self, socket: ClientConnection, session: Session) -> None:
        self._socket = socket
        self._session = session
        self._unsent: list[str] = []
        self._wake = asyncio.Event()
        self._is_dropped = False

    @classmethod
    async def open(cls, spec: RealtimeSpec, policy: AddressPolicy, session: Session) -> Link:
        """Connect, and have the session's settings taken.

        Raises:
            AgentUnavailable: there is no session to be had; the text says why.
        """
        host = urlsplit(spec.url).hostname
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                link = cls(await _connect(spec, policy), session)
                try:
                    await link._take_up()
                except BaseException:
                    link._socket.transport.abort()
                    raise
                return link
        except AddressRefused as refused:
            raise AgentUnavailable(str(refused)) from None
        except InvalidStatus as refused:
            raise AgentUnavailable(_refusal(host, refused.response.status_code)) from None
        except TimeoutError:
            text = f"The model's server at {host} gave no session within {OPEN_TIMEOUT_S:g} s."
            raise AgentUnavailable(text) from None
        except Garbled as garbled:
            raise AgentUnavailable(str(garbled)) from None
        except (OSError, WebSocketException) as error:
            raise AgentUnavailable(f"The model's server at {host} can't be reached: {error}.") from None

    async def _take_up(self) -> None:
        while not self._session.is_configured:
            for event in self._session.receive(await self._socket.recv()):
                if isinstance(event, Problem):
                    raise AgentUnavailable(f"The model's server refused the session: {event.message}")
                if isinstance(event, Configured):
                    break
            for message in self._session.outgoing():
                await self._socket.send(message)

    @property
    def is_open(self) -> bool:
        """Whether the server has not closed it."""
        return self._socket.close_code is None and not self._is_dropped

    def flush(self) -> None:
        """Have what the session has to say sent."""
        self._unsent += self._session.outgoing()
        if len(self._unsent) > MAX_UNSENT_MESSAGES:
            self.drop()
        elif self._unsent:
            self._wake.set()

    def drop(self) -> None:
        """Give the session up: `run` ends at once."""
        self._is_dropped = True
        self._unsent.clear()
        self._socket.transport.abort()

    async def run(self, on_event: Callable[[ServerEvent], None]) -> None:
        """Carry messages until the session is lost.

        Raises:
            LinkLost: always, in the end.
        """
        writer = asyncio.create_task(self._write())
        try:
            while True:
                for event in self._session.receive(await self._socket.recv()):
                    on_event(event)
                self.flush()
        except ConnectionClosed as closed:
            raise LinkLost(f"The connection to the model's server was lost ({closed}).") from None
        except Garbled as garbled:
            self.drop()
            raise LinkLost(str(garbled)) from None
        finally:
            writer.cancel()

    async def _write(self) -> None:
        self.flush()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                messages, self._unsent = self._unsent, []
                for message in messages:
                    await self._socket.send(message)
        except ConnectionClosed:
            return  # whoever reads tells it

    async def close(self) -> None:
        """End the session."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._socket.close()
        except TimeoutError:
            self._socket.transport.abort()


async def _connect(spec: RealtimeSpec, policy: AddressPolicy) -> ClientConnection:
    key = spec.api_key.get_secret_value()
    return await connect_websocket(
        _url(spec),
        policy,
        open_timeout=OPEN_TIMEOUT_S,
        close_timeout=CLOSE_TIMEOUT_S,
        additional_headers={"Authorization": f"Bearer {key}"} if key else {},
        ping_interval=PING_INTERVAL_S,
        ping_timeout=PING_TIMEOUT_S,
        max_size=MAX_MESSAGE_BYTES,
        max_queue=MAX_UNREAD_MESSAGES,
    )


def _url(spec: RealtimeSpec) -> str:
    if "model=" in (urlsplit(spec.url).query or ""):
        return spec.url
    return f"{spec.url}{'&' if '?' in spec.url else '?'}model={quote(spec.model, safe='')}"


def _refusal(host: str | None, status: int) -> str:
    match status:
        case 401 | 403:
            return f"The model's server at {host} refused the key ({status}): check api_key."
        case 404:
            return f"The model's server at {host} does not know the model or the path (404): check url and model."
        case 429:
            return f"The model's server at {host} has too much to do (429)."
    return f"The model's server at {host} refused the session with status {status}."
