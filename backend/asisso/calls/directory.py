"""Which call a channel, a media socket or a run belongs to. One process, in memory; rebuilt by nothing, lost with it.

Ids are registered before the request that makes them real, so no event can come too early.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from asisso.asterisk.ari.events import ChannelEvent
from asisso.asterisk.media.protocol import MediaEvent
from asisso.vocabulary import EndedBy, LiveState

from .caller_sound import CallerSound
from .control import CallControls
from .line import MediaSocket
from .machine import CallEvent

SECRET_VARIABLE = "ASISSO_MEDIA_SECRET"  # noqa: S105 - the variable's name
"""Set on the media channel by us, returned by Asterisk in MEDIA_START.channel_variables."""

SECRET_LIFE_S = 30.0

CLOSE_MALFORMED = 4400
CLOSE_UNAUTHORIZED = 4401
CLOSE_NO_CALL = 4404
CLOSE_TAKEN = 4409


class LiveCall(Protocol):
    """What others may tell a call; `session.CallSession` is one. Nothing here waits.

    Attributes:
        channel_id: of the person on the line.
        bridge_id: chosen before there is a bridge.
    """

    configuration_id: str
    channel_id: str
    bridge_id: str

    @property
    def is_on_the_pbx(self) -> bool:
        """Whether the person's channel must exist by now."""

    @property
    def live_state(self) -> LiveState:
        """What happens in the call at this moment."""

    def controls(self, by: EndedBy) -> CallControls | None:
        """What may be asked of the call; None before it has an agent."""

    def post(self, event: CallEvent) -> None:
        """Hand an event to the call's machine."""

    def on_ari(self, event: ChannelEvent) -> None:
        """Hand on an ARI event of one of the call's channels."""


class MediaOwner(Protocol):
    """What a media socket tells the call it carries; `active_call.ActiveCall` is one. Nothing here waits."""

    @property
    def session(self) -> LiveCall:
        """The call."""

    @property
    def has_media(self) -> bool:
        """Whether a media socket is connected already."""

    def on_media_connected(self, attempt: int, socket: MediaSocket) -> None:
        """A socket has proved that it belongs to this attempt."""

    @property
    def caller_sound(self) -> CallerSound | None:
        """Takes the frames of the caller's audio, where there is a shorter way than `on_media_audio`."""

    def on_media_audio(self, payload: bytes) -> None:
        """One message of the caller's audio."""

    def on_media_event(self, event: MediaEvent) -> None:
        """One control message."""

    def on_media_closed(self, attempt: int, code: int) -> None:
        """The attempt's socket is gone."""


class MediaRefused(Exception):
    """A media socket that must not carry a call.

    Attributes:
        close_code: the WebSocket close code of the contract.
    """

    def __init__(self, close_code: int, reason: str) -> None:
        super().__init__(reason)
        self.close_code = close_code


@dataclass(slots=True, eq=False)
class MediaTicket:
    """The right of one media channel to connect once."""

    call: MediaOwner
    attempt: int
    channel_id: str
    secret_hash: bytes
    expires_at: float
    requires_credentials: bool
    media_username: str
    is_used: bool = False


class Directory:
    """The live calls of this process."""

    def __init__(self) -> None:
        self._by_channel: dict[tuple[str, str], LiveCall] = {}
        self._by_run: dict[str, LiveCall] = {}
        self._tickets: dict[str, MediaTicket] = {}
        self._probes: dict[tuple[str, str], LiveCall] = {}
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    async def wait_empty(self) -> None:
        """Wait until no call is live."""
        await self._is_empty.wait()

    def __len__(self) -> int:
        return len({id(s) for s in self._by_channel.values()})

    def sessions(self, configuration_id: str | None = None) -> Iterator[LiveCall]:
        """The live calls, of one configuration or of all."""
        seen: set[int] = set()
        for (owner, _), session in list(self._by_channel.items()):
            if id(session) not in seen and configuration_id in (None, owner):
                seen.add(id(session))
                yield session

    def add_channel(self, configuration_id: str, channel_id: str, session: LiveCall) -> None:
        self._by_channel[(configuration_id, channel_id)] = session
        self._is_empty.clear()

    def by_channel(self, configuration_id: str, channel_id: str) -> LiveCall | None:
        key = (configuration_id, channel_id)
        return self._by_channel.get(key) or self._probes.get(key)

    def add_probe(self, configuration_id: str, object_id: str, probe: LiveCall) -> None:
        """A channel or bridge of a connection check: known, so that nobody removes it, but no call."""
        self._probes[(configuration_id, object_id)] = probe

    def add_run(self, run_id: str, session: LiveCall) -> None:
        self._by_run[run_id] = session

    def by_run(self, run_id: str) -> LiveCall | None:
        return self._by_run.get(run_id)

    def live_state(self, run_id: str) -> LiveState | None:
        """What happens in a live call now; None when this process carries no such call."""
        call = self._by_run.get(run_id)
        return call.live_state if call is not None else None

    def has_bridge(self, bridge_id: str) -> bool:
        return any(s.bridge_id == bridge_id for s in self._by_channel.values()) or any(
            object_id == bridge_id for _, object_id in self._probes
        )

    def issue_ticket(
        self,
        call: MediaOwner,
        attempt: int,
        channel_id: str,
        *,
        media_username: str,
        requires_credentials: bool,
    ) -> str:
        """Let one media channel in; returns the secret it has to show."""
        secret = secrets.token_urlsafe(24)
        self._tickets[channel_id] = MediaTicket(
            call=call,
            attempt=attempt,
            channel_id=channel_id,
            secret_hash=_hash(secret),
            expires_at=time.monotonic() + SECRET_LIFE_S,
            requires_credentials=requires_credentials,
            media_username=media_username,
        )
        return secret

    def revoke_ticket(self, channel_id: str) -> None:
        self._tickets.pop(channel_id, None)

    def redeem_ticket(self, channel_id: str, secret: str, username: str | None) -> MediaTicket:
        """Exchange a channel id and its secret for the call, once.

        Args:
            username: whom the socket's Basic credentials, already verified, belong to; None without any.

        Raises:
            MediaRefused: with the close code to use.
        """
        ticket = self._tickets.get(channel_id)
        if ticket is None:
            raise MediaRefused(CLOSE_NO_CALL, "no call waits for this media channel")
        if not hmac.compare_digest(ticket.secret_hash, _hash(secret)):
            raise MediaRefused(CLOSE_UNAUTHORIZED, "the media secret is missing or wrong")
        if ticket.is_used or time.monotonic() > ticket.expires_at:
            raise MediaRefused(CLOSE_UNAUTHORIZED, "the media secret was used or has expired")
        if username is None and ticket.requires_credentials:
            raise MediaRefused(CLOSE_UNAUTHORIZED, "this configuration requires media credentials")
        if username is not None and username != ticket.media_username:
            raise MediaRefused(CLOSE_UNAUTHORIZED, "these media credentials belong to another configuration")
        if ticket.call.has_media:
            raise MediaRefused(CLOSE_TAKEN, "the call already has media")
        ticket.is_used = True
        return ticket

    def remove(self, session: LiveCall) -> None:
        """Forget everything of a call, or a check, that has ended."""
        self._by_channel = {k: s for k, s in self._by_channel.items() if s is not session}
        self._by_run = {k: s for k, s in self._by_run.items() if s is not session}
        self._tickets = {k: t for k, t in self._tickets.items() if t.call.session is not session}
        self._probes = {k: s for k, s in self._probes.items() if s is not session}
        if not self._by_channel:
            self._is_empty.set()


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
