"""Sentences that were spoken before and will be again, such as greetings. Bounded by their bytes."""

from __future__ import annotations

from collections import OrderedDict

from asisso.audio.frame import Pcm


class RenderedSentences:
    """The most recently used clips that fit into `max_bytes`. For one thread."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._clips: OrderedDict[str, Pcm] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        """What the clips weigh now."""
        return self._bytes

    def get(self, sentence: str) -> Pcm | None:
        """The clip of that very sentence, read-only, or None."""
        clip = self._clips.get(sentence)
        if clip is not None:
            self._clips.move_to_end(sentence)
        return clip

    def put(self, sentence: str, clip: Pcm) -> None:
        """Keep a clip; the longest unused ones go first, and one bigger than the cache is not kept."""
        if sentence in self._clips or clip.nbytes > self._max_bytes:
            return
        clip.flags.writeable = False
        self._clips[sentence] = clip
        self._bytes += clip.nbytes
        while self._bytes > self._max_bytes:
            _, oldest = self._clips.popitem(last=False)
            self._bytes -= oldest.nbytes
