"""What is checked: a connection's values and what the product knows about itself, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from ..ari.rest import AriAddress


class Holder(Enum):
    """Who holds the Stasis application, as far as the product knows."""

    US = auto()
    CONNECTING = auto()
    LOST_TO_ANOTHER = auto()
    NOBODY_OF_US = auto()
    """The configuration is switched off, not stored yet, or the server does not run."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds the application, and why it is not us, one sentence."""

    holder: Holder
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Dialled:
    """A number the dialplan should lead to the application.

    Attributes:
        address: as it is shown.
        example: an extension that it stands for; itself unless it is a pattern.
        called_lately: a call to it arrived within the last day.
    """

    address: str
    example: str
    called_lately: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """One connection.

    Attributes:
        media_url: where Asterisk should bring a call's audio.
        media_password: None when the product has not made credentials yet.
        endpoints: `Technology/resource` of the telephones and trunks that are dialled.
        contexts: dialplan contexts to look into, the likeliest first.
        may_look_anywhere: whether to connect to whatever media address the PBX names. Not where strangers share a
            server: the address could be one inside its own network.
    """

    address: AriAddress
    app: str
    ws_client_name: str
    media_url: str
    media_username: str
    media_password: str | None
    requires_media_credentials: bool
    media_format: str
    endpoints: Sequence[str]
    numbers: Sequence[Dialled]
    contexts: Sequence[str]
    may_look_anywhere: bool = True

    def __repr__(self) -> str:
        return f"Subject({self.address!r}, {self.app!r})"


class Socket(Protocol):
    """An open media WebSocket."""

    def write(self, message: str | bytes) -> None: ...

    def close(self, code: int) -> None: ...


class MediaEnd(Protocol):
    """Our end of a probe's media channel. Nothing here waits."""

    def on_start(self, socket: Socket) -> None:
        """The channel came and showed its secret."""

    def on_audio(self, payload: bytes) -> None:
        """One message of audio."""


class Host(Protocol):
    """What the product does for the probes."""

    async def holding(self) -> Holding:
        """Who holds the application now that the ARI is known to answer; may try to connect first, briefly."""

    def new_id(self, kind: str) -> str:
        """An id never used before, by which everybody knows that the object belongs to a probe."""

    def expect_media(self, channel_id: str, end: MediaEnd) -> Mapping[str, str]:
        """Let the media channel in at the product's media address; gives the variables it must carry."""

    def release(self) -> None:
        """Forget every id and turn away every channel that was expected."""
