"""A media socket's bytes: the plain form of `wire.pyx`, for where that is not compiled."""

from __future__ import annotations

import os

try:
    from websockets.speedups import apply_mask
except ImportError:  # no wheel for this machine
    from websockets.utils import apply_mask


def read_now(fd: int, max_bytes: int) -> bytes | None:
    """So many bytes at the most; None where there is nothing yet, and no bytes at the end.

    Raises:
        OSError: the connection is broken.
    """
    try:
        return os.read(fd, max_bytes)
    except BlockingIOError:
        return None


def unmasked(data: bytes, at: int, length: int) -> bytes:
    """So many bytes of a frame's payload, whose mask of four bytes begins `at`. Source: RFC 6455, 5.3."""
    return apply_mask(data[at + 4 : at + 4 + length], data[at : at + 4])
