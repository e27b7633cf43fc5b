"""The words of a turn, from the first that finds them: the servers, then this machine's own recognizer."""

from __future__ import annotations

from collections.abc import Sequence

from asisso.agents.agent import Line
from asisso.agents.listening import Utterance
from asisso.agents.llm.fallback import Fallbacks
from asisso.agents.model_error import ModelError
from asisso.agents.speech import CallSpeech
from asisso.agents.stt.recognizer import RECOGNITION_HZ
from asisso.agents.stt.transcriber import EmbeddedTranscriber, Transcriber
from asisso.agents.workers import AgentOverloaded


class Recognition:
    """One call's. Whoever fails is spared for a while; the embedded one is always there."""

    def __init__(self, transcribers: Sequence[Transcriber], speech: CallSpeech) -> None:
        self._servers = Fallbacks(transcribers)
        self._all = tuple(transcribers)
        self._embedded = EmbeddedTranscriber(speech)

    async def words(self, line: Line, utterance: Utterance) -> str:
        """What the caller said; empty when there were no words, or no time for them."""
        line.use(stt_seconds=round(utterance.pcm.size / RECOGNITION_HZ, 2))
        for server in self._servers.usable(line.now_ms):
            try:
                return _words_in(await server.transcribe(utterance.pcm))
            except ModelError as error:
                line.note("recognition_failed", model=server.name, code=error.code, reason=str(error))
                self._servers.failed(server, error, line.now_ms)
        return _words_in(await self._own_words(line, utterance))

    async def _own_words(self, line: Line, utterance: Utterance) -> str:
        """What this machine made of the pause, if it looked into it; otherwise it begins now."""
        if utterance.words is not None:
            try:
                return await utterance.words
            except AgentOverloaded:
                pass
        try:
            return await self._embedded.transcribe(utterance.pcm)
        except ModelError as error:
            line.note("recognition_skipped", reason=error.code)
            return ""

    async def close(self) -> None:
        """Give connections back."""
        for transcriber in self._all:
            await transcriber.close()


def _words_in(text: str) -> str:
    return text if any(character.isalnum() for character in text) else ""
