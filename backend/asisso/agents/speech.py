"""The speech models of this process: loaded once, shared by all calls, never run on the event loop.

Owns the workers they run on, what a call may ask of them, the sentences worth keeping, and whether there is time for
more calls. Must not know of conversations.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from asisso.agents.agent import AgentUnavailable
from asisso.agents.hearing import GATHER_S, Hearing, HearingStats
from asisso.agents.load import DEFAULT_LOAD_POLICY, Load, LoadPolicy
from asisso.agents.meaning.encoder import Encoder
from asisso.agents.meaning.likeness import Meaning
from asisso.agents.meaning.minilm import MiniLm
from asisso.agents.stt.moonshine import Moonshine
from asisso.agents.stt.recognizer import RECOGNITION_HZ, Recognizer
from asisso.agents.tts.cache import RenderedSentences
from asisso.agents.tts.hibari import Hibari
from asisso.agents.tts.kept import KeptSentences
from asisso.agents.tts.synthesizer import Synthesizer
from asisso.agents.turn_end.predictor import EndPredictor
from asisso.agents.turn_end.smart_turn import SmartTurn
from asisso.agents.vad.detector import WINDOW_SAMPLES, VoiceModel
from asisso.agents.vad.silero import SileroModel
from asisso.agents.workers import AgentOverloaded, Share, Workers, WorkersStats
from asisso.audio.frame import Pcm
from asisso.workflows.steps import Choice

__all__ = ["AgentOverloaded", "CallSpeech", "SpeechModels", "SpeechStats"]

LOAD_LIMIT_S: Final = 120.0
"""Reading 80 MB from a cold disk; a quiet machine takes about two seconds."""

MAX_JOBS: Final = 512
"""Recognitions, syntheses and predictions that wait; calls are refused long before, by `LoadPolicy`."""

JOB_LIMIT_S: Final = 10.0

DETECTION_LIMIT_S: Final = 5.0
DETECTION_NICENESS: Final = 0
"""None: it says when the agent must fall silent."""

KEPT_SENTENCES_BYTES: Final = 16 * 1024 * 1024
"""Some eight minutes of speech."""

RECOGNITION_COST: Final = (0.01, 0.025)
SYNTHESIS_COST: Final = (0.02, 0.0004)
PREDICTION_COST_S: Final = 0.06
"""Seconds of a processor: the least and a second of speech more; the least and a character more; each."""

_WARM_UP_SENTENCE: Final = "Ready."


@dataclass(frozen=True, slots=True)
class _Loaded:
    recognizer: Recognizer
    synthesizer: Synthesizer
    voice_model: VoiceModel
    end_predictor: EndPredictor | None
    encoder: Encoder | None


@dataclass(frozen=True, slots=True)
class SpeechStats:
    """For metrics: the ears, the detector's workers, and those of recognition, synthesis and prediction."""

    hearing: HearingStats
    detection: WorkersStats
    inference: WorkersStats
    is_overloaded: bool


