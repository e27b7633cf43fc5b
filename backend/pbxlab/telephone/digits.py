"""Keypad digits as RTP events (RFC 4733).

Pure. The sender says what each 20 ms packet carries; the receiver takes every packet and tells new digits.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

KEYS = "0123456789*#ABCD"
EVENT_CLOCK_HZ = 8000
TONE_FRAMES = 8
# The end packet is sent three times so that a lost one does not hold the key down (RFC 4733 2.5.1.4).
END_REPEATS = 3
PAUSE_FRAMES = 5
_VOLUME = 10
_END_BIT = 0x80


@dataclass(frozen=True)
class EventFrame:
    """What one packet of a digit carries; `is_first` asks for the RTP marker and fixes the timestamp."""

    payload: bytes
    is_first: bool = False


def frames_of(digits: str, ptime_ms: int = 20) -> Iterator[EventFrame | None]:
    """The packets of some digits in order, one each `ptime_ms`; `None` is a pause in which audio flows.

    Raises:
        ValueError: a character that is not on a keypad.
    """
    step = EVENT_CLOCK_HZ * ptime_ms // 1000
    for digit in digits.upper():
        key = KEYS.index(digit)
        for number in range(1, TONE_FRAMES + 1):
            yield EventFrame(struct.pack("!BBH", key, _VOLUME, number * step), is_first=number == 1)
        for _ in range(END_REPEATS):
            yield EventFrame(struct.pack("!BBH", key, _END_BIT | _VOLUME, TONE_FRAMES * step))
        for _ in range(PAUSE_FRAMES):
            yield None


class DigitReceiver:
    """Turns event packets into digits, one for each press, however often its packets are repeated."""

    def __init__(self) -> None:
        self._pressed_at_timestamp: int | None = None

    def receive(self, timestamp: int, payload: bytes) -> str:
        """The digit whose press starts with this packet, or nothing; `timestamp` is the packet's own."""
        if len(payload) < 4 or payload[0] >= len(KEYS) or timestamp == self._pressed_at_timestamp:
            return ""
        self._pressed_at_timestamp = timestamp
        return KEYS[payload[0]]
