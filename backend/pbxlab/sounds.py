"""Recorded human speech with known words: the prompts of Debian's `asterisk-core-sounds-en` packages.

Owns where they lie and how their texts are listed. Must not know what they are used for.
"""

import gzip
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pbxlab.errors import SoundsUnavailable
from pbxlab.provision import AsteriskRoot, provision
from pbxlab.telephone.codecs import load_wav
from pbxlab.telephone.g711 import Pcm

SAMPLE_RATE_HZ = 8000
_TEXTS = "usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt"
_FOLDER = "usr/share/asterisk/sounds/en_US_f_Allison"


@dataclass(frozen=True)
class Prompt:
    """One recording: the words spoken in it, and an 8 kHz WAV file."""

    name: str
    text: str
    path: Path

    def load(self, sample_rate_hz: int = SAMPLE_RATE_HZ) -> Pcm:
        """Its samples, int16."""
        return load_wav(self.path, sample_rate_hz)

    @property
    def is_speech(self) -> bool:
        """False for beeps and tones, whose text is a description in brackets."""
        return not self.text.startswith(("[", "("))


@lru_cache
def prompts(root: AsteriskRoot | None = None) -> dict[str, Prompt]:
    """All prompts that have both a text and a WAV file, by name.

    Args:
        root: where they are installed; by default the Asterisk that `provision` gives.

    Raises:
        SoundsUnavailable: the packages are not installed there.
        PbxUnavailable: there is no Asterisk.
    """
    base = (root or provision()).path
    listing = _read_listing(base / _TEXTS)
    found = {
        name: Prompt(name, text, base / _FOLDER / f"{name}.wav") for name, text in parse_listing(listing)
    }
    return {name: prompt for name, prompt in found.items() if prompt.path.is_file()}


def prompt(name: str, root: AsteriskRoot | None = None) -> Prompt:
    """One prompt by name, e.g. `vm-goodbye`. Raises like `prompts`, and for a name that is not there."""
    known = prompts(root)
    if name not in known:
        raise SoundsUnavailable(f"There is no prompt {name!r} with a text and a WAV file.")
    return known[name]


def parse_listing(text: str) -> list[tuple[str, str]]:
    """Names and texts of a `core-sounds-en.txt`: `name: text`, comments behind a semicolon."""
    lines = [line.split(": ", 1) for line in text.splitlines() if line and not line.startswith(";")]
    return [(line[0].strip(), line[1].strip()) for line in lines if len(line) == 2]


def _read_listing(path: Path) -> str:
    packed = path.with_name(f"{path.name}.gz")
    if packed.is_file():
        return gzip.decompress(packed.read_bytes()).decode("utf-8", "replace")
    if path.is_file():
        return path.read_text(encoding="utf-8", errors="replace")
    raise SoundsUnavailable("The package asterisk-core-sounds-en is not installed beside this Asterisk.")
