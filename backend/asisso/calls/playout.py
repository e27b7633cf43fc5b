"""What the caller hears of the agent, as a clocked queue. Pure: the time comes in, messages go out.

Speech is sent ahead of time, in whole frames and few large messages, within a bounded lead; Asterisk paces it.
A mark behind each utterance tells when it has been heard, so the transcript holds what the caller heard and a
barge-in knows how far the agent had come. Silence is never sent: every frame of it would delay what follows.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from asisso.asterisk.media.protocol import (
    FlowResumed,
    FlowStopped,
    MarkProcessed,
    MediaEvent,
    MediaProtocol,
    QueueStatus,
)
from asisso.audio.frame import PTIME_MS, MediaFormat, Pcm

from .heard_words import heard_share, split_words
from .live_sound import LiveSound

LEAD_MS = 2_000
"""Audio sent but not yet played. Far below Asterisk's limit of 20 s, long enough for any stall of ours."""

MESSAGE_FRAMES = 25
"""500 ms in one message: 16,000 bytes of slin16, a quarter of what chan_websocket takes."""

MARK_GRACE_MS = 3_000
"""After this an utterance counts as heard although its mark never came."""

BROKEN_OFF_MS = 300
"""A sentence that misses less of its end counts as heard."""

MAX_HELD_MS = 6_000
"""Speech that was held and forgotten goes on by itself."""

MAX_QUEUED_MS = 120_000
"""What an agent may say in one go; more is refused, never buffered."""

STARVED_MS = 1_000
"""A sound that came in pieces has ended when the caller has waited so long for the next one."""

Message = str | bytes


@dataclass(frozen=True, slots=True)
class Spoken:
    """An utterance the caller has heard, whole or in part; times in ms on the call's clock."""

    text: str
    started_ms: int
    ended_ms: int
    is_interrupted: bool
    lost_text: str = ""


