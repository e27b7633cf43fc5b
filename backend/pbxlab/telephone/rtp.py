"""RTP packets, the sockets they travel through, and the clock they are sent by (RFC 3550).

Owns one pair of UDP ports a call and one timer for all calls. Must not know of SIP, or what the audio says.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from pbxlab.telephone.codecs import PTIME_MS

_HEADER = struct.Struct("!BBHII")
_VERSION_BITS = 0x80
_MARKER_BIT = 0x80
# Linux's number for nanosecond receive times; Python's socket module does not name it before 3.13.
SO_TIMESTAMPNS = getattr(socket, "SO_TIMESTAMPNS", 35)
_TIMESPEC = struct.Struct("@ll")
MAX_PACKET_BYTES = 4096
RECEIVE_BUFFER_BYTES = 1 << 20
PORT_ATTEMPTS = 100
# A clock that fell further behind than this (a stopped process) goes on from now instead of bursting.
MAX_CATCH_UP_S = 0.2


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One packet; timestamps count samples of the codec's clock."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    is_marked: bool = False

    def to_bytes(self) -> bytes:
        type_byte = self.payload_type | (_MARKER_BIT if self.is_marked else 0)
        header = _HEADER.pack(
            _VERSION_BITS, type_byte, self.sequence & 0xFFFF, self.timestamp & 0xFFFFFFFF, self.ssrc
        )
        return header + self.payload


@dataclass(frozen=True, slots=True)
class ReceivedPacket:
    """A packet and the wall-clock time at which the kernel took it from the network."""

    at: float
    packet: RtpPacket


def parse(data: bytes) -> RtpPacket | None:
    """A datagram as an RTP packet; `None` for anything else, RTCP included."""
    if len(data) < _HEADER.size or data[0] >> 6 != 2 or 192 <= data[1] <= 223:
        return None
    flags, type_byte, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    start = _HEADER.size + 4 * (flags & 0x0F)
    if flags & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data) - (data[-1] if flags & 0x20 else 0)
    payload = data[start:end]
    return RtpPacket(type_byte & 0x7F, sequence, timestamp, ssrc, payload, bool(type_byte & _MARKER_BIT))


class RtpSocket:
    """A bound pair of ports: RTP on the even one, and the odd one held for the RTCP sent to it."""

    def __init__(self, host: str, on_packet: Callable[[ReceivedPacket], None]) -> None:
        self._socket, self._rtcp_socket = _bind_pair(host)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._on_packet = on_packet
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._read_all)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def send(self, packet: RtpPacket, address: tuple[str, int]) -> None:
        """Send one packet; what the network will not take is lost, as on any network."""
        try:
            self._socket.sendto(packet.to_bytes(), address)
        except (BlockingIOError, ConnectionRefusedError):
            return

    def close(self) -> None:
        if self._socket.fileno() < 0:
            return
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        self._rtcp_socket.close()

    def _read_all(self) -> None:
        while self._socket.fileno() >= 0:
            try:
                data, ancillary, _, _ = self._socket.recvmsg(MAX_PACKET_BYTES, 64)
            except (BlockingIOError, ConnectionRefusedError):
                return
            packet = parse(data)
            if packet is not None:
                self._on_packet(ReceivedPacket(_received_at(ancillary), packet))


class RtpClock:
    """Calls every registered sender once each 20 ms, all from one timer that does not drift."""

    def __init__(self) -> None:
        self._senders: list[Callable[[], None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._due_at = 0.0

    def add(self, sender: Callable[[], None]) -> None:
        self._senders.append(sender)
        if self._timer is None:
            self._due_at = asyncio.get_running_loop().time()
            self._arm()

    def remove(self, sender: Callable[[], None]) -> None:
        if sender in self._senders:
            self._senders.remove(sender)
        if not self._senders and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_at(self._due_at, self._tick)

    def _tick(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._due_at > MAX_CATCH_UP_S:
            self._due_at = now
        while self._due_at <= now:
            for sender in tuple(self._senders):
                sender()
            self._due_at += PTIME_MS / 1000
        if self._senders:
            self._arm()


def _bind_pair(host: str) -> tuple[socket.socket, socket.socket]:
    for _ in range(PORT_ATTEMPTS):
        rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        rtcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            rtp.bind((host, 0))
            port = rtp.getsockname()[1]
            if port % 2 == 0:
                rtcp.bind((host, port + 1))
                return rtp, rtcp
        except OSError:
            pass
        rtp.close()
        rtcp.close()
    raise OSError(f"no free pair of UDP ports on {host}")


def _received_at(ancillary: list[tuple[int, int, bytes]]) -> float:
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(value) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(value)
            return float(seconds) + float(nanoseconds) / 1e9
    return time.time()
