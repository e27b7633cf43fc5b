"""Synthetic voices that differ from each other and from the product's own: Flite, two packages of Debian's main.

Owns where they lie: on PATH, or unpacked once below the cache folder. Nothing is installed, and no root is needed.
"""

import os
import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pbxlab import apt
from pbxlab.errors import PbxUnavailable, VoicesUnavailable
from pbxlab.provision import cache_dir, locked
from pbxlab.telephone.codecs import load_wav
from pbxlab.telephone.g711 import Pcm

VOICES = ("slt", "rms", "awb", "kal16")
"""A woman and three men; one of them is Scottish, and the last an older kind of voice."""

# Raise when other packages are taken.
RECIPE = 1
PACKAGES = ("flite", "libflite1")
SOUND_LIBRARIES = ("libasound2t64", "libasound2")
"""What Flite links to; the name depends on the release."""

SPEAK_TIMEOUT_S = 30


@dataclass(frozen=True)
class Flite:
    """The program, and where its libraries lie if they are not installed."""

    program: Path
    libraries: Path | None = None

    def speak(self, text: str, voice: str, sample_rate_hz: int, *, slowness: float = 1.0) -> Pcm:
        """A sentence as int16 samples.

        Args:
            voice: one of `VOICES`.
            slowness: 1.25 takes a quarter longer than 1.

        Raises:
            VoicesUnavailable: the program does not run.
        """
        with tempfile.NamedTemporaryFile(suffix=".wav") as target:
            options = ["-voice", voice, "--setf", f"duration_stretch={slowness}", "-t", text]
            self._run(*options, "-o", target.name)
            return load_wav(Path(target.name), sample_rate_hz)

    def _run(self, *arguments: str) -> None:
        libraries = {} if self.libraries is None else {"LD_LIBRARY_PATH": str(self.libraries)}
        try:
            subprocess.run(
                [self.program, *arguments],
                env={**os.environ, **libraries},
                check=True,
                capture_output=True,
                timeout=SPEAK_TIMEOUT_S,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise VoicesUnavailable(f"Flite does not run here: {error}") from None


@lru_cache
def flite() -> Flite:
    """The one on PATH, that of an earlier run, or a new one from the machine's own Debian mirror.

    Raises:
        VoicesUnavailable: none can be had; `reason` says what is missing.
    """
    if installed := shutil.which("flite"):
        return Flite(Path(installed))
    root = cache_dir() / f"flite-{platform.machine()}-{RECIPE}"
    root.parent.mkdir(parents=True, exist_ok=True)
    try:
        with locked(root.with_name(f"{root.name}.lock"), lambda line: None):
            if not root.is_dir():
                _unpack(root)
    except PbxUnavailable as error:
        raise VoicesUnavailable(
            f"Flite is not on PATH and can't be fetched: {error.reason}", retryable=error.retryable
        ) from None
    return Flite(root / "usr/bin/flite", root / f"usr/lib/{platform.machine()}-linux-gnu")


def _unpack(root: Path) -> None:
    """Make the folder whole or not at all."""
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="flite-") as workplace:
        packages = apt.download(Path(workplace), *PACKAGES, _sound_library())
        unfinished = Path(workplace) / "root"
        for package in packages:
            subprocess.run(["dpkg-deb", "--extract", package, unfinished], check=True, timeout=60)
        unfinished.rename(root)


def _sound_library() -> str:
    for name in SOUND_LIBRARIES:
        told = subprocess.run(["apt-cache", "show", name], capture_output=True, check=False, timeout=60)
        if told.returncode == 0:
            return name
    raise PbxUnavailable(f"apt knows none of {', '.join(SOUND_LIBRARIES)}.")
