"""Says sentences on a line, each while it is still being made, and each to its end whatever its voice does.

A voice that fails or stalls in the middle of a sentence hands over to the embedded one, which says the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import numpy as np

from asisso.agents.agent import Line
from asisso.agents.cascade.history import History
from asisso.agents.cascade.pacing import Pace, Spread, duration_ms
from asisso.agents.llm.fallback import Fallbacks
from asisso.agents.model_error import ModelError, too_slow
from asisso.agents.tts.cache import RenderedSentences
from asisso.agents.tts.streaming_voice import StreamingVoice
from asisso.audio.frame import Pcm

FIRST_PIECE_MS: Final = 160
"""Sound in hand when a sentence begins to be heard, so that the network's hiccups are not."""

PIECE_MS: Final = 400
PREPARE_LIMIT_S: Final = 6.0
"""For all sentences that are prepared, while the telephone rings."""

Wanted = Callable[[], bool]
_NOTHING: Final[Pcm] = np.empty(0, np.int16)


class Mouth:
    """One call's.

    Args:
        voices: the best first; may be none.
        embedded: the one that is always there.
        shelf: clips of the process, for sentences that are the same in every call.
        fixed: those sentences.
        history: is told what was handed over.
    """

    def __init__(
        self,
        voices: Sequence[StreamingVoice],
        embedded: StreamingVoice,
        shelf: RenderedSentences,
        fixed: Collection[str],
        history: History,
    ) -> None:
        self._voices = Fallbacks(voices)
        self._all = (*voices, embedded)
        self._embedded = embedded
        self._shelf = shelf
        self._fixed = fixed
        self._history = history
        self._clips: dict[str, Pcm] = {}
        self._paces: dict[str, Pace] = {}
        self._line: Line | None = None
        self.first_sound_ms: int | None = None
        """How long the last sentence's first sound took."""

    def open(self, line: Line) -> None:
        """The conversation begins."""
        self._line = line

    async def prepare(self, sentences: Iterable[str]) -> None:
        """Have these ready to be said at once, in the best voice that answers.

        Raises:
            AgentError: not even the embedded voice is there.
        """
        async with asyncio.TaskGroup() as tasks:
            for sentence in dict.fromkeys(sentences):
                tasks.create_task(self._prepare(sentence))

    async def _prepare(self, sentence: str) -> None:
        for voice in (*self._voices.usable(0), self._embedded):
            try:
                self._clips[sentence] = await self._clip_in_time(voice, sentence)
                return
            except ModelError as error:
                if voice is not self._embedded:
                    self._voices.failed(voice, error, 0)

    async def _clip_in_time(self, voice: StreamingVoice, sentence: str) -> Pcm:
        try:
            async with asyncio.timeout(PREPARE_LIMIT_S):
                return await self._clip(voice, sentence)
        except TimeoutError:
            raise too_slow("The sound of a sentence", PREPARE_LIMIT_S) from None

    async def _clip(self, voice: StreamingVoice, sentence: str) -> Pcm:
        keep = sentence in self._fixed
        key = f"{voice.sounds_like}\0{sentence}" if keep and voice.sounds_like else ""
        kept = self._shelf.get(key) if key else None
        if kept is not None:
            return kept
        async with aclosing(voice.speak(sentence, keep=keep)) as sound:
            pieces = [piece async for piece in sound]
        clip = np.concatenate(pieces) if pieces else _NOTHING
        if key:
            self._shelf.put(key, clip)
        return clip

    def say_at_once(self, sentence: str) -> bool:
        """Say a prepared sentence that no model is to know of; gives whether there was one."""
        clip = self._clips.get(sentence)
        if clip is None or self._line is None:
            return False
        self._hand_over(self._line, clip, sentence, is_filler=True)
        return True

    async def say(self, sentence: str, *, is_wanted: Wanted) -> int | None:
        """Say a sentence behind what is still playing; when its first sound was handed over, on the line's clock.

        Raises:
            AgentError: not even the embedded voice is there.
        """
        line = self._line
        if line is None or not is_wanted():
            return None
        clip = self._clips.get(sentence)
        if clip is not None:
            self.first_sound_ms = 0
            self._hand_over(line, clip, sentence)
            return line.now_ms
        line.use(tts_characters=len(sentence))
        first_ms: int | None = None
        for voice in (*self._voices.usable(line.now_ms), self._embedded):
            spoken = _Spoken(sentence, self._pace(voice))
            try:
                await self._stream(line, voice, spoken, is_wanted)
            except ModelError as error:
                self._gave_up(line, voice, error)
            first_ms = spoken.first_ms if first_ms is None else first_ms
            sentence = spoken.rest
            if not sentence or not is_wanted():
                return first_ms
        line.note("speech_skipped", reason="No voice could say it.")
        return first_ms

    async def _stream(self, line: Line, voice: StreamingVoice, spoken: _Spoken, is_wanted: Wanted) -> None:
        asked_ms = line.now_ms
        async with aclosing(voice.speak(spoken.sentence, keep=spoken.sentence in self._fixed)) as sound:
            try:
                async for piece in sound:
                    if not is_wanted():
                        return
                    self._pass_on(line, spoken, spoken.add(piece), asked_ms)
                if is_wanted():
                    self._pass_on(line, spoken, spoken.end(), asked_ms)
            except ModelError:
                if is_wanted():
                    self._pass_on(line, spoken, spoken.broken_off(), asked_ms)
                raise
            finally:
                if spoken.is_open:
                    line.say_on(_NOTHING, is_end=True)

    def _pass_on(self, line: Line, spoken: _Spoken, piece: _Piece | None, asked_ms: int) -> None:
        if piece is None or not piece.pcm.size:
            return
        if spoken.first_ms is None:
            self.first_sound_ms = line.now_ms - asked_ms
        if spoken.first_ms is None and piece.is_last:
            line.say(piece.pcm, piece.text)
        else:
            gap = " " if spoken.has_words and piece.text else ""
            line.say_on(piece.pcm, gap + piece.text, is_end=piece.is_last)
            spoken.is_open = not piece.is_last
        spoken.first_ms = line.now_ms if spoken.first_ms is None else spoken.first_ms
        spoken.has_words = spoken.has_words or bool(piece.text)
        self._history.agent_said(piece.text)

    def _hand_over(self, line: Line, clip: Pcm, sentence: str, *, is_filler: bool = False) -> None:
        if clip.size:
            line.say(clip, sentence)
            self._history.agent_said(sentence, is_filler=is_filler)

    def _gave_up(self, line: Line, voice: StreamingVoice, error: ModelError) -> None:
        line.note("voice_failed", voice=voice.name, code=error.code, reason=str(error))
        if voice is not self._embedded:
            self._voices.failed(voice, error, line.now_ms)

    def _pace(self, voice: StreamingVoice) -> Pace:
        return self._paces.setdefault(voice.name, Pace())

    async def close(self) -> None:
        """Give connections back."""
        for voice in self._all:
            await voice.close()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Sound to be heard now, with its words; the last one of its voice may be."""

    pcm: Pcm
    text: str
    is_last: bool = False


class _Spoken:
    """One sentence on its way, in pieces of a good length, each with its words.

    Attributes:
        first_ms: when its first piece was handed over, on the line's clock.
        is_open: whether the line waits for more of it.
        has_words: whether words have been handed over.
    """

    def __init__(self, sentence: str, pace: Pace) -> None:
        self.sentence = sentence
        self.first_ms: int | None = None
        self.is_open = self.has_words = False
        self._pace = pace
        self._spread = Spread(sentence, pace)
        self._waiting: list[Pcm] = []
        self._latest: Pcm | None = None
        self._is_over = False

    @property
    def rest(self) -> str:
        """The words that have not been said."""
        return "" if self._is_over else self._spread.rest

    def add(self, piece: Pcm) -> _Piece | None:
        """Take sound; what is to be heard now. The latest piece waits: it may be the last, and have the last words."""
        self._keep_latest()
        self._latest = piece
        waiting_ms = self._waiting_ms
        if waiting_ms < (FIRST_PIECE_MS if self.first_ms is None else PIECE_MS):
            return None
        return _Piece(self._taken(), self._spread.words_of(waiting_ms))

    def broken_off(self) -> _Piece | None:
        """No more will come: what there is of the sentence."""
        self._keep_latest()
        waiting_ms = self._waiting_ms
        if not waiting_ms:
            return None
        return _Piece(self._taken(), self._spread.words_of(waiting_ms), is_last=True)

    def end(self) -> _Piece:
        """The sentence is complete: its last sound with its last words."""
        self._keep_latest()
        self._is_over = True
        self._pace.learn(self.sentence, self._spread.sound_ms + self._waiting_ms)
        return _Piece(self._taken(), self._spread.rest, is_last=True)

    @property
    def _waiting_ms(self) -> float:
        return duration_ms(sum(part.size for part in self._waiting))

    def _keep_latest(self) -> None:
        if self._latest is not None:
            self._waiting.append(self._latest)
            self._latest = None

    def _taken(self) -> Pcm:
        waiting, self._waiting = self._waiting, []
        return np.concatenate(waiting) if waiting else _NOTHING
