"""Reads what a socket has, without waiting: the plain form of `read_now.pyx`, for where that is not compiled."""

from __future__ import annotations

import os


def read_now(fd: int, max_bytes: int) -> bytes | None:
    """So many bytes at the most; None where there is nothing yet, and no bytes at the end.

    Raises:
        OSError: the connection is broken.
    """
    try:
        return os.read(fd, max_bytes)
    except BlockingIOError:
        return None
