"""All three on one port of loopback; killed and frozen like a process."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Any, Protocol, Self

from modellab import chat, speech, transcription
from modellab.faults import Faults
from modellab.http import Answer, Cut, Request, read_request


class Endpoint(Protocol):
    """One path."""

    faults: Faults

    async def serve(self, request: Request, answer: Answer) -> None:
        """Answer one request."""


class ModelLab:
    """A model server, as an async context manager.

    Attributes:
        api_key: what requests must bring; empty takes all.
        connections: how many there were so far.
    """

    def __init__(self, api_key: str = "") -> None:
        self.api_key = api_key
        self.chat = chat.ChatServer()
        self.speech = speech.SpeechServer()
        self.transcription = transcription.TranscriptionServer()
        self.connections = 0
        self._endpoints: dict[str, Endpoint] = {
            chat.PATH: self.chat,
            speech.PATH: self.speech,
            transcription.PATH: self.transcription,
        }
        self._port = 0
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return f"http://127.0.0.1:{self._port}/v1"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()

    async def start(self) -> None:
        """Listen; after a `kill` on the same port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def kill(self) -> None:
        """As when the process is killed: connections are cut, new ones are refused."""
        if self._server is not None:
            self._server.close()
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, Cut):
                while True:
                    await self._answer(await read_request(reader), writer)
        finally:
            writer.transport.abort()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        endpoint = self._endpoints.get(request.path)
        if endpoint is None:
            await Answer(writer, Faults().always).whole(404, _problem("There is nothing at this path."))
            return
        fault = endpoint.faults.take()
        answer = Answer(writer, fault)
        if self.api_key and request.headers.get("authorization") != f"Bearer {self.api_key}":
            await answer.whole(401, _problem("Incorrect API key provided."))
        elif fault.status:
            again = {} if fault.retry_after_s is None else {"Retry-After": f"{fault.retry_after_s:g}"}
            await answer.whole(fault.status, _problem("This server is told to fail."), again)
        else:
            await endpoint.serve(request, answer)


def _problem(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "lab", "param": None, "code": None}}
