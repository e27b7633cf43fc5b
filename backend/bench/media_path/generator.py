"""Plays chan_websocket for many calls: a frame each 20 ms and call, paced by the clock, from one process.

python -m bench.media_path.generator ORDER    (JSON, see `Order`); prints one JSON object, see `Load.figures`.

Each frame carries its number in its first four samples, a nibble each, far below any gate; an echo is known by it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.figures import percentile

FRAME_S = 0.02
FRAME_BYTES = 640
SLOTS = 20
"""Calls are spread over the 20 ms as real ones are, a slot each millisecond."""

CONNECT_AT_ONCE = 20
MARK_BYTES = 8


@dataclass(frozen=True, slots=True)
class Order:
    """What to do.

    Attributes:
        tickets: a channel id and a secret for each call; empty strings for a server that wants none.
        speech: a file of slin16 sound that every call loops, each from another place.
        warm_s: before anything is counted.
    """

    url: str
    tickets: list[tuple[str, str]]
    secret_variable: str
    speech: str
    warm_s: float
    seconds: float


@dataclass
class Load:
    """What all calls of the process count together, from `counts` on."""

    counts: bool = False
    sent: int = 0
    heard: int = 0
    lost: int = 0
    latencies: list[float] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)
    others: int = 0

    def figures(self, cpu_ms: float) -> dict[str, float | int | None]:
        """Times in ms. `lateness` is the generator's own: how long after its time a frame left."""
        return {
            "sent": self.sent,
            "heard": self.heard,
            "lost_calls": self.lost,
            "latency_p50": _ms(self.latencies, 0.5),
            "latency_p99": _ms(self.latencies, 0.99),
            "lateness_p99": _ms(self.lateness, 0.99),
            "lateness_max": _ms(self.lateness, 1.0),
            "generator_cpu_ms": round(cpu_ms, 1),
        }


class Channel(WSListener):
    """One media channel of the pretended Asterisk."""

    def __init__(
        self, load: Load, order: Order, ticket: tuple[str, str], frames: list[bytes], at: int
    ) -> None:
        self._load = load
        self._order = order
        self._ticket = ticket
        self._frames = frames
        self._next = at
        self._number = 0
        self._sent_at = [0.0] * 65_536
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        channel_id, secret = self._ticket
        if channel_id:
            start = {
                "event": "MEDIA_START",
                "connection_id": "media",
                "channel": "WebSocket/media/0x7f5d00",
                "channel_id": channel_id,
                "format": "slin16",
                "optimal_frame_size": FRAME_BYTES,
                "ptime": 20,
                "channel_variables": {self._order.secret_variable: secret},
            }
            transport.send(WSMsgType.TEXT, json.dumps(start).encode())
        self.transport = transport

    def send_frame(self) -> None:
        """The next 20 ms."""
        if self.transport is None:
            return
        frames, number = self._frames, self._number
        body = frames[self._next]
        self._next = (self._next + 1) % len(frames)
        self._number = (number + 1) & 0xFFFF
        mark = bytes((number & 15, 0, number >> 4 & 15, 0, number >> 8 & 15, 0, number >> 12, 0))
        self._sent_at[number] = time.perf_counter()
        self.transport.send(WSMsgType.BINARY, mark + body)
        self._load.sent += self._load.counts

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self._answer(transport, frame.get_payload_as_utf8_text())
        elif frame.msg_type is WSMsgType.BINARY and self._load.counts:
            now = time.perf_counter()
            payload = frame.get_payload_as_bytes()
            for start in range(0, len(payload), FRAME_BYTES):
                self._heard(payload[start : start + MARK_BYTES], now)

    def _heard(self, mark: bytes, now: float) -> None:
        self._load.heard += 1
        if len(mark) == MARK_BYTES and not any(mark[1::2]) and max(mark) < 16:
            number = mark[0] | mark[2] << 4 | mark[4] << 8 | mark[6] << 12
            if self._sent_at[number]:
                self._load.latencies.append(now - self._sent_at[number])
                self._sent_at[number] = 0.0

    def _answer(self, transport: WSTransport, text: str) -> None:
        """As chan_websocket with an empty queue would."""
        command = json.loads(text)
        match command["command"]:
            case "MARK_MEDIA":
                heard = {"event": "MEDIA_MARK_PROCESSED", "correlation_id": command["correlation_id"]}
                transport.send(WSMsgType.TEXT, json.dumps(heard).encode())
            case "GET_STATUS":
                status = {"event": "STATUS", "queue_length": 0, "queue_full": False}
                transport.send(WSMsgType.TEXT, json.dumps(status).encode())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.transport = None
        self._load.lost += 1


async def run(order: Order, sound: bytes) -> dict[str, float | int | None]:
    """Connect, warm up, count, hang up."""
    frames = [
        sound[i + MARK_BYTES : i + FRAME_BYTES] for i in range(0, len(sound) - FRAME_BYTES, FRAME_BYTES)
    ]
    load = Load()
    channels = [
        Channel(load, order, ticket, frames, n * len(frames) // len(order.tickets))
        for n, ticket in enumerate(order.tickets)
    ]
    for start in range(0, len(channels), CONNECT_AT_ONCE):
        await asyncio.gather(*(_connect(c, order.url) for c in channels[start : start + CONNECT_AT_ONCE]))
    gc.collect()
    gc.freeze()
    pacing = asyncio.create_task(_pace(channels, load))
    await asyncio.sleep(order.warm_s)
    print("counting", flush=True)
    load.counts, cpu = True, time.process_time()
    await asyncio.sleep(order.seconds)
    load.counts, cpu = False, time.process_time() - cpu
    print("counted", flush=True)
    pacing.cancel()
    figures = load.figures(cpu * 1000)
    for channel in channels:
        if channel.transport is not None:
            channel.transport.send_close()
            channel.transport.disconnect()
    return figures


async def _connect(channel: Channel, url: str) -> None:
    await ws_connect(lambda: channel, url)


async def _pace(channels: list[Channel], load: Load) -> None:
    slots = [channels[n::SLOTS] for n in range(SLOTS)]
    began = time.perf_counter()
    tick = 0
    while True:
        tick += 1
        due = began + tick * FRAME_S / SLOTS
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        if load.counts:
            load.lateness.append(time.perf_counter() - due)
        for channel in slots[tick % SLOTS]:
            channel.send_frame()


def _ms(values: list[float], share: float) -> float | None:
    return round(percentile(values, share) * 1000, 2) if values else None


if __name__ == "__main__":
    ordered = Order(**json.loads(sys.argv[1]))
    print(json.dumps(uvloop.run(run(ordered, Path(ordered.speech).read_bytes()))), flush=True)
