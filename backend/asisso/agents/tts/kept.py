"""Sentences on disk that a call may need before the voice is loaded, above all the apology after a crash.

Only what the workflow's author wrote goes here, never what a caller said or is called. Synchronous; a caller on an
event loop uses a thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import numpy as np

from asisso.audio.frame import Pcm

MAX_FILES = 500
"""Some 50 MB; the longest unread ones go first."""


class KeptSentences:
    """A folder of clips, one file a sentence.

    Args:
        voice: changes with the synthesizer: another voice has other clips.
    """

    def __init__(self, folder: Path, voice: str) -> None:
        self._folder = folder
        self._voice = voice

    def get(self, sentence: str) -> Pcm | None:
        """The clip, read-only, or None; a damaged file counts as none."""
        try:
            clip = np.frombuffer(self._path(sentence).read_bytes(), np.dtype("<i2"))
        except (OSError, ValueError):
            return None
        return clip.astype(np.int16, copy=False) if clip.size else None

    def put(self, sentence: str, clip: Pcm) -> None:
        """Keep a clip; a disk that refuses costs nothing but the time to render it again."""
        path = self._path(sentence)
        if path.exists():
            return
        draft = path.with_suffix(f".{os.getpid()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(clip.astype("<i2", copy=False).tobytes())
            draft.replace(path)
            self._prune()
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink()

    def _path(self, sentence: str) -> Path:
        digest = hashlib.sha256(f"{self._voice}\0{sentence}".encode()).hexdigest()
        return self._folder / f"{digest[:32]}.pcm"

    def _prune(self) -> None:
        files = sorted(self._folder.glob("*.pcm"), key=lambda path: path.stat().st_mtime)
        for path in files[:-MAX_FILES]:
            path.unlink(missing_ok=True)
