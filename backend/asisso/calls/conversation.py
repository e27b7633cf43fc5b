"""The agent of one call and everything it talks through: line, recording, announcements.

Knows nothing of channels and bridges. Its methods return at once, except `prepare` and `close`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from asisso.agents.agent import AgentError
from asisso.asterisk.ari.rtp import RtpStatistics
from asisso.audio.frame import MediaFormat
from asisso.vocabulary import Outcome

from . import machine as m
from .admission import Admission
from .announcer import Announcer
from .caller_leg import CallerLeg
from .control import CallControls
from .effects import Effects
from .line import CallLine
from .log import CallLog
from .plan import AgentPlan, CallServices
from .progress import Progress
from .quality import Quality
from .recorder import Recorder, recording_path
from .silence import Silence, SilenceWatch

log = structlog.get_logger(__name__)

DEAF_AFTER_MS = 5_000
"""An answered call that has brought no frame at all by then may be deaf on one side; its media is made anew once."""


class Conversation:
    """What is said in one call, and by whom.

    Args:
        effects: runs what takes time; the call closes it.
        control: what the agent may do with the call.
        post: takes the machine's events; must not wait.
        progress: keeps where in its workflow the conversation is.
        is_resumed: an earlier process recorded the beginning.

    Attributes:
        line: where the call's audio goes in and out.
    """

    def __init__(
        self,
        plan: AgentPlan,
        admission: Admission,
        services: CallServices,
        caller: CallerLeg,
        effects: Effects,
        control: CallControls,
        post: Callable[[m.CallEvent], None],
        call_log: CallLog,
        progress: Progress,
        *,
        is_resumed: bool,
    ) -> None:
        media_format = MediaFormat(admission.route.configuration.media_format)
        self._plan = plan
        self._effects = effects
        self._post = post
        self._log = call_log
        self._recording = recording_path(admission.route.limits.organization_id, admission.run_id)
        self._recorder = Recorder(
            services.recordings / self._recording if plan.is_recorded else None,
            media_format.sample_rate,
            services.disk,
            resumes=is_resumed,
            on_problem=self._recording_stopped,
        )
        self.line = CallLine(
            media_format,
            plan.agent,
            call_log,
            self._recorder,
            silence=SilenceWatch(plan.silence_timeout_s * 1000),
            control=control,
            on_key=lambda digit: post(m.KeyPressed(digit)),
            progress=progress,
        )
        self._announcer = Announcer(self.line, caller, plan.phrases, plan.speak, call_log)
        self._talk: asyncio.Task[None] | None = None
        self._answer_ms: int | None = None
        self._was_deaf = False

    def _recording_stopped(self, problem: str) -> None:
        log.warning("a call's recording ended before the call", reason=problem)
        self._log.note("recording_stopped", reason=problem)

    async def prepare(self) -> None:
        """Get the agent ready; how that went is an event."""
        started_ms = self._log.now_ms
        try:
            await self._plan.agent.prepare()
        except AgentError as error:
            self._post(m.AgentUnready(str(error)))
        else:
            self._log.note("agent_ready", duration_ms=self._log.now_ms - started_ms)
            self._post(m.AgentReady())

    def start(self) -> None:
        """Caller and agent are together."""
        self._answer_ms = self._log.now_ms
        self._log.note("answered")
        self.line.open_ears()
        self._talk = self._effects.work(self._converse())

    async def _converse(self) -> None:
        await asyncio.sleep(self._plan.greeting_delay_ms / 1000)
        try:
            end = await self._plan.agent.converse(self.line)
        except AgentError as error:
            self._post(m.AgentBroke(f"The agent could not go on: {error}"))
        else:
            self._log.note("agent_left", outcome=end.outcome)
            self._post(m.AgentLeft(Outcome(end.outcome)))

    def dismiss_agent(self, *, leaves_line: bool) -> None:
        """The agent falls silent for good; with `leaves_line` nothing at all is heard or recorded any more."""
        if self._talk is not None:
            self._talk.cancel()
        if leaves_line:
            self.line.hang_up()
        else:
            self.line.interrupt()

    def say(self, phrase: m.Phrase) -> None:
        """Say one of the call's own phrases; `Said` tells when it was heard."""
        self._effects.work(self._say(phrase))

    async def _say(self, phrase: m.Phrase) -> None:
        await self._announcer.say(phrase)
        self._post(m.Said())

    def brief(self, text: str) -> None:
        """Tell whoever is in the bridge; `Briefed` tells when it was heard."""
        self._effects.work(self._brief(text))

    async def _brief(self, text: str) -> None:
        await self._announcer.brief(text)
        self._post(m.Briefed())

    def tick(self, call: m.Call) -> None:
        """Ten times a second: the line's own work, who has been silent too long, and whether anything is heard."""
        match self.line.tick():
            case Silence.PROMPT:
                self._effects.work(self._announcer.say(m.Phrase.SILENCE_PROMPT))
            case Silence.CALLER:
                self._post(m.CallerSilent())
            case Silence.AGENT:
                self._post(m.AgentBroke("The agent did not answer in time."))
        self._mend_deafness(call)

    def _mend_deafness(self, call: m.Call) -> None:
        """New media once, when nothing at all was heard of the caller; a telephone may also just send no silence."""
        if self._was_deaf or self.line.deaf_ms < DEAF_AFTER_MS or self.line.is_speaking:
            return
        self._was_deaf = True
        reason = "Asterisk sent no sound of the caller."
        self._log.note("no_audio_from_caller", reason=reason)
        if call.can_be_controlled:
            self._post(m.MediaLost(call.attempt, reason))

    async def close(self) -> None:
        """End the audio and the agent; what was heard is in transcript and recording."""
        await self.line.close()
        await self._plan.agent.close()

    @property
    def recording_path(self) -> str | None:
        """Where the recording lies below the folder of recordings; None when there is none."""
        return self._recording if self._recorder.has_sound else None

    @property
    def recording_problem(self) -> str | None:
        """Why the recording does not hold the whole call; None when it does, and when none was wanted."""
        return self._recorder.problem if self._plan.is_recorded else None

    @property
    def latency(self) -> dict[str, Any]:
        """How long things took, for the run."""
        return {
            "answer_ms": self._answer_ms,
            "first_audio_ms": self.line.first_audio_ms,
            "turns": self._log.turn_latencies,
        }

    def quality(self, rtp: RtpStatistics | None) -> Quality | None:
        """How good the call was, once it is closed; None when caller and agent never met."""
        if self._answer_ms is None:
            return None
        begins_ms = self._answer_ms + self._plan.greeting_delay_ms
        first_ms = self.line.first_audio_ms
        caller, agent = self._recorder.levels
        return Quality(
            counts=self.line.counts,
            first_audio_ms=None if first_ms is None else max(0, first_ms - begins_ms),
            turn_latency_ms=[
                round(latency_ms)
                for turn in self._log.turn_latencies
                if isinstance(latency_ms := turn.get("turn_latency_ms"), int | float)
            ],
            caller=caller,
            agent=agent,
            rtp=rtp,
        )
