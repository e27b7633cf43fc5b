"""What the caller hears of a model, and how far: its sound as it comes, and this machine's voice in its stead."""

from __future__ import annotations

from typing import Final

from asisso.agents.agent import AgentUnavailable, Line
from asisso.agents.speech import AgentOverloaded, CallSpeech
from asisso.agents.stt.recognizer import RECOGNITION_HZ
from asisso.agents.tts.sentences import split_sentences
from asisso.audio.resample import resample_clip

from .playback import Cut, Playback
from .session import HZ, Turn, samples_of

UNHEARD_MS: Final = 20
"""Less that is unheard is only a confirmation that has not come."""

MAX_HISTORY: Final = 60
"""Turns a new session is told of; the older ones a model does not need to go on."""

MAX_EARLY_CHARACTERS: Final = 5_000
"""Words of an item whose sound has not come."""

_LATELY_CHARACTERS: Final = 300


class Mouth:
    """One call's.

    Attributes:
        history: what both sides said, as far as it was heard.
    """

    def __init__(self, speech: CallSpeech) -> None:
        self._speech = speech
        self._line: Line | None = None
        self._playback = Playback()
        self._item_id = ""
        self._early_words = ""
        self.history: list[Turn] = []

    def open(self, line: Line) -> None:
        """The conversation begins."""
        self._line = line

    @property
    def is_heard(self) -> bool:
        """Whether the caller hears something, or is about to."""
        return self._line is not None and self._line.unheard_ms > UNHEARD_MS

    @property
    def lately(self) -> str:
        """What the caller may hear an echo of."""
        said = " ".join(turn.text for turn in self.history[-2:] if turn.role == "assistant")
        return f"{said} {self._playback.text}".strip()[-_LATELY_CHARACTERS:]

    # the model's sound

    def sound(self, item_id: str, pcm: bytes) -> None:
        """The next of an item's sound."""
        if self._line is None or not pcm:
            return
        self._turn_to(item_id)
        samples = samples_of(pcm)
        words, self._early_words = self._early_words, ""
        self._playback.add(item_id, samples.size)
        self._line.say_on(samples, words)

    def words(self, item_id: str, text: str) -> None:
        """The next of an item's words, which may come before its sound or behind."""
        if self._line is None:
            return
        self._playback.add_words(item_id, text)
        if item_id == self._item_id:
            self._line.say_on(samples_of(b""), text)
        else:
            self._early_words = (self._early_words + text)[:MAX_EARLY_CHARACTERS]

    def _turn_to(self, item_id: str) -> None:
        if item_id != self._item_id:
            self._close()
            self._item_id = item_id

    def finish(self) -> None:
        """The answer is complete; words that got no sound are not said."""
        self._close()
        self._early_words = ""

    def _close(self) -> None:
        if self._line is not None and self._item_id:
            self._line.say_on(samples_of(b""), is_end=True)
        self._item_id = ""

    def look(self) -> None:
        """What has been heard to its end belongs to the conversation now."""
        if self._line is not None:
            unheard_ms = self._line.unheard_ms
            self._remember(self._playback.heard(unheard_ms) if unheard_ms else self._finished())

    def _finished(self) -> list[tuple[str, str]]:
        # While an item still comes, silence is only a gap in it.
        return [] if self._item_id else self._playback.finish()

    def interrupt(self) -> list[Cut]:
        """Fall silent; what was not heard of the model's sound."""
        if self._line is None:
            return []
        whole, cut = self._playback.cut(self._line.unheard_ms)
        self._line.interrupt()
        self._remember(whole)
        self._remember([(one.item_id, one.heard_text) for one in cut])
        self._item_id, self._early_words = "", ""
        return cut

    def leave(self) -> None:
        """The session is lost: its items count as said; their sound is still heard."""
        self.finish()
        self._remember(self._playback.finish())

    def caller_said(self, text: str) -> None:
        """A turn of the caller."""
        self._add(Turn("user", text))

    def said(self, text: str) -> None:
        """Something was said in the model's stead."""
        self._add(Turn("assistant", text))

    def _remember(self, items: list[tuple[str, str]]) -> None:
        for _, text in items:
            if text.strip():
                self._add(Turn("assistant", text.strip()))

    def _add(self, turn: Turn) -> None:
        self.history.append(turn)
        del self.history[:-MAX_HISTORY]

    # this machine's voice

    async def say(self, text: str) -> bool:
        """Say a text by this machine's own voice; whether that could be done."""
        if self._line is None:
            return False
        for sentence in split_sentences(text):
            try:
                pcm = await self._speech.synthesize(sentence, keep=True, is_urgent=True)
            except (AgentOverloaded, AgentUnavailable):
                return False
            if pcm.size:
                self._line.say(resample_clip(pcm, RECOGNITION_HZ, HZ), sentence)
        return True
