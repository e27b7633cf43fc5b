"""The audio of one call: what it says on the clock's beat, and all it hears with the time it heard it.

Owns the RTP side of a call. Must not know of SIP: it is told where to send and when to stop.
"""

import random
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from pbxlab.telephone import digits, sdp, timeline
from pbxlab.telephone.codecs import Codec, resample
from pbxlab.telephone.g711 import Pcm
from pbxlab.telephone.rtp import ReceivedPacket, RtpClock, RtpPacket, RtpSocket

# Packets louder than this count as sound; comfort noise and codec idle patterns lie far below.
AUDIBLE_RMS = 300.0
# Half an hour of speech.
MAX_QUEUED_FRAMES = 90_000


@dataclass(frozen=True, slots=True)
class HeardDigit:
    """A key pressed at the far end and when its first packet came."""

    at: float
    digit: str


class CallMedia:
    """The RTP of one call.

    Attributes:
        heard: every audio packet received, in order of arrival.
        heard_digits: keys pressed at the far end.
        sends_silence: whether silent frames are sent when there is nothing to say.
        surroundings: what is heard beside whoever speaks, all the time: frames of samples, mixed with
            what is said, or sent alone.
        loses: says of a packet's sequence number whether the network loses it.
    """

    def __init__(self, host: str, codec: Codec, clock: RtpClock, on_change: Callable[[], None]) -> None:
        self.codec = codec
        self.sends_silence = True
        self.surroundings: Iterator[Pcm] | None = None
        self.loses: Callable[[int], bool] = lambda sequence: False
        self.heard: list[ReceivedPacket] = []
        self.heard_digits: list[HeardDigit] = []
        self._host = host
        self._clock = clock
        self._on_change = on_change
        self._socket = RtpSocket(host, self._receive)
        self._silence = codec.encode(np.zeros(codec.samples_per_frame, np.int16))
        self._session_id = random.getrandbits(31)
        self._stream: sdp.AudioStream | None = None
        self._is_sending = False
        self._ssrc = random.getrandbits(32)
        self._sequence = random.getrandbits(15)
        self._timestamp = random.getrandbits(31)
        self._audible_at: list[float] = []
        self._to_say: deque[bytes] = deque()
        self._said: list[tuple[float, bytes]] = []
        self._keys: Iterator[digits.EventFrame | None] = iter(())
        self._key_timestamp = 0
        self._keys_pending = False
        self._key_receiver = digits.DigitReceiver()

    def describe(self, direction: str = "sendrecv") -> bytes:
        """The session description of this end: its port and its codec, under the far end's numbers if known."""
        number = self._stream.payload_type_of(self.codec) if self._stream else None
        keys = self._stream.telephone_event_type if self._stream else None
        return sdp.describe(
            self._host,
            self._socket.port,
            [(self.codec.payload_type if number is None else number, self.codec)],
            session_id=self._session_id,
            telephone_event_type=keys or sdp.TELEPHONE_EVENT_TYPE,
            direction=direction,
        )

    def connect(self, stream: sdp.AudioStream) -> None:
        """Send to the far end's description, from the next tick on; called again when it changes."""
        self._stream = stream
        if not self._is_sending:
            self._is_sending = True
            self._clock.add(self._tick)

    def close(self) -> None:
        """Stop sending and let the ports go."""
        self._clock.remove(self._tick)
        self._is_sending = False
        self._socket.close()

    def say(self, pcm: Pcm) -> None:
        """Queue samples at the codec's rate behind what is still to be said.

        Raises:
            ValueError: more than `MAX_QUEUED_FRAMES` would be waiting.
        """
        frames = self.codec.frames(pcm)
        if len(self._to_say) + len(frames) > MAX_QUEUED_FRAMES:
            raise ValueError(f"more than {MAX_QUEUED_FRAMES} frames would be waiting to be said")
        self._to_say.extend(frames)

    def stop_saying(self) -> None:
        """Drop what is still to be said."""
        self._to_say.clear()

    def press(self, keys: str) -> None:
        """Press keys, one after the other, from the next tick on; speech waits meanwhile.

        Raises:
            ValueError: not on a keypad, the last keys are still being sent, or the far end takes no keys.
        """
        if self._stream is None or self._stream.telephone_event_type is None:
            raise ValueError("the far end takes no RFC 4733 digits")
        if self._keys_pending:
            raise ValueError("the keys pressed before are still being sent")
        frames = list(digits.frames_of(keys))
        self._keys, self._keys_pending = iter(frames), True

    @property
    def has_said_all(self) -> bool:
        """Whether nothing, speech or key, is left to be sent."""
        return not self._to_say and not self._keys_pending

    @property
    def last_audible_at(self) -> float | None:
        return self._audible_at[-1] if self._audible_at else None

    def audible_since(self, at: float) -> float | None:
        """When the first audible packet at or after a time came, if one did."""
        place = bisect_left(self._audible_at, at)
        return self._audible_at[place] if place < len(self._audible_at) else None

    def heard_pcm(self, start_at: float, end_at: float, sample_rate_hz: int) -> Pcm:
        """What was heard, laid on the wall clock with silence in the gaps."""
        frames = ((got.at, self.codec.decode(got.packet.payload)) for got in self.heard)
        return self._track(frames, start_at, end_at, sample_rate_hz)

    def said_pcm(self, start_at: float, end_at: float, sample_rate_hz: int) -> Pcm:
        """What was said, laid on the wall clock with silence in the gaps."""
        frames = ((at, self.codec.decode(payload)) for at, payload in self._said)
        return self._track(frames, start_at, end_at, sample_rate_hz)

    def _track(
        self, frames: Iterator[tuple[float, Pcm]], start_at: float, end_at: float, rate_hz: int
    ) -> Pcm:
        track = timeline.lay_out(frames, self.codec.sample_rate_hz, start_at, end_at)
        return resample(track, self.codec.sample_rate_hz, rate_hz)

    def _tick(self) -> None:
        stream = self._stream
        self._timestamp += self.codec.samples_per_frame
        if stream is None or not stream.wants_audio:
            return
        if self._keys_pending and self._send_key_frame(stream):
            return
        if self._to_say:
            payload = self._to_say.popleft()
            self._said.append((time.time(), payload))
            self._send(stream, self._in_surroundings(payload))
            if not self._to_say:
                self._on_change()
        elif self.sends_silence:
            self._send(stream, self._in_surroundings(self._silence))

    def _in_surroundings(self, payload: bytes) -> bytes:
        if self.surroundings is None:
            return payload
        mixed = self.codec.decode(payload).astype(np.int32) + next(self.surroundings)
        return self.codec.encode(np.clip(mixed, -32768, 32767).astype(np.int16))

    def _send_key_frame(self, stream: sdp.AudioStream) -> bool:
        """Send this tick's packet of a key; false in the pauses, when audio may flow."""
        try:
            frame = next(self._keys)
        except StopIteration:
            self._keys_pending = False
            self._on_change()
            return False
        event_type = stream.telephone_event_type
        if frame is None or event_type is None:
            return False
        if frame.is_first:
            self._key_timestamp = self._timestamp
        self._emit(stream, event_type, self._key_timestamp, frame.payload, is_marked=frame.is_first)
        return True

    def _send(self, stream: sdp.AudioStream, payload: bytes) -> None:
        number = stream.payload_type_of(self.codec)
        self._emit(stream, self.codec.payload_type if number is None else number, self._timestamp, payload)

    def _emit(
        self, stream: sdp.AudioStream, number: int, timestamp: int, payload: bytes, *, is_marked: bool = False
    ) -> None:
        self._sequence += 1
        if self.loses(self._sequence):
            return
        packet = RtpPacket(number, self._sequence, timestamp, self._ssrc, payload, is_marked)
        self._socket.send(packet, (stream.address, stream.port))

    def _receive(self, received: ReceivedPacket) -> None:
        packet = received.packet
        if packet.payload_type == self._event_type:
            if digit := self._key_receiver.receive(packet.timestamp, packet.payload):
                self.heard_digits.append(HeardDigit(received.at, digit))
                self._on_change()
            return
        if packet.payload_type != self._audio_type:
            return
        self.heard.append(received)
        if timeline.rms(self.codec.decode(packet.payload)) >= AUDIBLE_RMS:
            self._audible_at.append(received.at)
        self._on_change()

    @property
    def _audio_type(self) -> int:
        number = self._stream.payload_type_of(self.codec) if self._stream else None
        return self.codec.payload_type if number is None else number

    @property
    def _event_type(self) -> int:
        return (self._stream and self._stream.telephone_event_type) or sdp.TELEPHONE_EVENT_TYPE
