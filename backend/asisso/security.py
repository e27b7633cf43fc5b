"""Secrets: hashing what is compared, sealing what must be read again.

Passwords are hashed with Argon2id. Random tokens (sessions, API keys) carry 256 bits, so a plain SHA-256 is enough
to look them up and useless to whoever steals the table. Secrets the product must send to others are sealed with
AES-256-GCM and bound to their row: a sealed value copied into another row does not open.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Callable, Sequence
from functools import cached_property

from argon2.exceptions import InvalidHashError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from asisso.errors import ConfigurationError

TOKEN_BYTES = 32
API_KEY_PREFIX = "ask_"
KEY_PREFIX_LENGTH = 10
MAX_PARALLEL_HASHES = 2
"""Each Argon2 run takes 64 MiB and a core for tens of milliseconds; a crowd signing in must not starve calls."""

_SEALED_VERSION = "v1"
_NONCE_BYTES = 12


class Passwords:
    """Argon2id, off the event loop.

    Args:
        time_cost, memory_cost_kib: Argon2 parameters; the defaults are RFC 9106's second recommendation.
    """

    def __init__(self, *, time_cost: int = 3, memory_cost_kib: int = 65536) -> None:
        hasher = Argon2Hasher(time_cost=time_cost, memory_cost=memory_cost_kib, parallelism=1)
        self._hash = PasswordHash([hasher])
        self._limit = asyncio.Semaphore(MAX_PARALLEL_HASHES)

    async def hash(self, password: str) -> str:
        """A hash with its salt and parameters in it."""
        async with self._limit:
            return await asyncio.to_thread(self._hash.hash, password)

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the password fits. Without a hash it takes as long as with one, and says no."""
        async with self._limit:
            return await asyncio.to_thread(self._verify, password, password_hash)

    def _verify(self, password: str, password_hash: str | None) -> bool:
        try:
            fits = self._hash.verify(password, password_hash or self._nobodys_hash)
        except (UnknownHashError, InvalidHashError):
            return False
        return fits and password_hash is not None

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._hash.hash(secrets.token_urlsafe())


def new_token() -> str:
    """A random token of 256 bits, safe in URLs, headers and cookies."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_api_key() -> str:
    """A token that secret scanners and people recognise as one of ours."""
    return API_KEY_PREFIX + new_token()


def hash_token(token: str) -> str:
    """SHA-256 in hex, for looking tokens up without keeping them."""
    return hashlib.sha256(token.encode()).hexdigest()


class _Key:
    def __init__(self, secret: str) -> None:
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"asisso secret box v1")
        key = derive.derive(secret.encode())
        self.id = hashlib.sha256(key).hexdigest()[:8]
        self.cipher = AESGCM(key)


class SecretBox:
    """Seals short texts: `v1.<key id>.<base64url of nonce, ciphertext and tag>`.

    Args:
        secrets: of the installation, any length; AES keys are derived from them (HKDF, RFC 5869). The first one
            seals, all of them open.
        reread: gives the secrets as they are now. Asked before sealing and at a key nobody knows, so that a running
            server follows when they are changed beside it.
    """

    def __init__(self, *secrets: str, reread: Callable[[], Sequence[str]] | None = None) -> None:
        self._reread = reread
        self._use(secrets)

    @property
    def key_id(self) -> str:
        """Of the key that seals."""
        return self._newest.id

    def seal(self, plaintext: str, *, table: str, column: str, row_id: str) -> str:
        """Encrypt for one place in the database."""
        self._look_again()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._newest.cipher.encrypt(nonce, plaintext.encode(), _place(table, column, row_id))
        body = base64.urlsafe_b64encode(nonce + ciphertext).decode()
        return f"{_SEALED_VERSION}.{self.key_id}.{body}"

    def open(self, sealed: str, *, table: str, column: str, row_id: str) -> str:
        """Decrypt what was sealed for this place.

        Raises:
            ConfigurationError: it was sealed with another key, for another place, or was damaged.
        """
        version, _, rest = sealed.partition(".")
        key_id, _, body = rest.partition(".")
        if key_id not in self._keys:
            self._look_again()
        key = self._keys.get(key_id)
        if version != _SEALED_VERSION or key is None:
            raise ConfigurationError(
                "A stored secret was made with another ASISSO_SECRET_KEY; set the old key, or enter the secret again.",
                code="secret_key_changed",
            )
        try:
            raw = base64.urlsafe_b64decode(body)
            plaintext = key.cipher.decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _place(table, column, row_id)
            )
        except (InvalidTag, ValueError):
            # The cause could carry parts of what was being decrypted.
            raise ConfigurationError(
                "A stored secret is damaged or was copied from another row; enter it again.",
                code="secret_damaged",
            ) from None
        return plaintext.decode()

    def is_current(self, sealed: str) -> bool:
        """Whether a sealed text was made with the key that seals now."""
        return sealed.startswith(f"{_SEALED_VERSION}.{self.key_id}.")

    def _use(self, all_secrets: Sequence[str]) -> None:
        self._secrets = tuple(all_secrets)
        keys = [_Key(secret) for secret in self._secrets]
        self._newest, self._keys = keys[0], {key.id: key for key in keys}

    def _look_again(self) -> None:
        if self._reread is not None:
            found = tuple(self._reread())
            if found != self._secrets:
                self._use(found)


def _place(table: str, column: str, row_id: str) -> bytes:
    return f"{table}/{column}/{row_id}".encode()
