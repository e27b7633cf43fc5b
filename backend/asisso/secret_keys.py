"""Where the installation's secret comes from: the settings, or a file in the data folder that is made when missing.

While a key is being replaced there are two: the first one seals, both open. The file has one key a line.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from asisso.errors import ConfigurationError
from asisso.security import SecretBox
from asisso.settings import MIN_SECRET_KEY_LENGTH, Settings

FILE_NAME = "secret.key"
_LOCK_NAME = "secret.key.lock"


def open_secret_box(settings: Settings) -> SecretBox:
    """The box for stored secrets. With a key file it notices when the file is changed.

    Raises:
        ConfigurationError: see `load_secret_keys`.
    """
    keys = load_secret_keys(settings)
    is_set = settings.secret_key is not None
    return SecretBox(*keys, reread=None if is_set else lambda: load_secret_keys(settings))


def load_secret_keys(settings: Settings) -> Sequence[str]:
    """The installation's secrets, the one that seals first.

    Raises:
        ConfigurationError: there is none, and none can be made that all nodes of a PostgreSQL database share.
    """
    if settings.secret_key is not None:
        given = (settings.secret_key, settings.previous_secret_key)
        return [key.get_secret_value() for key in given if key is not None]
    if not settings.effective_database_url.startswith("sqlite"):
        raise ConfigurationError("ASISSO_SECRET_KEY must be set when the database is PostgreSQL.")
    path = settings.data_dir / FILE_NAME
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        keys = _kept_keys(path)
    except OSError as error:
        reason = error.strerror or error
        raise ConfigurationError(f"The secret key cannot be kept in {path}: {reason}.") from error
    if not keys or any(len(key) < MIN_SECRET_KEY_LENGTH for key in keys):
        raise ConfigurationError(
            f"{path} holds no usable key; restore it from a backup, or remove it to begin anew."
        )
    return keys


def write_secret_keys(settings: Settings, keys: Sequence[str]) -> None:
    """Replace the key file as a whole: a power cut leaves the old one or the new one."""
    path = settings.data_dir / FILE_NAME
    new = path.with_name(f"{FILE_NAME}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("".join(f"{key}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def new_secret_key() -> str:
    """A secret of 384 random bits."""
    return secrets.token_urlsafe(48)


@contextmanager
def changing_keys(settings: Settings) -> Iterator[None]:
    """Be the only one who changes the keys.

    Raises:
        ConfigurationError: somebody else does.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / _LOCK_NAME).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError("Another rotate-key is running; wait for its end.") from None
        yield


def _kept_keys(path: Path) -> list[str]:
    try:
        # Exclusive, so that of two processes starting together only one makes the key.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().split()
    key = new_secret_key()
    with os.fdopen(handle, "w") as file:
        file.write(key + "\n")
    return [key]