class SpeechModels:
    """Recognition, synthesis, voice activity, end-of-turn prediction and meaning for every call of the process.

    Made empty; `load` fills it. Belongs to the event loop's thread.
    """

    def __init__(
        self,
        *,
        load_recognizer: Callable[[], Recognizer] = Moonshine.load,
        load_synthesizer: Callable[[], Synthesizer] = Hibari.load,
        load_voice_model: Callable[[], VoiceModel] = SileroModel.load,
        load_end_predictor: Callable[[], EndPredictor | None] = SmartTurn.load_if_there,
        load_encoder: Callable[[], Encoder | None] = MiniLm.load,
        kept: KeptSentences | None = None,
        processors: int | None = None,
        gather_s: float = GATHER_S,
        load_policy: LoadPolicy = DEFAULT_LOAD_POLICY,
    ) -> None:
        """`kept` holds sentences that can be spoken before the models are there; `processors` sizes the workers."""
        self._load_recognizer = load_recognizer
        self._load_synthesizer = load_synthesizer
        self._load_voice_model = load_voice_model
        self._load_end_predictor = load_end_predictor
        self._load_encoder = load_encoder
        self._loaded: _Loaded | None = None
        self._has_loaded = asyncio.Event()
        processors = processors or _processors()
        detections = max(1, processors // 2)
        self._inference = Workers(
            "speech", threads=processors, max_waiting=MAX_JOBS, limit_s=JOB_LIMIT_S, on_change=self._look
        )
        self._detection = Workers(
            "voice detection",
            threads=detections,
            max_waiting=detections,
            limit_s=DETECTION_LIMIT_S,
            niceness=DETECTION_NICENESS,
        )
        self.hearing = Hearing(
            self._detection,
            lambda: self._loaded.voice_model if self._loaded else None,
            batches=detections,
            gather_s=gather_s,
        )
        self._meaning = Meaning(self._inference, lambda: self._loaded.encoder if self._loaded else None)
        self._load_state = Load(load_policy)
        self._kept = kept
        self._rendered = RenderedSentences(KEPT_SENTENCES_BYTES)
        self._rendering: dict[str, asyncio.Task[Pcm]] = {}

    @property
    def is_ready(self) -> bool:
        """Whether calls can be taken."""
        return self._loaded is not None

    @property
    def is_overloaded(self) -> bool:
        """Whether more calls would spoil those there are."""
        self._look()
        return self._load_state.is_over

    @property
    def stats(self) -> SpeechStats:
        """What there is to do, and how it is kept up with."""
        return SpeechStats(
            self.hearing.stats, self._detection.stats, self._inference.stats, self.is_overloaded
        )

    def _look(self) -> None:
        wait_s = max(self._inference.stats.expected_wait_s, self.hearing.late_s)
        self._load_state.look(wait_s, time.monotonic())

    @property
    def clips(self) -> RenderedSentences:
        """Sentences that are the same in every call, those of other voices among them."""
        return self._rendered

    def call(self) -> CallSpeech:
        """What one call may ask; the models need not be loaded yet."""
        return CallSpeech(self)

    async def load(self) -> None:
        """Check, read and warm up all models; a second call does nothing.

        Raises:
            AgentUnavailable: a model file is missing or damaged, or loading took longer than `LOAD_LIMIT_S`.
        """
        if self._loaded is not None:
            return
        try:
            async with asyncio.timeout(LOAD_LIMIT_S):
                self._loaded = await asyncio.to_thread(self._load)
        except TimeoutError:
            raise AgentUnavailable(f"The speech models did not load within {LOAD_LIMIT_S:g} s.") from None
        self._has_loaded.set()

    async def loaded(self) -> None:
        """Wait until the models are there; whoever asks soon after the start waits for the end of `load`.

        Raises:
            AgentUnavailable: they were not there within `LOAD_LIMIT_S`.
        """
        try:
            async with asyncio.timeout(LOAD_LIMIT_S):
                await self._has_loaded.wait()
        except TimeoutError:
            raise AgentUnavailable(f"The speech models did not load within {LOAD_LIMIT_S:g} s.") from None

    def _load(self) -> _Loaded:
        loaded = _Loaded(
            self._load_recognizer(),
            self._load_synthesizer(),
            self._load_voice_model(),
            self._load_end_predictor(),
            self._load_encoder(),
        )
        # First runs allocate and compile; better now than inside the first call.
        sound = loaded.synthesizer.synthesize(_WARM_UP_SENTENCE)
        loaded.recognizer.recognize(sound)
        memory = loaded.voice_model.memory()
        loaded.voice_model.probabilities([memory], sound[np.newaxis, :WINDOW_SAMPLES])
        if loaded.end_predictor is not None:
            loaded.end_predictor.probability(sound)
        if loaded.encoder is not None:
            loaded.encoder.encode([_WARM_UP_SENTENCE])
        return loaded

    async def recognize(self, pcm: Pcm, *, share: Share | None = None) -> str:
        """Turn one utterance at 16 kHz into words; empty when there are none.

        Raises:
            AgentOverloaded: too many utterances wait, or it took longer than `JOB_LIMIT_S`.
            AgentUnavailable: the models are not loaded.
            ValueError: the utterance is longer than the recognizer takes.
        """
        recognizer = self._models.recognizer
        least_s, more_s = RECOGNITION_COST
        return await self._inference.run(
            lambda: recognizer.recognize(pcm),
            cost_s=least_s + more_s * pcm.size / RECOGNITION_HZ,
            share=share,
            task="speech recognition",
        )

    async def predict_end(self, pcm: Pcm, *, share: Share | None = None) -> float | None:
        """How likely a turn that sounds like this is complete, 0 to 1; None where no model can tell.

        Raises:
            AgentOverloaded, AgentUnavailable: as `recognize`.
        """
        predictor = self._models.end_predictor
        if predictor is None:
            return None
        return await self._inference.run(
            lambda: predictor.probability(pcm),
            cost_s=PREDICTION_COST_S,
            share=share,
            task="end-of-turn prediction",
        )

    async def likeness(
        self, text: str, choices: Sequence[Choice], *, share: Share | None = None
    ) -> Mapping[str, float]:
        """See `Meaning.likeness`.

        Raises:
            AgentOverloaded: too much waits already, or it took longer than `JOB_LIMIT_S`.
        """
        return await self._meaning.likeness(text, choices, share=share)

    async def warm_meaning(self, choices: Iterable[Choice]) -> None:
        """See `Meaning.warm`.

        Raises:
            AgentOverloaded: as `likeness`.
        """
        await self._meaning.warm(choices)

    @property
    def can_predict(self) -> bool:
        """Whether there is a model for `predict_end`."""
        return self._loaded is not None and self._loaded.end_predictor is not None

    @property
    def has_time(self) -> bool:
        """Whether a job that came now would run at once: then something may be done that may turn out in vain."""
        return not self._inference.is_busy

    async def synthesize(
        self, sentence: str, *, keep: bool = False, share: Share | None = None, is_urgent: bool = False
    ) -> Pcm:
        """Speak one sentence: samples at 16 kHz, to be read only.

        Args:
            sentence: what to say.
            keep: whether it will be said again; then it costs nothing from the second time on, and calls
                that ask for it at the same moment wait for one rendering. Not for what a caller said.
            share: of the call that waits.
            is_urgent: whether a caller hears nothing until it is there: goes before all that waits.

        Raises:
            AgentOverloaded: too many sentences wait, or it took longer than `JOB_LIMIT_S`.
            AgentUnavailable: the models are not loaded.
        """
        clip = self._rendered.get(sentence)
        if clip is not None:
            return clip
        if not keep:
            return await self._speak(sentence, share, is_urgent)
        task = self._rendering.get(sentence)
        if task is None:
            task = self._rendering[sentence] = asyncio.create_task(self._render(sentence, share, is_urgent))
        return await asyncio.shield(task)

    async def _speak(self, sentence: str, share: Share | None, is_urgent: bool) -> Pcm:
        synthesizer = self._models.synthesizer
        least_s, more_s = SYNTHESIS_COST
        return await self._inference.run(
            lambda: synthesizer.synthesize(sentence),
            cost_s=least_s + more_s * len(sentence),
            share=share,
            is_urgent=is_urgent,
            task="speech synthesis",
        )

    async def _render(self, sentence: str, share: Share | None, is_urgent: bool) -> Pcm:
        try:
            clip = await self._from_disk(sentence)
            if clip is None:
                clip = await self._speak(sentence, share, is_urgent)
            self._rendered.put(sentence, clip)
            return clip
        finally:
            del self._rendering[sentence]

    async def _from_disk(self, sentence: str) -> Pcm | None:
        return await asyncio.to_thread(self._kept.get, sentence) if self._kept is not None else None

    async def keep(self, sentence: str) -> None:
        """Have a sentence ready for the next start, too; only for texts that nobody's name is in.

        Raises:
            AgentOverloaded: too many sentences wait, or it took longer than `JOB_LIMIT_S`.
            AgentUnavailable: the models are not loaded.
        """
        clip = await self.synthesize(sentence, keep=True)
        if self._kept is not None:
            await asyncio.to_thread(self._kept.put, sentence, clip)

    async def is_ready_to_say(self, sentences: Sequence[str]) -> bool:
        """Whether these can be spoken although the models may not be there yet."""
        return all(
            [self._rendered.get(s) is not None or await self._from_disk(s) is not None for s in sentences]
        )

    @property
    def _models(self) -> _Loaded:
        if self._loaded is None:
            raise AgentUnavailable("The speech models are still loading; try again in a few seconds.")
        return self._loaded

    def close(self) -> None:
        """Give the threads back; jobs that still wait are cancelled, running ones end by themselves."""
        self._loaded = None
        self.hearing.close()
        for workers in (self._inference, self._detection):
            workers.close()


class CallSpeech:
    """The models as one call has them: what it asks for counts as its share of the workers."""

    def __init__(self, models: SpeechModels) -> None:
        self._models = models
        self._share = Share()

    @property
    def hearing(self) -> Hearing:
        """The ears of all calls."""
        return self._models.hearing

    @property
    def has_time(self) -> bool:
        """See `SpeechModels.has_time`."""
        return self._models.has_time

    @property
    def can_predict(self) -> bool:
        """See `SpeechModels.can_predict`."""
        return self._models.can_predict

    async def recognize(self, pcm: Pcm) -> str:
        """See `SpeechModels.recognize`."""
        return await self._models.recognize(pcm, share=self._share)

    async def predict_end(self, pcm: Pcm) -> float | None:
        """See `SpeechModels.predict_end`."""
        return await self._models.predict_end(pcm, share=self._share)

    async def likeness(self, text: str, choices: Sequence[Choice]) -> Mapping[str, float]:
        """See `SpeechModels.likeness`."""
        return await self._models.likeness(text, choices, share=self._share)

    async def synthesize(self, sentence: str, *, keep: bool = False, is_urgent: bool = False) -> Pcm:
        """See `SpeechModels.synthesize`."""
        return await self._models.synthesize(sentence, keep=keep, share=self._share, is_urgent=is_urgent)


def _processors() -> int:
    """Those this process may use, which in a container are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
