"""The folder an instance lives in: made inside the root, owned by one process, removed when nobody owns it.

Must not know what is written into it.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TextIO

from pbxlab.errors import PbxFailed
from pbxlab.provision import AsteriskRoot

_FOLDERS = ("etc/given", "etc/pbxlab", "run", "log", "db/keys", "spool/recording", "spool/tmp")
_PREFIX = "pbxlab-"


def make_home(root: AsteriskRoot) -> tuple[Path, TextIO]:
    """A new folder inside the root, and the lock that says its owner lives; left-over ones are removed."""
    parent = root.path / "tmp" if root.is_private else Path(tempfile.gettempdir())
    for old in parent.glob(f"{_PREFIX}[0-9]*"):
        if (lock := _try_owner_lock(old)) is not None:
            shutil.rmtree(old, ignore_errors=True)
            lock.close()
    home = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
    for folder in _FOLDERS:
        (home / folder).mkdir(parents=True)
    lock = _try_owner_lock(home)
    if lock is None:
        raise PbxFailed(f"{home} was taken by another process.", retryable=True)
    return home, lock


def _try_owner_lock(home: Path) -> TextIO | None:
    try:
        lock = (home / "run" / "owner.lock").open("w")
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock
