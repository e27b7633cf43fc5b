"""The speech models of this process: loaded once, shared by all calls, never run on the event loop.

Owns the threads they run on, how many requests may wait for one, and the sentences worth keeping. Must not
know of conversations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Final, ParamSpec, TypeVar

from asisso.agents.agent import AgentFailed, AgentUnavailable
from asisso.agents.stt.moonshine import Moonshine
from asisso.agents.stt.recognizer import Recognizer
from asisso.agents.tts.cache import RenderedSentences
from asisso.agents.tts.hibari import Hibari
from asisso.agents.tts.kept import KeptSentences
from asisso.agents.tts.synthesizer import Synthesizer
from asisso.agents.vad.detector import WINDOW_SAMPLES, Probabilities, VoiceDetector, VoiceModel
from asisso.agents.vad.silero import SileroModel
from asisso.audio.frame import Pcm

LOAD_LIMIT_S: Final = 120.0
"""Reading 70 MB from a cold disk; a quiet machine takes about two seconds."""

RECOGNITION_THREADS: Final = 2
MAX_RECOGNITIONS: Final = 32
"""Running and waiting: at 0.2 s each the last one has its words after 3 s, and no one waits longer."""

RECOGNITION_LIMIT_S: Final = 10.0

SYNTHESIS_THREADS: Final = 2
MAX_SYNTHESES: Final = 64
SYNTHESIS_LIMIT_S: Final = 10.0
KEPT_SENTENCES_BYTES: Final = 16 * 1024 * 1024
"""Some eight minutes of speech."""

DETECTION_THREADS: Final = 2
MAX_DETECTIONS: Final = 1_024
"""Every call has at most one under way."""

DETECTION_LIMIT_S: Final = 5.0

_WARM_UP_SENTENCE: Final = "Ready."

P = ParamSpec("P")
T = TypeVar("T")


class AgentOverloaded(AgentFailed):
    """This node has more speech to work on than it can; a moment later it may not."""

    code = "agent_overloaded"
    retryable = True


class _Workers:
    """Threads with a bounded queue and a time limit."""

    def __init__(self, task: str, *, threads: int, max_jobs: int, limit_s: float) -> None:
        self._task = task
        self._limit_s = limit_s
        self._slots = BoundedSemaphore(max_jobs)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=task.replace(" ", "-"))

    async def run(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `job` on a thread.

        Raises:
            AgentOverloaded: too many jobs wait already, or this one took too long.
        """
        if not self._slots.acquire(blocking=False):
            raise AgentOverloaded(f"Too many calls wait for {self._task}; take fewer calls on this node.")
        future = self._threads.submit(job, *args, **kwargs)
        # A job keeps its slot until it has really ended, even when nobody waits for it any more.
        future.add_done_callback(self._release)
        try:
            async with asyncio.timeout(self._limit_s):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise AgentOverloaded(
                f"{self._task.capitalize()} took more than {self._limit_s:g} s; take fewer calls on this node."
            ) from None

    def _release(self, _: Future[T]) -> None:
        self._slots.release()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Loaded:
    recognizer: Recognizer
    synthesizer: Synthesizer
    voice_model: VoiceModel


