"""What an agent is, and what a call offers it.

An agent hears PCM at the rate it asked for and answers through a `Line`. It never sees Asterisk, sockets,
the database or the event that ended the call: when the call is over, `converse` is cancelled.

    AgentError
    +-- AgentUnavailable     the agent cannot take calls now (models missing, service down)
    +-- AgentFailed          the agent broke in the middle of a call
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from asisso.agents.control import CallControl
from asisso.agents.ear import Ear
from asisso.audio.frame import Pcm


class AgentError(Exception):
    """An agent cannot go on.

    Attributes:
        code: snake_case constant for programs.
        retryable: whether the same call may succeed a moment later.
    """

    code = "agent_error"
    retryable = False


class AgentUnavailable(AgentError):
    code = "agent_unavailable"
    retryable = True


class AgentFailed(AgentError):
    code = "agent_failed"


@contextmanager
def own_errors() -> Iterator[None]:
    """Around a task group of an agent: an `AgentError` that ended it comes out as itself, anything else as it is."""
    try:
        yield
    except ExceptionGroup as group:
        failed = group.subgroup(AgentError)
        if failed is None:
            raise
        error: Exception = failed
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        raise error from None


@dataclass(frozen=True, slots=True)
class AgentEnd:
    """Why an agent left the conversation by itself; `outcome` becomes the run's."""

    outcome: str = "completed"


@dataclass(frozen=True, slots=True)
class Interrupted:
    """What a barge-in cut off.

    Attributes:
        heard_ms: how much of the running utterance the caller heard.
        heard_text: the words that had been played, whole words only.
        lost_text: the words the caller never heard.
    """

    heard_ms: int
    heard_text: str
    lost_text: str


class Line(Protocol):
    """The call, as its agent sees it. Every method belongs to the event loop's thread and returns at once."""

    @property
    def sample_rate(self) -> int:
        """Hz of everything heard and said; what the agent asked for."""

    @property
    def now_ms(self) -> int:
        """Milliseconds since the call's run began: the clock of transcript and timeline."""

    @property
    def is_speaking(self) -> bool:
        """Whether the caller still hears, or has yet to hear, something that was said."""

    @property
    def control(self) -> CallControl:
        """Keys, hold and transfers."""

    def turn_began(self) -> None:
        """Tell that the caller has begun to speak or to press keys; the silence time-out starts anew."""

    def turn_ended(self) -> None:
        """Tell that the caller is done and an answer is due: an agent that does not give it counts as stalled."""

    def turn_ignored(self) -> None:
        """Tell that the turn that ended was none, such as the agent's echo: nobody owes an answer."""

    def say(self, pcm: Pcm, text: str) -> None:
        """Queue one sentence behind what is still playing. It becomes transcript when it has been heard.

        The samples are only read, so a clip may be shared by many calls.
        """

    def say_on(self, pcm: Pcm, text: str = "", *, is_end: bool = False) -> None:
        """Queue the next piece of a sound that comes in pieces, joined without a seam to the piece before.

        Args:
            text: what is said from here on, with its own spaces; it may come with another piece than its sound.
            is_end: nothing of it follows, so that the caller has heard it when nothing is unheard any more.
        """

    @property
    def unheard_ms(self) -> int:
        """How much of what was said the caller has yet to hear. 0 only when all of it has been heard or given up."""

    def play_live(self, pcm: Pcm) -> None:
        """Pass on a continuous sound as it comes (echo, speech-to-speech); late sound is dropped, never queued."""

    def interrupt(self) -> Interrupted | None:
        """Stop speaking within a frame and forget what was queued; None when nothing was playing."""

    def pause_speech(self) -> int | None:
        """Fall silent within a frame but forget nothing; gives the ms left to say, None when nothing was said.

        `resume_speech` or `interrupt` is to follow; speech that is held for long goes on by itself.
        """

    def resume_speech(self) -> None:
        """Go on with what was held, from a gap between words."""

    def caller_said(self, text: str, *, started_ms: int, ended_ms: int) -> None:
        """Put a turn of the caller into the transcript."""

    def note(self, kind: str, **detail: str | int | float | bool | None) -> None:
        """Add to the call's timeline.

        An answered turn is noted as `turn` once its first sentence was handed over, with the milliseconds of its stages
        (`endpointing_ms`, `prediction_ms`, `recognition_ms`, `meaning_ms`, `llm_ttft_ms`, `tts_ttfb_ms`) and
        `turn_latency_ms` from the end of the caller's speech until then; the line adds `first_frame_ms`.
        """

    def progress(self, node_id: str, gathered: Mapping[str, object]) -> None:
        """Tell where in its workflow the conversation is, and all values it has.

        The run shows them while the call goes on, and an agent that takes the conversation up after a kill gets them.
        """

    def use(self, **amounts: float) -> None:
        """Add to the run's usage, e.g. `llm_input_tokens=120`, `tts_characters=48`, `stt_seconds=2.4`.

        Names of `vocabulary.USAGE_KINDS` are counted as metrics too; a provider's own ones end with their unit as well.
        """

    async def drained(self) -> None:
        """Wait until the caller has heard everything that was said (or it was interrupted)."""


class Agent(Protocol):
    """One conversation's partner. Made for one call and closed with it."""

    sample_rate: int
    """Hz the agent wants to hear and will speak: 8000, 16000, 22050, 24000 or 48000."""

    @property
    def ear(self) -> Ear | None:
        """What may be given the caller's sound in the place of `hear`, where nothing has to be done to it before."""

    async def prepare(self) -> None:
        """Do everything that can be done before the call is answered, e.g. render the greeting.

        Raises:
            AgentError: the call must not be answered by this agent.
        """

    async def converse(self, line: Line) -> AgentEnd:
        """Talk until the agent is done. The caller's hang-up cancels it.

        Raises:
            AgentError: the agent cannot go on.
        """

    def hear(self, pcm: Pcm) -> None:
        """Take the caller's next 20 ms, gaps already filled with silence. Must return within microseconds."""

    def press(self, digit: str) -> None:
        """Take one keyed digit (0-9, *, #, A-D)."""

    async def close(self) -> None:
        """Free what `prepare` opened. Called once, in every ending."""
