"""Chat completions: what a test wants said and done, streamed the way OpenAI's servers do."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modellab.faults import Faults
from modellab.http import Answer, Request

PATH = "/v1/chat/completions"
TOKEN_S = 0.005


@dataclass(frozen=True)
class Call:
    """A tool the model wants used; `arguments` may also be text that is no JSON."""

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)

    @property
    def wire_arguments(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True)
class Reply:
    """One answer: words, then calls."""

    text: str = ""
    calls: Sequence[Call] = ()


@dataclass(frozen=True)
class Asked:
    """A request for an answer, as tests look at it."""

    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body["messages"])

    @property
    def tools(self) -> dict[str, dict[str, Any]]:
        """The functions on offer, by name."""
        return {tool["function"]["name"]: tool["function"] for tool in self.body.get("tools", [])}

    @property
    def instructions(self) -> str:
        return str(self.messages[0]["content"])

    @property
    def last_words(self) -> str:
        """What the caller said last."""
        return next((str(m["content"]) for m in reversed(self.messages) if m["role"] == "user"), "")

    def tool_named(self, beginning: str) -> str:
        """The name of the one tool whose name begins so."""
        (name,) = [name for name in self.tools if name.startswith(beginning)]
        return name


Think = Callable[[Asked], Reply]


class ChatServer:
    """One language model.

    Attributes:
        think: answers what `replies` has nothing for.
        replies: the answers to the next requests.
        token_s: between two words.
        asked: every request so far.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self.replies: list[Reply] = []
        self.think: Think = lambda asked: Reply("I see.")
        self.token_s = TOKEN_S
        self.asked: list[Asked] = []
        self.cut_off = asyncio.Event()
        """Set when an asker did not want an answer to its end."""

    async def serve(self, request: Request, answer: Answer) -> None:
        """Answer one request."""
        asked = Asked(request.json, request.headers)
        self.asked.append(asked)
        reply = self.replies.pop(0) if self.replies else self.think(asked)
        await answer.begin("text/event-stream; charset=utf-8")
        try:
            for delta in _deltas(reply):
                await answer.piece(_event(asked, {"index": 0, "delta": delta, "finish_reason": None}))
                await asyncio.sleep(self.token_s)
            reason = "tool_calls" if reply.calls else "stop"
            await answer.piece(_event(asked, {"index": 0, "delta": {}, "finish_reason": reason}))
            if asked.body.get("stream_options", {}).get("include_usage"):
                await answer.piece(_event(asked, None, _usage(asked, reply)))
            await answer.piece(b"data: [DONE]\n\n")
        except ConnectionError:
            self.cut_off.set()
            raise
        await answer.end()


def _deltas(reply: Reply) -> list[dict[str, Any]]:
    words = re.findall(r"\s*\S+", reply.text)
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}] if words else []
    deltas += [{"content": word} for word in words]
    for index, call in enumerate(reply.calls):
        # As OpenAI does: the name first, the arguments in pieces behind it.
        function = {"name": call.name, "arguments": ""}
        deltas.append(_of_tool(index, id=f"call_{index}_{call.name}", type="function", function=function))
        arguments = call.wire_arguments
        for at in range(0, len(arguments), 7):
            deltas.append(_of_tool(index, function={"arguments": arguments[at : at + 7]}))
    return deltas


def _of_tool(index: int, **part: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, **part}]}


def _event(asked: Asked, choice: dict[str, Any] | None, usage: dict[str, int] | None = None) -> bytes:
    chunk = {
        "id": "chatcmpl-lab",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": asked.body["model"],
        "choices": [choice] if choice else [],
        "usage": usage,
    }
    return f"data: {json.dumps(chunk)}\n\n".encode()


def _usage(asked: Asked, reply: Reply) -> dict[str, int]:
    """Words count as tokens here."""
    read = sum(len(str(message.get("content") or "").split()) for message in asked.messages)
    written = len(reply.text.split()) + sum(len(call.wire_arguments) // 4 + 2 for call in reply.calls)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
