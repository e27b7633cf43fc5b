"""Barge-in at the telephone: how soon it is silent once the product says flush, and once the caller speaks.

A tap between the product and Asterisk tells when FLUSH_MEDIA passes; the telephone, on the same machine, when the
kernel took each packet from the network.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import numpy as np

from pbxlab import sounds
from pbxlab.telephone.call import PhoneCall
from pbxlab.telephone.codecs import load_wav
from pbxlab.telephone.telephone import Telephone

from .figures import p50_p95_max
from .product import Product
from .stage import Stage

TRIES = 20
FRAME_MS = 20
QUIET_MS = 300
READ_BYTES = 65_536
FLUSH = b"FLUSH_MEDIA"
STORY = (
    "Welcome to the public library. We are open every day from nine in the morning until six in the evening. "
    "You can ask me about books, about the reading room, and about the children's programme. "
    "On Saturdays we have a market for old books in the yard behind the house."
)
INTERRUPTION = "demo-nomatch"
VOICED_RMS = 500.0


class FlushTap:
    """Passes everything between Asterisk and the product, and notes when a flush goes by.

    Attributes:
        flushed_at: the wall clock's times of the flushes.
    """

    def __init__(self, product: Product) -> None:
        self.flushed_at: list[float] = []
        self._product_port = product.port
        self._server: asyncio.Server
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[FlushTap]:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        try:
            yield self
        finally:
            self._server.close()
            for task in self._tasks:
                task.cancel()

    def stand_between(self, files: dict[str, str]) -> dict[str, str]:
        """The files generated for Asterisk, with the tap in the product's place for media."""
        port = self._server.sockets[0].getsockname()[1]
        name = "websocket_client.conf"
        ours, theirs = f"127.0.0.1:{self._product_port}", f"127.0.0.1:{port}"
        return files | {name: files[name].replace(ours, theirs)}

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_product, to_product = await asyncio.open_connection("127.0.0.1", self._product_port)
        for way in (self._copy(reader, to_product), self._copy(from_product, writer)):
            task = asyncio.create_task(way)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        # A command is far shorter than what is read at once, and a server's frames are not masked.
        with suppress(ConnectionError):
            while data := await source.read(READ_BYTES):
                if FLUSH in data:
                    self.flushed_at.append(time.time())
                target.write(data)
        target.close()


async def measure(on: Stage, tap: FlushTap) -> AsyncIterator[dict[str, Any]]:
    """A line for the flush and one for the barge-in."""
    flush_ms: list[float] = []
    voice_ms: list[float] = []
    async with Telephone(on.asterisk.sip_address) as telephone:
        for turn in range(TRIES):
            spoke_at, silent_at = await _interrupt(telephone, 1.0 + 0.137 * turn)
            voice_ms.append((silent_at - spoke_at) * 1000)
            flush_ms.append((silent_at - tap.flushed_at[-1]) * 1000)
            await on.asterisk.ari.empty()
    frames = [max(0, math.ceil(ms / FRAME_MS)) for ms in flush_ms]
    worst = p50_p95_max(flush_ms) or {}
    yield {
        "bench": "flush_to_silence",
        "unit": "ms from FLUSH_MEDIA to the last packet at the telephone; below 0: it had come before",
        "tries": TRIES,
        "product": worst,
        "frames": p50_p95_max(frames),
        "baseline": FRAME_MS,
        "baseline_is": "one frame, the step of Asterisk's clock",
        "ratio": round(max(0.0, worst["p95"]) / FRAME_MS, 2),
    }
    yield {
        "bench": "barge_in",
        "unit": "ms from the caller's first voiced frame to the last packet at the telephone, default policy",
        "tries": TRIES,
        "product": p50_p95_max(voice_ms),
    }


async def _interrupt(telephone: Telephone, after_s: float) -> tuple[float, float]:
    """Talk over the agent once; gives when the first voiced frame was sent and when the agent's last one came."""
    call = await telephone.dial("8000")
    await call.hears_audio()
    await asyncio.sleep(after_s)
    speech = load_wav(sounds.prompt(INTERRUPTION).path, call.codec.sample_rate_hz)
    frame = call.codec.samples_per_frame
    level = np.sqrt(
        np.mean(speech[: speech.size // frame * frame].reshape(-1, frame).astype(float) ** 2, axis=1)
    )
    began_at = time.time()
    call.play(speech[int(np.argmax(level > VOICED_RMS)) * frame :])
    silent_at = await call.hears_silence(QUIET_MS)
    spoke_at = _first_said(call, began_at)
    await call.hang_up()
    return spoke_at, silent_at


def _first_said(call: PhoneCall, began_at: float) -> float:
    """When the first frame of what was said since then left the telephone: at the next tick of its clock."""
    said = call.said_pcm(call.codec.sample_rate_hz)
    rate = call.codec.sample_rate_hz
    start = max(0, round((began_at - call.invited_at) * rate))
    return call.invited_at + (start + int(np.argmax(said[start:] != 0))) / rate
