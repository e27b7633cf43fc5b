"""Hands out blocks of ports so that several instances, of several runs, live side by side on one machine.

Owns lock files in the temporary folder; a block is free again when its process ends, however it ends.
"""

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from pbxlab.errors import PbxUnavailable

# Below the kernel's usual ephemeral range (32768 and up), so that no outgoing connection takes one of them.
FIRST_PORT = 14_000
BLOCK_SIZE = 400
BLOCK_COUNT = 46
_RTP_OFFSET = 10


@dataclass
class Ports:
    """Ports of one instance, held until `release`.

    Attributes:
        http: TCP port of Asterisk's HTTP server (ARI).
        sip: UDP port of Asterisk's SIP.
        telephone: UDP port at which Asterisk finds the telephones 6001 to 6009.
        rtp: first and last UDP port of Asterisk's audio; two a call.
    """

    http: int
    sip: int
    telephone: int
    rtp: tuple[int, int]
    _lock: TextIO | None = field(default=None, repr=False)

    @classmethod
    def reserve(cls, *, http: int | None = None, sip: int | None = None) -> "Ports":
        """Take a free block; `http` and `sip` may be fixed by the caller instead.

        Raises:
            PbxUnavailable: every block is taken, or a fixed port is.
        """
        for block in range(BLOCK_COUNT):
            lock = _try_lock(block)
            if lock is None:
                continue
            first = FIRST_PORT + block * BLOCK_SIZE
            rtp = (first + _RTP_OFFSET, first + BLOCK_SIZE - 1)
            ports = cls(http or first, sip or first + 1, first + 2, rtp, lock)
            if ports._are_free():
                return ports
            ports.release()
            if http or sip:
                raise PbxUnavailable(f"Port {http or sip} is taken by another program.", retryable=True)
        raise PbxUnavailable("Every block of ports is in use by another instance.", retryable=True)

    def release(self) -> None:
        """Give the block back; safe to repeat."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _are_free(self) -> bool:
        with ExitStack() as bound:
            try:
                bound.enter_context(_bound(socket.SOCK_STREAM, self.http))
                bound.enter_context(_bound(socket.SOCK_DGRAM, self.sip))
                bound.enter_context(_bound(socket.SOCK_DGRAM, self.telephone))
            except OSError:
                return False
        return True


@contextmanager
def _bound(kind: socket.SocketKind, port: int) -> Iterator[None]:
    with socket.socket(socket.AF_INET, kind) as probe:
        # As Asterisk does: a port whose last connections linger in TIME_WAIT is free for a server.
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        yield


def _try_lock(block: int) -> TextIO | None:
    folder = Path(tempfile.gettempdir()) / f"pbxlab-ports-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = (folder / f"{block}.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock
