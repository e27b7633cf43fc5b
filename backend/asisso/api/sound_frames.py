"""Reads the one shape of WebSocket frame that matters for speed: the whole masked binary one, 50 times a second."""

from __future__ import annotations

from typing import Final

from asisso.calls.caller_sound import CallerSound

from .wire import unmasked

FIN_BINARY: Final = 0x82
MASKED_16_BIT: Final = 0xFE
HEAD_BYTES: Final = 8


def take_sound(data: bytes, at: int, max_bytes: int, sound: CallerSound) -> int:
    """Give all whole frames of sound from `at` on to the call; gives where something else begins, or the end.

    Whoever hears a frame may disconnect; then those behind it are something else.

    Args:
        max_bytes: a frame with a longer payload is something else.
    """
    size = len(data)
    while sound.is_connected and size - at >= HEAD_BYTES:
        if data[at] != FIN_BINARY or data[at + 1] != MASKED_16_BIT:
            break
        length = data[at + 2] << 8 | data[at + 3]
        if length > max_bytes or at + HEAD_BYTES + length > size:
            break
        sound.take(unmasked(data, at + 4, length))
        at += HEAD_BYTES + length
    return at
