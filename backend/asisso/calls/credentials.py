"""Who may open a media socket: the user name and password in each PBX's websocket_client.conf."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass


class BadCredentials(Exception):
    """Credentials were shown and are wrong, or none where every configuration requires them."""


@dataclass(frozen=True, slots=True)
class MediaCredential:
    password_hash: bytes
    is_required: bool

    @classmethod
    def of(cls, password: str, *, is_required: bool) -> MediaCredential:
        return cls(_hash(password), is_required)


class MediaCredentials:
    """The credentials of all enabled configurations, in memory so that an upgrade waits for nothing."""

    def __init__(self) -> None:
        self._by_username: Mapping[str, MediaCredential] = {}

    def replace(self, by_username: Mapping[str, MediaCredential]) -> None:
        self._by_username = by_username

    def check(self, authorization: str | None) -> str | None:
        """The user name an Authorization header proves; None when there is no header and none is needed.

        Whether a particular call needs credentials is known only with its MEDIA_START; here a socket without
        any is turned away when no configuration at all would take it.

        Raises:
            BadCredentials: answer 401.
        """
        if authorization is None:
            known = self._by_username.values()
            if known and all(c.is_required for c in known):
                raise BadCredentials("media credentials are required")
            return None
        username, password = _basic(authorization)
        known_one = self._by_username.get(username)
        expected = known_one.password_hash if known_one else b"\0" * 32
        if not hmac.compare_digest(expected, _hash(password)) or known_one is None:
            raise BadCredentials("unknown media user or wrong password")
        return username


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise BadCredentials("unreadable credentials") from None
    username, colon, password = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise BadCredentials("unreadable credentials")
    return username, password


def _hash(password: str) -> bytes:
    return hashlib.sha256(password.encode()).digest()
