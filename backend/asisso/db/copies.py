"""Copies of a SQLite database, made beside it before it is migrated. The newest few are kept, one of each revision."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from asisso.errors import ConfigurationError

KEPT_COPIES = 3


def copy_beside(path: Path, revision: str) -> Path:
    """Copy a database with all that is committed, while others may go on reading and writing.

    Args:
        revision: its schema's, which goes into the copy's name with the time.

    Raises:
        ConfigurationError: it cannot be copied; there is no half copy left.
    """
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = path.with_name(f"{path.stem}-{time}-{revision}{path.suffix}")
    unfinished = copy.with_suffix(".part")
    try:
        _copy(path, unfinished)
        unfinished.replace(copy)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        raise ConfigurationError(
            f"The database must be copied to {copy} before it is migrated, and that failed: {error}. "
            "Make room, or let the server write there."
        ) from error
    _forget_others(path, revision, copy)
    return copy


def copies_of(path: Path) -> list[Path]:
    """The copies there are, oldest first."""
    return sorted(path.parent.glob(f"{path.stem}-*T*Z-*{path.suffix}"))


def _copy(path: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    # Passwords are sealed in it, transcripts are not: nobody else may read it.
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)


def _forget_others(path: Path, revision: str, copy: Path) -> None:
    # A migration that fails at every start must not push the copies of older releases out.
    again = [old for old in copies_of(path) if old.stem.endswith(f"-{revision}") and old != copy]
    for old in again:
        old.unlink(missing_ok=True)
    for old in copies_of(path)[:-KEPT_COPIES]:
        old.unlink(missing_ok=True)
