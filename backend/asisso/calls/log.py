"""What a call will be remembered by: its timeline and its transcript, collected in memory, written in batches.

Lives on the event loop and never waits; `runs` writes what `take` gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from asisso.metrics import observe_turn
from asisso.vocabulary import Speaker

from .call_clock import CallClock

MAX_EVENTS = 5_000
MERGE_GAP_MS = 1_500
"""Sentences of the agent that follow each other this closely are one turn."""

Detail = dict[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    position: int
    at_ms: int
    kind: str
    detail: Detail


@dataclass(slots=True)
class Turn:
    position: int
    speaker: Speaker
    text: str
    started_ms: int
    ended_ms: int
    is_interrupted: bool


@dataclass(frozen=True, slots=True)
class Batch:
    events: list[TimelineEntry] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.events and not self.turns


class CallLog:
    """The clock, the timeline and the transcript of one call; times are ms since the call reached us.

    Args:
        elapsed_ms, event_count, turns, latencies: of an earlier process that carried the call.

    Attributes:
        clock: of the call.
    """

    def __init__(
        self,
        elapsed_ms: int = 0,
        event_count: int = 0,
        turns: Sequence[Turn] = (),
        latencies: Sequence[Detail] = (),
    ) -> None:
        self.clock = CallClock(elapsed_ms)
        self._events: list[TimelineEntry] = []
        self._event_count = event_count
        self._turns: list[Turn] = list(turns)
        self._dirty: set[int] = set()
        self.turn_latencies: list[Detail] = list(latencies)

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    def note(self, kind: str, **detail: str | int | float | bool | None) -> None:
        """Add to the timeline; after `MAX_EVENTS` only the count goes on."""
        self._event_count += 1
        if kind == "turn":
            self.turn_latencies.append(detail)
            observe_turn(detail)
        if self._event_count <= MAX_EVENTS:
            self._events.append(TimelineEntry(self._event_count, self.now_ms, kind, detail))
        elif self._event_count == MAX_EVENTS + 1:
            self._events.append(TimelineEntry(self._event_count, self.now_ms, "timeline_full", {}))

    def caller_said(self, text: str, started_ms: int, ended_ms: int) -> None:
        self._add(Speaker.CALLER, text, started_ms, ended_ms, is_interrupted=False)

    def agent_said(self, text: str, started_ms: int, ended_ms: int, *, is_interrupted: bool) -> None:
        """Add what the caller heard of a sentence; it joins the sentence just before it."""
        last = self._turns[-1] if self._turns else None
        if (
            last is not None
            and last.speaker is Speaker.AGENT
            and not last.is_interrupted
            and started_ms - last.ended_ms < MERGE_GAP_MS
        ):
            last.text = f"{last.text} {text}".strip()
            last.ended_ms = ended_ms
            last.is_interrupted = is_interrupted
            self._dirty.add(last.position)
        elif text:
            self._add(Speaker.AGENT, text, started_ms, ended_ms, is_interrupted=is_interrupted)

    def _add(
        self, speaker: Speaker, text: str, started_ms: int, ended_ms: int, *, is_interrupted: bool
    ) -> None:
        turn = Turn(len(self._turns) + 1, speaker, text, started_ms, ended_ms, is_interrupted)
        self._turns.append(turn)
        self._dirty.add(turn.position)

    @property
    def waiting(self) -> int:
        """How many events and turns have not been taken yet."""
        return len(self._events) + len(self._dirty)

    def take(self) -> Batch:
        """What has changed since the last call of `take`."""
        batch = Batch(self._events, [self._turns[p - 1] for p in sorted(self._dirty)])
        self._events, self._dirty = [], set()
        return batch

    def give_back(self, batch: Batch) -> None:
        """Return a batch that could not be written, to be written later."""
        self._events = batch.events + self._events
        self._dirty |= {turn.position for turn in batch.turns}
