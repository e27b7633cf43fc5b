"""Copies of a database, made before it is migrated. The newest few are kept, one of each revision.

A SQLite file is copied beside itself, a PostgreSQL by its own pg_dump where that is installed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import URL

from asisso.errors import ConfigurationError

KEPT_COPIES = 3
DUMP_TIMEOUT_S = 3600
DUMP_STEM = "asisso"
DUMP_SUFFIX = ".dump"


def copy_beside(path: Path, revision: str) -> Path:
    """Copy a database with all that is committed, while others may go on reading and writing.

    Args:
        revision: its schema's, which goes into the copy's name with the time.

    Raises:
        ConfigurationError: it cannot be copied; there is no half copy left.
    """
    copy = _named(path, revision)
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


def dump_into(folder: Path, url: URL, revision: str) -> Path | None:
    """Dump a PostgreSQL as `pg_restore` reads it; None where there is no pg_dump.

    Raises:
        ConfigurationError: pg_dump failed; there is no half dump left.
    """
    if shutil.which("pg_dump") is None:
        return None
    like = folder / f"{DUMP_STEM}{DUMP_SUFFIX}"
    dump = _named(like, revision)
    unfinished = dump.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _dump(url, unfinished)
        unfinished.replace(dump)
    except (OSError, subprocess.SubprocessError) as error:
        unfinished.unlink(missing_ok=True)
        raise ConfigurationError(
            f"The database must be dumped to {dump} before it is migrated, and that failed: {_reason(error)}. "
            "Mend that, or dump it yourself and give `asisso migrate --without-copy`."
        ) from error
    _forget_others(like, revision, dump)
    return dump


def _dump(url: URL, target: Path) -> None:
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    # The password goes by the environment: arguments can be read by every user of the machine.
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    password = {"PGPASSWORD": str(url.password)} if url.password else {}
    command = ["pg_dump", "--format=custom", f"--file={target}", f"--dbname={address}", "--no-password"]
    subprocess.run(  # noqa: S603 - no shell, and the address is the installation's own setting
        command,
        env={**os.environ, **password},
        check=True,
        capture_output=True,
        text=True,
        timeout=DUMP_TIMEOUT_S,
    )


def _reason(error: Exception) -> str:
    said = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
    return " ".join(str(said).split())


def _named(path: Path, revision: str) -> Path:
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return path.with_name(f"{path.stem}-{time}-{revision}{path.suffix}")


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
