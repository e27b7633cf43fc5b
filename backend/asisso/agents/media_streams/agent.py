"""The agent that is a bot elsewhere: one WebSocket to it, and the call's sound both ways.

Must not know what the bot says or thinks: it takes its own turns, and ends the call by closing its socket.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidStatus, WebSocketException

from asisso.agents.agent import AgentEnd, AgentFailed, AgentUnavailable, Line, own_errors
from asisso.agents.speech import AgentOverloaded, SpeechModels
from asisso.agents.stt.recognizer import RECOGNITION_HZ
from asisso.audio.frame import Pcm
from asisso.audio.resample import resample_clip
from asisso.outbound_addresses import AddressPolicy, AddressRefused
from asisso.outbound_websocket import connect_websocket
from asisso.workflows.templates import render

from .protocol import HZ, Command, Flush, Ignored, MediaStream, Send, Speak, StreamIds, signature
from .spec import MediaStreamsSpec

OPEN_TIMEOUT_S: Final = 5.0
CLOSE_TIMEOUT_S: Final = 1.0
MAX_MESSAGE_BYTES: Final = 1 << 21
"""Two minutes of sound in one message; a bot that sends more is cut off."""

MAX_UNREAD_MESSAGES: Final = 64
MAX_UNSENT_MESSAGES: Final = 250
"""Five seconds of the caller; a bot that reads slower misses the oldest."""

PING_EVERY_S: Final = 0.8
SILENT_AFTER_S: Final = 1.0
"""So long after a ping without an answer the bot is not with us; the caller hears the filler."""

GIVEN_UP_AFTER_S: Final = 1.2
STARTING_LIMIT_S: Final = 10.0
"""How long the caller hears nothing then until the call goes on without the bot; the second before it ever spoke."""

LOOK_EVERY_S: Final = 0.1
UNHEARD_MS: Final = 20
"""Less that is unheard is only a confirmation that has not come."""

PARTING_LIMIT_S: Final = 30.0
"""How long a bot that has left may still be heard."""

MAX_IGNORED_NOTES: Final = 10


class MediaStreamsAgent:
    """An `Agent`."""

    sample_rate = HZ
    ear = None

    def __init__(
        self,
        spec: MediaStreamsSpec,
        *,
        context: Mapping[str, object],
        models: SpeechModels,
        addresses: AddressPolicy,
    ) -> None:
        """`context` is the call's, for ids and parameters; `models` say the filler."""
        self._spec = spec
        self._models = models
        self._addresses = addresses
        parameters = {name: render(value, context) for name, value in spec.parameters.items()}
        self._stream = MediaStream(_ids(spec, context), parameters)
        self._socket: ClientConnection | None = None
        self._line: Line | None = None
        self._unsent: deque[str] = deque()
        self._wake = asyncio.Event()
        self._ignored = 0
        self._has_dropped = False

    async def prepare(self) -> None:
        """Connect, so that a bot that is not there is known before the call is answered.

        Raises:
            AgentUnavailable: there is no connection to the bot.
        """
        self._socket = await self._connect()

    async def converse(self, line: Line) -> AgentEnd:
        """See `Agent.converse`."""
        socket = self._socket
        if socket is None or socket.close_code is not None:
            socket = self._socket = await self._connect()
        self._line = line
        for message in self._stream.open():
            self._send(message)
        try:
            with own_errors():
                async with asyncio.TaskGroup() as tasks:
                    beside = [
                        tasks.create_task(self._write(socket), name="to the bot"),
                        tasks.create_task(self._watch(socket, line), name="is the bot there"),
                    ]
                    await self._read(socket)
                    for task in beside:
                        task.cancel()
        finally:
            self._line = None
        await self._part(line)
        return AgentEnd("completed")

    def hear(self, pcm: Pcm) -> None:
        """See `Agent.hear`."""
        if self._line is not None:
            self._do(self._stream.hear(pcm, self._line.unheard_ms))

    def press(self, digit: str) -> None:
        """Keys go to the bot."""
        if self._line is not None:
            self._send(self._stream.press(digit))

    async def close(self) -> None:
        """Tell the bot that the call is over."""
        socket = self._socket
        if socket is None:
            return
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await socket.send(self._stream.stop())
                await socket.close()
        except (TimeoutError, ConnectionClosed):
            socket.transport.abort()

    # the socket

    async def _connect(self) -> ClientConnection:
        spec = self._spec
        headers = {}
        if spec.auth_token is not None:
            headers["X-Twilio-Signature"] = signature(spec.url, spec.auth_token.get_secret_value())
        if spec.authorization is not None:
            headers["Authorization"] = spec.authorization.get_secret_value()
        host = urlsplit(spec.url).hostname
        try:
            return await connect_websocket(
                spec.url,
                self._addresses,
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                additional_headers=headers,
                ping_interval=None,
                max_size=MAX_MESSAGE_BYTES,
                max_queue=MAX_UNREAD_MESSAGES,
            )
        except AddressRefused as refused:
            raise AgentUnavailable(str(refused)) from None
        except InvalidStatus as refused:
            status = refused.response.status_code
            raise AgentUnavailable(f"The bot at {host} refuses the call with status {status}.") from None
        except TimeoutError:
            raise AgentUnavailable(f"The bot at {host} did not answer within {OPEN_TIMEOUT_S:g} s.") from None
        except (OSError, WebSocketException) as error:
            raise AgentUnavailable(f"The bot at {host} can't be reached: {error}.") from None

    async def _read(self, socket: ClientConnection) -> None:
        """Follow the bot until it closes the socket."""
        try:
            while True:
                message = await socket.recv()
                if self._line is not None:
                    self._do(self._stream.receive(message, self._line.unheard_ms))
        except ConnectionClosedOK:
            return
        except ConnectionClosed as closed:
            raise AgentFailed(f"The connection to the bot was lost ({closed}).") from None

    async def _write(self, socket: ClientConnection) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._unsent:
                    await socket.send(self._unsent.popleft())
        except ConnectionClosed:
            return  # whoever reads tells it

    async def _watch(self, socket: ClientConnection, line: Line) -> None:
        """Notice a bot that hangs, which looks like one that is silent.

        Raises:
            AgentFailed: it did not come back.
        """
        try:
            while True:
                answer = asyncio.ensure_future(await socket.ping())
                await asyncio.wait([answer], timeout=SILENT_AFTER_S)
                if not answer.done():
                    await self._wait_for_bot(answer, line)
                await answer
                await asyncio.sleep(PING_EVERY_S)
        except ConnectionClosed:
            return

    async def _wait_for_bot(self, answer: asyncio.Future[float], line: Line) -> None:
        """What was said before is still heard; then the filler, and then the bot's time runs out."""
        line.note("bot_stalled")
        limit_s = GIVEN_UP_AFTER_S if self._stream.has_spoken else STARTING_LIMIT_S
        has_filled, silent_s = False, 0.0
        while not answer.done():
            await asyncio.wait([answer], timeout=LOOK_EVERY_S)
            if line.unheard_ms > UNHEARD_MS:
                continue
            if not has_filled:
                has_filled = True
                await self._say_filler(line)
                continue
            silent_s += LOOK_EVERY_S
            if silent_s > limit_s:
                raise AgentFailed("The bot does not answer any more.")
        line.note("bot_is_back")

    async def _say_filler(self, line: Line) -> None:
        if not self._spec.filler:
            return
        try:
            pcm = await self._models.synthesize(self._spec.filler, keep=True, is_urgent=True)
        except (AgentOverloaded, AgentUnavailable):
            return
        line.say(resample_clip(pcm, RECOGNITION_HZ, HZ), self._spec.filler)

    async def _part(self, line: Line) -> None:
        """Let the caller hear what the bot said before it left."""
        try:
            async with asyncio.timeout(PARTING_LIMIT_S):
                await line.drained()
        except TimeoutError:
            line.note("farewell_unheard", limit_s=PARTING_LIMIT_S)

    # what the protocol says

    def _do(self, commands: Iterable[Command]) -> None:
        line = self._line
        if line is None:
            return
        for command in commands:
            match command:
                case Send(text):
                    self._send(text)
                case Speak(pcm, is_end):
                    line.say_on(pcm, is_end=is_end)
                case Flush():
                    line.interrupt()
                case Ignored(reason):
                    self._note_ignored(line, reason)

    def _send(self, message: str) -> None:
        self._unsent.append(message)
        if len(self._unsent) > MAX_UNSENT_MESSAGES:
            self._unsent.popleft()
            if not self._has_dropped and self._line is not None:
                self._has_dropped = True
                self._line.note("bot_too_slow", unsent_messages=MAX_UNSENT_MESSAGES)
        self._wake.set()

    def _note_ignored(self, line: Line, reason: str) -> None:
        self._ignored += 1
        if self._ignored <= MAX_IGNORED_NOTES:
            line.note("bot_message_ignored", reason=reason)


def _ids(spec: MediaStreamsSpec, context: Mapping[str, object]) -> StreamIds:
    return StreamIds(
        stream_sid=f"MZ{secrets.token_hex(16)}",
        call_sid=_sid("CA", context.get("call_id")),
        account_sid=spec.account_sid or _sid("AC", context.get("telephony_configuration_id")),
    )


def _sid(prefix: str, value: object) -> str:
    """An id of Twilio's shape that is always the same for the same of ours."""
    return prefix + hashlib.sha256(str(value).encode()).hexdigest()[:32]
