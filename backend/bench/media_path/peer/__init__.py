"""The peer's environment: its own lock, in the cache folder, made once."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from pbxlab.provision import cache_dir

HERE = Path(__file__).parent
INSTALL_TIMEOUT_S = 600.0


class PeerUnavailable(Exception):
    """The peer's packages could not be installed."""


def peer_python() -> Path:
    """The interpreter that has pipecat.

    Raises:
        PeerUnavailable: they can't be had here.
    """
    lock = HERE / "pipecat.lock"
    folder = cache_dir() / f"pipecat-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    made = folder / "made"
    if not made.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)])
        made.touch()
    return python


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, stdout=sys.stderr, timeout=INSTALL_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise PeerUnavailable(f"pipecat can't be installed: {error}") from error