class SpeechModels:
    """Recognition, synthesis and voice activity for every call of the process.

    Made empty; `load` fills it. Belongs to the event loop's thread.
    """

    def __init__(
        self,
        *,
        load_recognizer: Callable[[], Recognizer] = Moonshine.load,
        load_synthesizer: Callable[[], Synthesizer] = Hibari.load,
        load_voice_model: Callable[[], VoiceModel] = SileroModel.load,
        kept: KeptSentences | None = None,
    ) -> None:
        """`kept` holds sentences that can be spoken before the models are there."""
        self._load_recognizer = load_recognizer
        self._load_synthesizer = load_synthesizer
        self._load_voice_model = load_voice_model
        self._loaded: _Loaded | None = None
        self._has_loaded = asyncio.Event()
        self._recognition = _Workers(
            "speech recognition",
            threads=RECOGNITION_THREADS,
            max_jobs=MAX_RECOGNITIONS,
            limit_s=RECOGNITION_LIMIT_S,
        )
        self._synthesis = _Workers(
            "speech synthesis", threads=SYNTHESIS_THREADS, max_jobs=MAX_SYNTHESES, limit_s=SYNTHESIS_LIMIT_S
        )
        self._detection = _Workers(
            "voice detection", threads=DETECTION_THREADS, max_jobs=MAX_DETECTIONS, limit_s=DETECTION_LIMIT_S
        )
        self._kept = kept
        self._rendered = RenderedSentences(KEPT_SENTENCES_BYTES)
        self._rendering: dict[str, asyncio.Task[Pcm]] = {}

    @property
    def is_ready(self) -> bool:
        """Whether calls can be taken."""
        return self._loaded is not None

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
        loaded = _Loaded(self._load_recognizer(), self._load_synthesizer(), self._load_voice_model())
        # First runs allocate and compile; better now than inside the first call.
        sound = loaded.synthesizer.synthesize(_WARM_UP_SENTENCE)
        loaded.recognizer.recognize(sound)
        windows = sound[: sound.size - sound.size % WINDOW_SAMPLES].reshape(-1, WINDOW_SAMPLES)
        loaded.voice_model.detector().probabilities(windows)
        return loaded

    async def recognize(self, pcm: Pcm) -> str:
        """Turn one utterance at 16 kHz into words; empty when there are none.

        Raises:
            AgentOverloaded: too many utterances wait, or it took longer than `RECOGNITION_LIMIT_S`.
            AgentUnavailable: the models are not loaded.
            ValueError: the utterance is longer than the recognizer takes.
        """
        return await self._recognition.run(self._models.recognizer.recognize, pcm)

    async def synthesize(self, sentence: str, *, keep: bool = False) -> Pcm:
        """Speak one sentence: samples at 16 kHz, to be read only.

        Args:
            sentence: what to say.
            keep: whether it will be said again; then it costs nothing from the second time on, and calls
                that ask for it at the same moment wait for one rendering. Not for what a caller said.

        Raises:
            AgentOverloaded: too many sentences wait, or it took longer than `SYNTHESIS_LIMIT_S`.
            AgentUnavailable: the models are not loaded.
        """
        clip = self._rendered.get(sentence)
        if clip is not None:
            return clip
        if not keep:
            return await self._synthesis.run(self._models.synthesizer.synthesize, sentence)
        task = self._rendering.get(sentence)
        if task is None:
            task = self._rendering[sentence] = asyncio.create_task(self._render(sentence))
        return await asyncio.shield(task)

    async def _render(self, sentence: str) -> Pcm:
        try:
            clip = await self._from_disk(sentence)
            if clip is None:
                clip = await self._synthesis.run(self._models.synthesizer.synthesize, sentence)
            self._rendered.put(sentence, clip)
            return clip
        finally:
            del self._rendering[sentence]

    async def _from_disk(self, sentence: str) -> Pcm | None:
        return await asyncio.to_thread(self._kept.get, sentence) if self._kept is not None else None

    async def keep(self, sentence: str) -> None:
        """Have a sentence ready for the next start, too; only for texts that nobody's name is in.

        Raises:
            AgentOverloaded: too many sentences wait, or it took longer than `SYNTHESIS_LIMIT_S`.
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

    def detector(self) -> CallDetector:
        """Make the voice activity detector of one call; the models need not be loaded yet."""
        return CallDetector(lambda: self._models.voice_model.detector(), self._detection)

    @property
    def _models(self) -> _Loaded:
        if self._loaded is None:
            raise AgentUnavailable("The speech models are still loading; try again in a few seconds.")
        return self._loaded

    def close(self) -> None:
        """Give the threads back; jobs that still wait are cancelled, running ones end by themselves."""
        self._loaded = None
        for workers in (self._recognition, self._synthesis, self._detection):
            workers.close()


class CallDetector:
    """Voice activity of one call, judged off the event loop. One request at a time."""

    def __init__(self, create_detector: Callable[[], VoiceDetector], workers: _Workers) -> None:
        self._create_detector = create_detector
        self._workers = workers
        self._detector: VoiceDetector | None = None

    async def probabilities(self, windows: Pcm) -> Probabilities:
        """Judge the next windows in order, shape (windows, 512) at 16 kHz, in one job.

        Raises:
            AgentOverloaded: too many calls wait, or it took longer than `DETECTION_LIMIT_S`.
            AgentUnavailable: the models are not loaded.
        """
        if self._detector is None:
            self._detector = self._create_detector()
        return await self._workers.run(self._detector.probabilities, windows)

    def reset(self) -> None:
        """Forget the sound so far: what comes next does not follow on from it."""
        if self._detector is not None:
            self._detector.reset()