@dataclass(slots=True)
class _Utterance:
    ordinal: int
    mark: str
    text: str
    wire: bytearray
    frame_bytes: int
    pieces: list[Pcm] = field(default_factory=list)
    samples: int = 0
    is_open: bool = False
    """Whether more of it may come."""
    is_streamed: bool = False
    sent_bytes: int = 0
    is_marked: bool = False
    started_ms: int = 0
    recorded: int = 0
    held_ms: int | None = None
    """When it was held; from then on nothing of it was heard."""
    began_ms: int = 0
    """When it was first heard, which `started_ms` is not any more once it was held."""
    broken_off: Spoken | None = None
    """What was heard of it before its socket was lost; counts only if it is never said again."""

    def add(self, pcm: Pcm, wire: bytes) -> None:
        self.pieces.append(pcm)
        self.samples += len(pcm)
        self.wire += wire

    @property
    def pcm(self) -> Pcm:
        if len(self.pieces) > 1:
            self.pieces = [np.concatenate(self.pieces)]
        return self.pieces[0]

    @property
    def is_started(self) -> bool:
        return self.sent_bytes > 0

    def heard_ms(self, now_ms: int) -> int:
        """How far the caller has heard it, once it is started; never further than it was sent."""
        until_ms = now_ms if self.held_ms is None else self.held_ms
        return min(max(0, until_ms - self.started_ms), self.sent_bytes // self.frame_bytes * PTIME_MS)


class Playout:
    """One call's outgoing audio.

    Args:
        media_format: the wire format; all PCM given to it is at the format's sample rate.

    Attributes:
        newest_sent: the ordinal of the last utterance of which something was sent.
    """

    def __init__(self, media_format: MediaFormat) -> None:
        self._format = media_format
        self._protocol: MediaProtocol | None = None
        self._queue: deque[_Utterance] = deque()
        self._marks = count(1)
        self._ordinals = count(1)
        self._sent_until_ms = 0
        self._played: list[tuple[int, Pcm]] = []
        self._held_until_ms: int | None = None
        self._live = LiveSound(media_format)
        self.sent_frames = 0
        self.xoffs = 0
        self.flushes = 0
        self.first_sent_ms: int | None = None
        self.newest_sent = 0

    @property
    def is_speaking(self) -> bool:
        return bool(self._queue)

    def is_at_rest(self, now_ms: int) -> bool:
        """Whether nothing is spoken, held or flowing: then time changes nothing, and nothing has been played."""
        is_empty = not self._queue and not self._played and self._held_until_ms is None
        return is_empty and not self._live.flows(now_ms)

    @property
    def queued_ms(self) -> int:
        return sum(self._ms(u.samples) for u in self._queue)

    def unheard_ms(self, now_ms: int) -> int:
        """What of all that the caller has yet to hear; at least 1 until Asterisk has confirmed the last of it."""
        return sum(max(1, self._left_ms(utterance, now_ms)) for utterance in self._queue)

    def _left_ms(self, utterance: _Utterance, now_ms: int) -> int:
        return self._ms(utterance.samples) - (utterance.heard_ms(now_ms) if utterance.is_started else 0)

    def attach(self, protocol: MediaProtocol) -> None:
        """Send to this socket from now on; what was queued meanwhile is spoken."""
        self._protocol = protocol

    def detach(self, now_ms: int) -> list[Spoken]:
        """The socket is gone and with it what Asterisk had queued.

        What the caller heard to its end, or nearly, is told; a sentence that broke off is said again from its
        beginning once there is a new socket: half a sentence after a gap is hard to follow.
        """
        self._protocol = None
        self._sent_until_ms = now_ms
        spoken = []
        while self._queue and self._queue[0].is_started:
            if self._left_ms(self._queue[0], now_ms) > BROKEN_OFF_MS:
                break
            spoken.append(self._finish(self._queue.popleft(), now_ms))
        for utterance in self._queue:
            self._rewind(utterance, now_ms)
        return spoken

    def _rewind(self, utterance: _Utterance, now_ms: int) -> None:
        if utterance.is_started:
            utterance.broken_off = self._cut(utterance, now_ms)
            utterance.held_ms = None
            utterance.mark = f"u{next(self._marks)}"
            utterance.sent_bytes, utterance.is_marked = 0, False
            utterance.started_ms, utterance.recorded = 0, 0

    def say(self, pcm: Pcm, text: str) -> int:
        """Queue an utterance, which `pump` sends; gives its ordinal.

        Raises:
            OverflowError: more than `MAX_QUEUED_MS` would be waiting.
        """
        if self.queued_ms + self._ms(len(pcm)) > MAX_QUEUED_MS:
            raise OverflowError(f"more than {MAX_QUEUED_MS} ms of speech would be waiting")
        self._close_open()
        utterance = self._utterance(text)
        utterance.add(pcm, self._format.encode(pcm))
        self._fill_up(utterance)
        self._queue.append(utterance)
        return utterance.ordinal

    def say_on(self, pcm: Pcm, text: str, now_ms: int, *, is_end: bool = False) -> int | None:
        """Queue the next piece of a sound that comes in pieces, which `pump` sends; gives the ordinal of the whole.

        Raises:
            OverflowError: more than `MAX_QUEUED_MS` would be waiting.
        """
        if self.unheard_ms(now_ms) + self._ms(len(pcm)) > MAX_QUEUED_MS:
            raise OverflowError(f"more than {MAX_QUEUED_MS} ms of speech would be waiting")
        utterance = self._queue[-1] if self._queue else None
        if utterance is None or not utterance.is_open or self._ms(utterance.samples) > MAX_QUEUED_MS:
            self._close_open()
            if not len(pcm):
                return None
            utterance = self._utterance("")
            utterance.is_open = utterance.is_streamed = True
            self._queue.append(utterance)
        utterance.add(pcm, self._format.encode(pcm))
        utterance.text += text
        if is_end:
            self._close_open()
        return utterance.ordinal

    def _utterance(self, text: str) -> _Utterance:
        return _Utterance(
            next(self._ordinals), f"u{next(self._marks)}", text, bytearray(), self._format.frame_bytes
        )

    def _close_open(self) -> None:
        if self._queue and self._queue[-1].is_open:
            self._queue[-1].is_open = False
            self._fill_up(self._queue[-1])

    def _fill_up(self, utterance: _Utterance) -> None:
        """Asterisk drops what is not a whole frame; what fills it up is no part of the utterance."""
        missing = -utterance.samples % self._format.frame_samples
        utterance.wire += self._format.encode(np.zeros(missing, np.int16))

    def pump(self, now_ms: int) -> list[Message]:
        """The messages that are due: called after `say`, and several times a second while speaking."""
        protocol = self._protocol
        if self._held_until_ms is not None and now_ms >= self._held_until_ms:
            self.release(now_ms)
        if protocol is None or protocol.is_stopped or self._held_until_ms is not None:
            return []
        out: list[Message] = []
        for utterance in self._queue:
            self._send(utterance, now_ms, out)
            if utterance.is_open or utterance.sent_bytes < len(utterance.wire):
                break
            if not utterance.is_marked:
                utterance.is_marked = True
                out.append(protocol.mark(utterance.mark))
        if self._live.wants_status(now_ms):
            out.append(protocol.get_status())
        return out

    def _send(self, utterance: _Utterance, now_ms: int, out: list[Message]) -> None:
        step = MESSAGE_FRAMES * self._format.frame_bytes
        whole = len(utterance.wire) // self._format.frame_bytes * self._format.frame_bytes
        while utterance.sent_bytes < whole and self._sent_until_ms - now_ms < LEAD_MS:
            begins_ms = max(now_ms, self._sent_until_ms)
            if not utterance.is_started:
                utterance.started_ms = utterance.began_ms = begins_ms
                self.newest_sent = max(self.newest_sent, utterance.ordinal)
            elif utterance.is_streamed and begins_ms > self._sent_until_ms:
                # The caller has waited for this piece: what came before keeps its time, what follows is later.
                self._keep(utterance, now_ms)
                utterance.started_ms += begins_ms - self._sent_until_ms
            message = bytes(utterance.wire[utterance.sent_bytes : min(whole, utterance.sent_bytes + step)])
            utterance.sent_bytes += len(message)
            frames = len(message) // self._format.frame_bytes
            self.sent_frames += frames
            self._sent_until_ms = begins_ms + 20 * frames
            if self.first_sent_ms is None:
                self.first_sent_ms = now_ms
            out.append(message)

    def play_live(self, pcm: Pcm, now_ms: int) -> bytes | None:
        """Continuous sound: the message to send, or None when nothing of it is to be sent now."""
        if self._protocol is None or self._protocol.is_stopped or self._queue:
            self._live.refuse(pcm)
            return None
        pcm = self._live.push(pcm, now_ms)
        if not len(pcm):
            return None
        self._played.append((now_ms, pcm))
        self.sent_frames += len(pcm) // self._format.frame_samples
        if self.first_sent_ms is None:
            self.first_sent_ms = now_ms
        return self._format.encode(pcm)

    @property
    def dropped_live_frames(self) -> int:
        """Of continuous sound, what was left out."""
        return self._live.dropped_frames

    def receive(self, event: MediaEvent, now_ms: int) -> list[Spoken]:
        """Take what Asterisk reports of its queue; gives the utterances that have now been heard."""
        match event:
            case MarkProcessed(mark):
                return self._heard_up_to(mark, now_ms)
            case QueueStatus(queue_frames):
                if not self._queue:
                    self._live.queued(queue_frames)
            case FlowStopped():
                self.xoffs += 1
            case FlowResumed():
                self._sent_until_ms = max(self._sent_until_ms, now_ms)
        return []

    def overdue(self, now_ms: int) -> list[Spoken]:
        """Utterances whose mark was lost: heard, by the clock. Ends a sound of which nothing more has come."""
        if self._held_until_ms is None and now_ms > self._sent_until_ms + STARVED_MS:
            self._close_open()
        spoken = []
        while self._queue and self._is_overdue(self._queue[0], now_ms):
            spoken.append(self._finish(self._queue.popleft(), now_ms))
        return spoken

    def hold(self, now_ms: int) -> tuple[list[Message], int] | None:
        """Stop within a frame but forget nothing: the flush to send, and the ms left to say; None when silent."""
        if not self._queue:
            return None
        if self._held_until_ms is None:
            self._held_until_ms = now_ms + MAX_HELD_MS
            for utterance in self._queue:
                self._stop(utterance, now_ms)
            self._sent_until_ms = now_ms
        first = self._queue[0]
        left_ms = self.queued_ms - (first.heard_ms(now_ms) if first.is_started else 0)
        return self._flush(), max(0, left_ms)

    def _flush(self) -> list[Message]:
        if self._protocol is None:
            return []
        self.flushes += 1
        return [self._protocol.flush()]

    def _stop(self, utterance: _Utterance, now_ms: int) -> None:
        if utterance.is_started and utterance.started_ms < now_ms:
            utterance.held_ms = now_ms
            self._keep(utterance, now_ms)
        else:
            utterance.sent_bytes, utterance.is_marked = 0, False
        utterance.mark = f"u{next(self._marks)}"

    def release(self, now_ms: int) -> None:
        """Go on where `hold` stopped, from the last gap between words before that; `pump` sends it."""
        self._held_until_ms = None
        self._sent_until_ms = now_ms
        for utterance in self._queue:
            if utterance.held_ms is None:
                continue
            again = resume_at(utterance.pcm, utterance.heard_ms(now_ms), self._format)
            if self._left_ms(utterance, now_ms) <= 0:
                again = len(utterance.wire) // self._format.frame_bytes
            utterance.held_ms = None
            utterance.sent_bytes, utterance.is_marked = again * self._format.frame_bytes, False
            utterance.started_ms = now_ms - 20 * again
            utterance.recorded = again * self._format.frame_samples

    def interrupt(self, now_ms: int) -> tuple[list[Message], list[Spoken]]:
        """Stop within a frame: the flush to send, and what was and was not heard of each utterance."""
        if not self._queue:
            return [], []
        spoken = [self._cut(u, now_ms) for u in self._queue]
        self._queue.clear()
        self._sent_until_ms = now_ms
        self._held_until_ms = None
        return self._flush(), spoken

    def take_played(self, until_ms: int) -> list[tuple[int, Pcm]]:
        """The audio the caller heard up to that time and that was not taken before, with its time: for the recorder."""
        for utterance in self._queue:
            if utterance.is_started:
                self._keep(utterance, until_ms)
        played, self._played = self._played, []
        return played

    def _heard_up_to(self, mark: str, now_ms: int) -> list[Spoken]:
        if all(u.mark != mark for u in self._queue):
            return []
        spoken = []
        while self._queue:
            utterance = self._queue.popleft()
            spoken.append(self._finish(utterance, now_ms))
            if utterance.mark == mark:
                break
        self._rebase(now_ms)
        return spoken

    def _rebase(self, now_ms: int) -> None:
        """A mark is the truth about Asterisk's clock: what follows begins now."""
        frames_left = 0
        for utterance in self._queue:
            if utterance.is_started:
                utterance.started_ms = utterance.began_ms = now_ms + 20 * frames_left
                frames_left += utterance.sent_bytes // self._format.frame_bytes
        self._sent_until_ms = now_ms + 20 * frames_left

    def _is_overdue(self, utterance: _Utterance, now_ms: int) -> bool:
        ends_ms = utterance.started_ms + self._ms(utterance.samples)
        is_held = utterance.held_ms is not None
        return utterance.is_marked and not is_held and now_ms > ends_ms + MARK_GRACE_MS

    def _finish(self, utterance: _Utterance, now_ms: int) -> Spoken:
        ended_ms = min(now_ms, utterance.started_ms + self._ms(utterance.samples))
        self._keep(utterance, now_ms + self._ms(utterance.samples))
        return Spoken(utterance.text, utterance.began_ms, max(ended_ms, utterance.began_ms), False)

    def _cut(self, utterance: _Utterance, now_ms: int) -> Spoken:
        if not utterance.is_started:
            return utterance.broken_off or Spoken("", now_ms, now_ms, True, utterance.text)
        total_ms = self._ms(utterance.samples)
        heard_ms = min(utterance.heard_ms(now_ms), total_ms)
        self._keep(utterance, now_ms)
        heard_samples = heard_ms * self._format.sample_rate // 1000
        share = 1.0 if heard_ms == total_ms else heard_share(utterance.pcm, heard_samples)
        heard, lost = split_words(utterance.text, share)
        return Spoken(heard, utterance.began_ms, utterance.started_ms + heard_ms, bool(lost), lost)

    def _keep(self, utterance: _Utterance, until_ms: int) -> None:
        rate = self._format.sample_rate
        heard_ms = min(utterance.heard_ms(until_ms), max(0, until_ms - utterance.started_ms))
        upto = min(utterance.samples, heard_ms * rate // 1000)
        if upto > utterance.recorded:
            at_ms = utterance.started_ms + utterance.recorded * 1000 // rate
            self._played.append((at_ms, utterance.pcm[utterance.recorded : upto]))
            utterance.recorded = upto

    def _ms(self, samples: int) -> int:
        return samples * 1000 // self._format.sample_rate


AGAIN_MS = 1_200
"""How far back a held sentence is taken up again at the most: to the last gap between words, so that none is cut."""

_GAP_FRAMES = 2


def resume_at(pcm: Pcm, heard_ms: int, media_format: MediaFormat) -> int:
    """The 20 ms frame of a sentence to go on from, when its caller has heard so much of it."""
    heard = min(heard_ms // 20, len(pcm) // media_format.frame_samples)
    earliest = max(0, heard - AGAIN_MS // 20)
    frames = pcm[earliest * media_format.frame_samples : heard * media_format.frame_samples]
    if not len(frames):
        return earliest
    loudness = np.abs(frames.reshape(-1, media_format.frame_samples).astype(np.int32)).mean(axis=1)
    pairs = np.convolve(loudness, np.ones(_GAP_FRAMES), "valid") if len(loudness) >= _GAP_FRAMES else loudness
    # Of equally silent gaps the last one.
    quietest = len(pairs) - 1 - int(np.argmin(pairs[::-1]))
    return earliest if earliest == 0 and heard < _GAP_FRAMES else earliest + quietest
