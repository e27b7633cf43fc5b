"""Says texts on a line, sentence by sentence: the first is heard while the next is made.

What the workflow's author wrote is rendered once for all calls; what has a caller's data in it is not kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from asisso.agents.agent import Line
from asisso.agents.speech import CallSpeech
from asisso.agents.tts.sentences import split_sentences
from asisso.audio.frame import Pcm

LATELY_SENTENCES: Final = 3
"""How far back the agent's echo may come from."""


@dataclass(frozen=True, slots=True)
class Uttered:
    """How saying a text went.

    Attributes:
        first_said_ms: when its first sentence was handed over, on the line's clock; None when none was.
        is_cut: whether it was given up before its end.
    """

    first_said_ms: int | None
    is_cut: bool


class Voice:
    """The voice of one call.

    Args:
        fixed: sentences that are the same in every call.
    """

    def __init__(self, speech: CallSpeech, fixed: Collection[str]) -> None:
        self._speech = speech
        self._fixed = fixed
        self._prepared: dict[str, Pcm] = {}
        self._lately: deque[str] = deque(maxlen=LATELY_SENTENCES)

    @property
    def lately(self) -> str:
        """What was said last, to know its echo by."""
        return " ".join(self._lately)

    async def prepare(self, sentence: str) -> None:
        """Have a sentence ready.

        Raises:
            AgentUnavailable, AgentOverloaded: see `SpeechModels.synthesize`.
        """
        self._prepared[sentence] = await self._speech.synthesize(sentence, keep=sentence in self._fixed)

    async def say(self, line: Line, text: str, *, is_wanted: Callable[[], bool]) -> Uttered:
        """Hand a text over, as long as it is wanted.

        Raises:
            AgentOverloaded: a sentence was not made in time.
        """
        first_said_ms: int | None = None
        for sentence in split_sentences(text):
            pcm = await self._rendered(sentence, is_urgent=first_said_ms is None and not line.is_speaking)
            if not is_wanted():
                return Uttered(first_said_ms, is_cut=True)
            if pcm.size == 0:  # nothing but signs that are not spoken
                continue
            line.say(pcm, sentence)
            line.use(tts_characters=len(sentence))
            self._lately.append(sentence)
            if first_said_ms is None:
                first_said_ms = line.now_ms
        return Uttered(first_said_ms, is_cut=False)

    async def _rendered(self, sentence: str, *, is_urgent: bool) -> Pcm:
        pcm = self._prepared.pop(sentence, None)
        if pcm is not None:
            return pcm
        return await self._speech.synthesize(sentence, keep=sentence in self._fixed, is_urgent=is_urgent)
