"""OpenAI's realtime protocol on a WebSocket: sessions, turns by loudness, answers with sound, tools, and faults.

Every message of a client is checked against the official client library's own types; what does not fit is answered
with an error and kept in `violations`.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Literal, Self

import numpy as np
from openai.types.realtime import RealtimeClientEvent
from pydantic import TypeAdapter, ValidationError
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from modellab.faults import FINE, Fault, Faults
from modellab.speech import Pcm, murmured

HZ: Final = 24_000
PIECE_MS: Final = 100
MAX_MESSAGE_BYTES: Final = 1 << 24
VERBATIM_MARK: Final = "Say exactly the following words"
"""How the instructions of one answer begin that wants words said as they stand; a good model obeys."""

_CLIENT_EVENT: Final[TypeAdapter[Any]] = TypeAdapter(RealtimeClientEvent)


@dataclass(frozen=True)
class Reply:
    """What the model does when it is to answer.

    Attributes:
        text: what it says; nothing when empty.
        tool: what it has done behind that, by name.
        arguments: of the tool, as JSON.
        error: a code; the answer fails with it.
    """

    text: str = ""
    tool: str = ""
    arguments: str = "{}"
    error: str = ""


@dataclass
class Item:
    """A message of the model's.

    Attributes:
        duration_ms: of its sound.
        kept_ms: what a client left of it.
    """

    text: str
    duration_ms: int = 0
    kept_ms: int | None = None


@dataclass
class Record:
    """What one session was like.

    Attributes:
        session: its settings, as told so far.
        messages: of the client, by type, without sound.
        told: texts the client put into the conversation, with their role.
        results: of tools.
        items: what the model said.
        said_by_caller: the texts of turns.
    """

    query: str
    headers: dict[str, str]
    session: dict[str, Any] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    items: dict[str, Item] = field(default_factory=dict)
    said_by_caller: list[str] = field(default_factory=list)
    heard_ms: int = 0
    is_over: bool = False

    @property
    def tools(self) -> list[str]:
        """The names of the tools the model has now."""
        return [tool["name"] for tool in self.session.get("tools", [])]


class RealtimeServer:
    """A server on loopback, as an async context manager.

    Attributes:
        api_key: what clients must bring; empty takes all.
        dialect: the protocol's present version, or its first.
        replies: what the model does, one answer each; afterwards it says `usual`.
        speak: makes the sound of a text at 24 kHz, on a thread.
        understand: makes the words of a turn's sound, on a thread.
        speed: how many times quicker than it is spoken the sound comes.
        connecting, answering: what goes wrong with connections and with answers.
        expires: whether the next answer ends the session instead.
    """

    def __init__(self, api_key: str = "", dialect: Literal["ga", "beta"] = "ga") -> None:
        self.api_key = api_key
        self.dialect = dialect
        self.replies: deque[Reply] = deque()
        self.usual = Reply("I see.")
        self.speak: Callable[[str], Pcm] = murmured
        self.understand: Callable[[Pcm], str] = lambda pcm: "something"
        self.speed = 8.0
        self.connecting = Faults()
        self.answering = Faults()
        self.expires = False
        self.sessions: list[Record] = []
        self.violations: list[str] = []
        self._port = 0
        self._server: Server | None = None
        self._open: set[_Session] = set()

    @property
    def url(self) -> str:
        """For clients, without the model."""
        return f"ws://127.0.0.1:{self._port}/v1/realtime"

    @property
    def last(self) -> Record:
        """The session that was opened last."""
        return self.sessions[-1]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()

    async def start(self) -> None:
        """Listen; after a `kill` on the same port."""
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self._port,
            process_request=self._judge,
            max_size=MAX_MESSAGE_BYTES,
            close_timeout=0.2,
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def kill(self) -> None:
        """As when the process is killed: connections are cut, new ones are refused."""
        self.cut()
        if self._server is not None:
            self._server.close(close_connections=False)
            await self._server.wait_closed()

    def cut(self) -> None:
        """Cut all connections."""
        for session in list(self._open):
            session.socket.transport.abort()

    async def _judge(self, socket: ServerConnection, request: Request) -> Response | None:
        fault = self.connecting.take()
        await asyncio.sleep(fault.waits_s)
        if fault.status:
            return socket.respond(HTTPStatus(fault.status), "This server is told to fail.")
        if self.api_key and request.headers.get("Authorization") != f"Bearer {self.api_key}":
            return socket.respond(HTTPStatus.UNAUTHORIZED, "Incorrect API key provided.")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        record = Record(socket.request.path.partition("?")[2], dict(socket.request.headers.raw_items()))
        self.sessions.append(record)
        session = _Session(self, socket, record)
        self._open.add(session)
        try:
            await session.run()
        except ConnectionClosed:
            pass
        finally:
            record.is_over = True
            self._open.discard(session)
            session.stop()


class _Session:
    """One client."""

    def __init__(self, server: RealtimeServer, socket: ServerConnection, record: Record) -> None:
        self.socket = socket
        self._server = server
        self._record = record
        self._count = 0
        self._answer: asyncio.Task[None] | None = None
        self._answer_id = ""
        self._ears = _Ears()
        self._side: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        await self._send("session.created", session=self._default())
        async for message in self.socket:
            await self._take(json.loads(message))

    def stop(self) -> None:
        for task in (self._answer, *self._side):
            if task is not None:
                task.cancel()

    def _id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{len(self._server.sessions)}_{self._count}"

    async def _send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, "event_id": self._id("event"), **fields}))

    def _default(self) -> dict[str, Any]:
        if self._server.dialect == "beta":
            return {"id": self._id("sess"), "object": "realtime.session", "modalities": ["audio", "text"]}
        return {"id": self._id("sess"), "object": "realtime.session", "type": "realtime", "audio": {}}

    # what the client says

    async def _take(self, event: dict[str, Any]) -> None:
        if self._server.dialect == "ga":
            try:
                _CLIENT_EVENT.validate_python(event)
            except ValidationError as error:
                self._server.violations.append(f"{event.get('type')}: {error}")
                await self._error("invalid_value", f"Invalid event: {error}"[:300], event)
                return
        kind = event["type"]
        if kind != "input_audio_buffer.append":
            self._record.messages.append(kind)
        match kind:
            case "session.update":
                self._record.session |= event["session"]
                self._ears.configure(self._turn_detection())
                await self._send("session.updated", session=self._default() | self._record.session)
            case "input_audio_buffer.append":
                await self._hear(np.frombuffer(base64.b64decode(event["audio"]), "<i2"))
            case "input_audio_buffer.commit":
                await self._commit(self._id("item"), self._ears.take())
            case "conversation.item.create":
                await self._put(event["item"])
            case "conversation.item.truncate":
                await self._truncate(event)
            case "response.create":
                await self._begin(event.get("response") or {}, event)
            case "response.cancel":
                if self._answer is None:
                    await self._error("response_cancel_not_active", "Cancellation failed.", event)
                else:
                    await self._cancel("client_cancelled")

    async def _error(self, code: str, message: str, event: dict[str, Any] | None = None) -> None:
        about = (event or {}).get("event_id")
        error = {"type": "invalid_request_error", "code": code, "message": message, "event_id": about}
        await self._send("error", error=error)

    def _turn_detection(self) -> dict[str, Any] | None:
        session = self._record.session
        heard = session.get("audio", {}).get("input", session)
        found: dict[str, Any] | None = heard.get("turn_detection")
        return found

    async def _put(self, item: dict[str, Any]) -> None:
        if item["type"] == "function_call_output":
            self._record.results.append(item["output"])
        else:
            self._record.told.append((item["role"], item["content"][0]["text"]))
        await self._tell_item({"id": self._id("item"), "status": "completed", **item})

    async def _tell_item(self, item: dict[str, Any]) -> None:
        kind = "conversation.item.created" if self._server.dialect == "beta" else "conversation.item.added"
        await self._send(kind, item=item, previous_item_id=None)

    async def _truncate(self, event: dict[str, Any]) -> None:
        item, end_ms = self._record.items.get(event["item_id"]), event["audio_end_ms"]
        if item is None or end_ms > item.duration_ms:
            self._server.violations.append(f"truncated {event['item_id']} at {end_ms} ms of {item}")
            await self._error("invalid_value", "Audio content is shorter than that.", event)
            return
        item.kept_ms = end_ms
        await self._send(
            "conversation.item.truncated", item_id=event["item_id"], content_index=0, audio_end_ms=end_ms
        )

    # the caller's sound

    async def _hear(self, pcm: Pcm) -> None:
        self._record.heard_ms += pcm.size * 1000 // HZ
        for happened, at_ms in self._ears.hear(pcm):
            if happened == "started":
                self._turn_id = self._id("item")
                await self._send(
                    "input_audio_buffer.speech_started", item_id=self._turn_id, audio_start_ms=at_ms
                )
                if (self._turn_detection() or {}).get("interrupt_response", True):
                    await self._cancel("turn_detected")
            else:
                await self._send(
                    "input_audio_buffer.speech_stopped", item_id=self._turn_id, audio_end_ms=at_ms
                )
                await self._commit(self._turn_id, self._ears.take())
                if (self._turn_detection() or {}).get("create_response", True) and self._answer is None:
                    await self._begin({})

    async def _commit(self, item_id: str, pcm: Pcm) -> None:
        await self._send("input_audio_buffer.committed", item_id=item_id, previous_item_id=None)
        content = [{"type": "input_audio", "transcript": None}]
        await self._tell_item(
            {"id": item_id, "type": "message", "role": "user", "status": "completed", "content": content}
        )
        task = asyncio.get_running_loop().create_task(self._transcribe(item_id, pcm))
        self._side.add(task)
        task.add_done_callback(self._side.discard)

    async def _transcribe(self, item_id: str, pcm: Pcm) -> None:
        text = await asyncio.to_thread(self._server.understand, pcm)
        self._record.said_by_caller.append(text)
        await self._send(
            "conversation.item.input_audio_transcription.completed",
            item_id=item_id,
            content_index=0,
            transcript=text,
            usage={"type": "duration", "seconds": pcm.size / HZ},
        )

    # answers

    async def _begin(self, wish: dict[str, Any], event: dict[str, Any] | None = None) -> None:
        if self._answer is not None:
            await self._error(
                "conversation_already_has_active_response", "There is an answer under way.", event
            )
            return
        if self._server.expires:
            self._server.expires = False
            await self._error("session_expired", "Your session hit the maximum duration.")
            await self.socket.close(1000)
            return
        instructions = str(wish.get("instructions") or "")
        if instructions.startswith(VERBATIM_MARK):
            reply = Reply(instructions.partition("\n\n")[2])
        else:
            reply = self._server.replies.popleft() if self._server.replies else self._server.usual
        self._answer_id = self._id("resp")
        self._answer = asyncio.get_running_loop().create_task(self._give(self._answer_id, reply))

    async def _cancel(self, reason: str) -> None:
        if self._answer is not None:
            self._answer.cancel()
            self._answer = None
            await self._done(self._answer_id, "cancelled", [], {"type": "cancelled", "reason": reason})

    async def _give(self, answer_id: str, reply: Reply) -> None:
        fault = self._server.answering.take()
        await self._send(
            "response.created", response={"id": answer_id, "status": "in_progress", "output": []}
        )
        await asyncio.sleep(fault.waits_s)
        output: list[dict[str, Any]] = []
        if reply.error:
            details = {
                "type": "failed",
                "error": {"code": reply.error, "message": "This model is told to fail."},
            }
            self._answer = None
            await self._done(answer_id, "failed", [], details)
            return
        if reply.text:
            output.append(await self._say(answer_id, reply.text, fault))
        if reply.tool:
            output.append(await self._call(answer_id, len(output), reply))
        self._answer = None
        await self._done(answer_id, "completed", output, {"type": "completed"})

    async def _say(self, answer_id: str, text: str, fault: Fault) -> dict[str, Any]:
        item_id = self._id("item")
        item = self._record.items[item_id] = Item(text)
        message = {
            "id": item_id,
            "type": "message",
            "role": "assistant",
            "status": "in_progress",
            "content": [],
        }
        at = {"response_id": answer_id, "output_index": 0}
        await self._send("response.output_item.added", item=message, **at)
        await self._tell_item(message)
        part = at | {"item_id": item_id, "content_index": 0}
        await self._send("response.content_part.added", part={"type": "audio", "transcript": ""}, **part)
        pcm = await asyncio.to_thread(self._server.speak, text)
        await self._stream(pcm, text, item, part, fault)
        await self._send(self._own("audio.done"), **part)
        await self._send(self._own("audio_transcript.done"), transcript=text, **part)
        spoken = message | {"status": "completed", "content": [{"type": "output_audio", "transcript": text}]}
        await self._send("response.output_item.done", item=spoken, **at)
        return spoken

    async def _stream(self, pcm: Pcm, text: str, item: Item, part: dict[str, Any], fault: Fault) -> None:
        # An odd number of bytes: nothing says that pieces end with samples.
        step, sound, words = HZ * 2 * PIECE_MS // 1000 + 1, pcm.astype("<i2").tobytes(), text.split(" ")
        pieces = max(1, -(-len(sound) // step))
        given = 0
        for index in range(pieces):
            await self._may_fail(fault, index)
            upto = len(words) * (index + 1) // pieces
            if upto > given:
                delta = (" " if given else "") + " ".join(words[given:upto])
                await self._send(self._own("audio_transcript.delta"), delta=delta, **part)
                given = upto
            piece = sound[index * step : (index + 1) * step]
            item.duration_ms = min(len(sound), (index + 1) * step) * 1000 // (2 * HZ)
            await self._send(self._own("audio.delta"), delta=base64.b64encode(piece).decode(), **part)
            await asyncio.sleep(PIECE_MS / 1000 / self._server.speed)

    async def _may_fail(self, fault: Fault, pieces: int) -> None:
        if fault.after is None or pieces < fault.after:
            return
        if fault.then == "disconnect":
            self.socket.transport.abort()
        if fault.then == "garble":
            await self.socket.send('{"type": "response.output_audio.delta", nonsense')
        await asyncio.Event().wait()

    async def _call(self, answer_id: str, index: int, reply: Reply) -> dict[str, Any]:
        item = {
            "id": self._id("item"),
            "type": "function_call",
            "status": "completed",
            "call_id": self._id("call"),
            "name": reply.tool,
            "arguments": reply.arguments,
        }
        part = {"response_id": answer_id, "item_id": item["id"], "output_index": index}
        await self._send("response.output_item.added", response_id=answer_id, output_index=index, item=item)
        arguments = {"arguments": reply.arguments, "call_id": item["call_id"]}
        await self._send("response.function_call_arguments.done", **part, **arguments, name=reply.tool)
        await self._send("response.output_item.done", response_id=answer_id, output_index=index, item=item)
        return item

    async def _done(
        self, answer_id: str, status: str, output: list[dict[str, Any]], details: dict[str, Any]
    ) -> None:
        usage = {
            "total_tokens": 150,
            "input_tokens": 100,
            "output_tokens": 50,
            "input_token_details": {"cached_tokens": 20, "text_tokens": 40, "audio_tokens": 60},
            "output_token_details": {"text_tokens": 10, "audio_tokens": 40},
        }
        response = {
            "id": answer_id,
            "object": "realtime.response",
            "status": status,
            "status_details": details,
            "output": output,
            "usage": usage,
        }
        await self._send("response.done", response=response)
        limits = [{"name": "requests", "limit": 100, "remaining": 95, "reset_seconds": 1.0}]
        await self._send("rate_limits.updated", rate_limits=limits)

    def _own(self, name: str) -> str:
        return f"response.{name}" if self._server.dialect == "beta" else f"response.output_{name}"


class _Ears:
    """Turns by loudness, as a server judges them. Pure."""

    WINDOW = HZ // 50
    LOUD_RMS = 300.0
    STARTS_AFTER = 4
    LOOK_BACK = 15

    def __init__(self) -> None:
        self._is_on = False
        self._end_after = 25
        self._rest = np.empty(0, np.int16)
        self._kept: list[Pcm] = []
        self._windows = 0
        self._loud = 0
        self._quiet = 0
        self._is_speaking = False

    def configure(self, detection: dict[str, Any] | None) -> None:
        self._is_on = detection is not None
        self._end_after = int((detection or {}).get("silence_duration_ms") or 500) // 20

    def hear(self, pcm: Pcm) -> list[tuple[str, int]]:
        """What happened, and at which ms of all that was heard."""
        happened: list[tuple[str, int]] = []
        sound = np.concatenate((self._rest, pcm))
        whole = len(sound) // self.WINDOW * self.WINDOW
        self._rest = sound[whole:]
        for start in range(0, whole, self.WINDOW):
            happened += self._judge(sound[start : start + self.WINDOW])
        return happened

    def take(self) -> Pcm:
        """The sound of the turn."""
        kept, self._kept = self._kept, []
        return np.concatenate(kept) if kept else np.empty(0, np.int16)

    def _judge(self, window: Pcm) -> list[tuple[str, int]]:
        self._windows += 1
        self._kept.append(window)
        if not self._is_on:
            return []
        if not self._is_speaking:
            del self._kept[: -self.LOOK_BACK]
        is_loud = float(np.sqrt(np.mean(window.astype(np.float32) ** 2))) > self.LOUD_RMS
        self._loud, self._quiet = (self._loud + 1, 0) if is_loud else (0, self._quiet + 1)
        if not self._is_speaking and self._loud >= self.STARTS_AFTER:
            self._is_speaking = True
            return [("started", max(0, self._windows - self._loud) * 20)]
        if self._is_speaking and self._quiet >= self._end_after:
            self._is_speaking = False
            return [("stopped", (self._windows - self._quiet) * 20)]
        return []


__all__ = ["FINE", "Fault", "Item", "RealtimeServer", "Record", "Reply"]
