"""Leads audio through the PBX and back: two media channels in a bridge, one sends, the other one returns.

Proves in one go that Asterisk reaches our media address, that its credentials fit, and that audio goes both ways.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import replace

from ..ari.errors import AriError, AriNotFound
from ..ari.events import ChannelDestroyed, ChannelEvent, StasisStart
from ..ari.rest import ExternalMedia
from ..media.dialer import DialedMedia, MediaReceiver, MediaUnreachable
from .client import ProbeClient
from .facts import Loop
from .subject import Host, Socket, Subject
from .watch import Watch

CONNECT_TIMEOUT_S = 4.0
"""Asterisk's own defaults are 4 tries of 500 ms and 1.5 s of waiting between them."""

AUDIO_TIMEOUT_S = 1.5
GONE_TIMEOUT_S = 1.0
FRAMES = 10
FRAME_BYTES = {"slin16": 640, "slin": 320, "ulaw": 160, "alaw": 160}
SILENCE = {"slin16": {0}, "slin": {0}, "ulaw": {0xFF, 0x7F}, "alaw": {0xD5, 0x55}}
TONE = {"slin16": b"\x00\x20\x00\xe0", "slin": b"\x00\x20\x00\xe0", "ulaw": b"\x10\x90", "alaw": b"\x34\xb4"}


class _End:
    """Our end of one media channel.

    Attributes:
        heard_at: when each frame that is no silence arrived, on the monotonic clock.
        echoes: whether each of them is sent back at once.
    """

    def __init__(self, media_format: str, *, echoes: bool) -> None:
        self.connected = asyncio.Event()
        self.has_heard_all = asyncio.Event()
        self.heard_at: list[float] = []
        self._silence = SILENCE[media_format]
        self._echoes = echoes
        self._socket: Socket | None = None

    def on_start(self, socket: Socket) -> None:
        self._socket = socket
        self.connected.set()

    def on_audio(self, payload: bytes) -> None:
        if not set(payload) - self._silence:
            return
        self.heard_at.append(time.monotonic())
        if self._echoes:
            self.send(payload)
        if len(self.heard_at) >= FRAMES:
            self.has_heard_all.set()

    def send(self, payload: bytes) -> None:
        if self._socket is not None:
            self._socket.write(payload)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close(1000)


async def lead_audio_around(client: ProbeClient, watch: Watch, subject: Subject, host: Host) -> Loop:
    """Try it once and remove everything again.

    Raises:
        AriError: ARI stopped answering.
    """
    probe = _Probe(client, watch, subject, host)
    try:
        return await probe.run()
    finally:
        await probe.remove()


class _Probe:
    def __init__(self, client: ProbeClient, watch: Watch, subject: Subject, host: Host) -> None:
        self._client, self._watch, self._subject, self._host = client, watch, subject, host
        self._channels: list[str] = []
        self._bridge_id = ""
        self._ends: list[_End] = []
        self._dialling: list[asyncio.Task[object]] = []

    async def run(self) -> Loop:
        near, far = (_End(self._subject.media_format, echoes=echoes) for echoes in (False, True))
        self._ends = [near, far]
        loop = Loop(is_tried=True)
        for end in (near, far):
            fault = await self._connect(end)
            if fault is not None:
                return fault
            if end is near:
                loop = replace(loop, has_connected=True, session_limit=await self._session_limit())
        self._bridge_id = self._host.new_id("bridge")
        await self._client.create_bridge(self._bridge_id)
        await self._client.add_to_bridge(self._bridge_id, self._channels)
        return await self._send(loop, near, far)

    async def _connect(self, end: _End) -> Loop | None:
        """Make a media channel and wait until it is in Stasis and its socket with us; what hindered it otherwise."""
        subject = self._subject
        channel_id = self._host.new_id("media")
        self._watch.channel(channel_id)
        media = ExternalMedia(
            channel_id=channel_id,
            app=self._watch.app,
            websocket_client=subject.ws_client_name,
            format=subject.media_format,
            variables=self._host.expect_media(channel_id, end) if subject.ws_client_name else {},
        )
        self._channels.append(channel_id)  # before the request: one without an answer may have made it
        try:
            connection_id = await self._client.create_external_media(media)
        except AriError as error:
            return Loop(is_tried=True, refusal=str(error))
        if not subject.ws_client_name:
            self._dial(connection_id, end)
        is_in_stasis = await self._watch.until(channel_id, _entered, CONNECT_TIMEOUT_S)
        if is_in_stasis and await _within(AUDIO_TIMEOUT_S, end.connected.wait()):
            return None
        return Loop(is_tried=True, came_elsewhere=bool(is_in_stasis))

    def _dial(self, connection_id: str, end: _End) -> None:
        receiver = MediaReceiver(on_start=end.on_start, on_audio=end.on_audio, on_event=lambda _: None)
        address = self._client.address
        media = DialedMedia(address.websocket_url(f"media/{connection_id}"), receiver, address.policy)
        self._dialling.append(asyncio.create_task(_carry(media)))

    async def _session_limit(self) -> int | None:
        """Only a channel can ask for a configuration file, and only where func_config is loaded."""
        text = await self._client.evaluate(self._channels[0], "AST_CONFIG(http.conf,general,sessionlimit)")
        return int(text) if text and text.isdigit() else None

    async def _send(self, loop: Loop, near: _End, far: _End) -> Loop:
        media_format = self._subject.media_format
        frame = TONE[media_format] * (FRAME_BYTES[media_format] // len(TONE[media_format]))
        sent_at = time.monotonic()
        for _ in range(FRAMES):
            near.send(frame)
        await _within(AUDIO_TIMEOUT_S, near.has_heard_all.wait())
        return replace(
            loop,
            frames_sent=FRAMES,
            frames_there=len(far.heard_at),
            frames_back=len(near.heard_at),
            round_trip_ms=(near.heard_at[0] - sent_at) * 1000 if near.heard_at else 0.0,
        )

    async def remove(self) -> None:
        """Take everything off the PBX, whatever is still there."""
        for end in self._ends:
            end.close()
        for task in self._dialling:
            task.cancel()
        await remove_channels(self._client, self._watch, self._channels)
        if self._bridge_id:
            await _quietly(self._client.delete_bridge(self._bridge_id))
        if self._dialling:
            await asyncio.wait(self._dialling)


async def remove_channels(client: ProbeClient, watch: Watch, channel_ids: Sequence[str]) -> None:
    """Hang up what is still there and wait for its end."""

    async def remove(channel_id: str) -> None:
        try:
            await client.hang_up(channel_id)
        except AriNotFound:
            return
        except AriError:
            return  # the PBX does not answer; the next housekeeping removes what carries our prefix
        await watch.gone(channel_id, GONE_TIMEOUT_S)

    await asyncio.gather(*(remove(channel_id) for channel_id in channel_ids))


async def _quietly(removing: Awaitable[None]) -> None:
    try:
        await removing
    except AriError:
        return


async def _carry(media: DialedMedia) -> object:
    try:
        return await media.run()
    except MediaUnreachable:
        return None


def _entered(event: ChannelEvent) -> bool | None:
    match event:
        case StasisStart():
            return True
        case ChannelDestroyed():
            return False
    return None


async def _within(timeout_s: float, waiting: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            await waiting
    except TimeoutError:
        return False
    return True
