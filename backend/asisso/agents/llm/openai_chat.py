"""OpenAI's chat completions, which nearly every server of language models speaks: Ollama, vLLM, llama.cpp, ..."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, Final
from urllib.parse import urlsplit

from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall
from pydantic import Field

from asisso.agents.llm.chat_model import (
    ChatCapabilities,
    Delta,
    Json,
    Message,
    TextDelta,
    ToolCall,
    ToolSpec,
    Usage,
)
from asisso.agents.model_error import ModelError, too_slow
from asisso.agents.openai_server import ModelName, OpenAIServer, Seconds, openai_client, told
from asisso.outbound_addresses import AddressPolicy

MAX_REPLY_CHARACTERS: Final = 20_000
"""Of text and arguments: twenty minutes of speech, and a bound for a model that does not stop."""

MAX_TOOL_CALLS: Final = 16
CLOSE_LIMIT_S: Final = 1.0

_WHAT: Final = "The language model"


class OpenAIChatSettings(OpenAIServer):
    """A language model and its time limits."""

    model: ModelName = Field(description="The model's name at that server.")
    temperature: float | None = Field(
        None, ge=0, le=2, description="How freely it picks its words; unset leaves it to the server."
    )
    max_tokens: int = Field(500, ge=16, le=8_000, description="Of one answer; a caller hears it to its end.")
    has_tools: bool = Field(True, description="Whether the model understands tools; without, it only talks.")
    first_token_timeout_s: Seconds = Field(4.0, description="How long the beginning of an answer may take.")
    between_tokens_timeout_s: Seconds = Field(
        2.0, description="How long an answer that has begun may stand still."
    )


class OpenAIChat:
    """A `ChatModel`."""

    def __init__(self, settings: OpenAIChatSettings, policy: AddressPolicy) -> None:
        self._settings = settings
        self._client = openai_client(settings, policy)
        self._is_openai = urlsplit(settings.base_url).hostname == "api.openai.com"

    @property
    def name(self) -> str:
        return self._settings.model

    @property
    def capabilities(self) -> ChatCapabilities:
        return ChatCapabilities(tools=self._settings.has_tools)

    async def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec]
    ) -> AsyncGenerator[Delta, None]:
        """See `ChatModel.reply`."""
        limit_s = self._settings.first_token_timeout_s
        give_up_at = asyncio.get_running_loop().time() + limit_s
        with told(_WHAT):
            try:
                async with asyncio.timeout_at(give_up_at):
                    stream = await self._client.chat.completions.create(
                        **self._request(messages, tools), stream=True
                    )
            except TimeoutError:
                raise too_slow("The language model's answer", limit_s) from None
            try:
                async with aclosing(self._deltas(stream, give_up_at)) as deltas:
                    async for delta in deltas:
                        yield delta
            finally:
                await _closed(stream)

    async def close(self) -> None:
        """See `ChatModel.close`."""
        await self._client.close()

    def _request(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> dict[str, Any]:
        settings = self._settings
        # OpenAI's newer models refuse the old name, most other servers do not know the new one.
        limit = "max_completion_tokens" if self._is_openai else "max_tokens"
        request: dict[str, Any] = {
            "model": settings.model,
            "messages": [_wire_message(message) for message in messages],
            limit: settings.max_tokens,
            "stream_options": {"include_usage": True},
        }
        if tools and settings.has_tools:
            request["tools"] = [_wire_tool(tool) for tool in tools]
        if settings.temperature is not None:
            request["temperature"] = settings.temperature
        return request

    async def _deltas(
        self, stream: AsyncIterator[ChatCompletionChunk], give_up_at: float
    ) -> AsyncGenerator[Delta, None]:
        collected = _Calls()
        characters = 0
        async with aclosing(self._in_time(stream, give_up_at)) as chunks:
            async for chunk in chunks:
                for choice in chunk.choices[:1]:
                    for part in choice.delta.tool_calls or ():
                        characters += collected.add(part)
                    if choice.delta.content:
                        characters += len(choice.delta.content)
                        yield TextDelta(choice.delta.content)
                if characters > MAX_REPLY_CHARACTERS:
                    raise ModelError(f"{_WHAT} does not stop writing.", code="model_garbled", retryable=False)
                if chunk.usage is not None:
                    yield Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
        for call in collected.complete:
            yield call

    async def _in_time(
        self, stream: AsyncIterator[ChatCompletionChunk], give_up_at: float
    ) -> AsyncGenerator[ChatCompletionChunk, None]:
        """The chunks, each within its time: the first that says something, and those behind it."""
        loop = asyncio.get_running_loop()
        settings = self._settings
        chunks = aiter(stream)
        has_begun = has_finished = False
        while True:
            limit_s = settings.between_tokens_timeout_s if has_begun else settings.first_token_timeout_s
            try:
                async with asyncio.timeout_at(loop.time() + limit_s if has_begun else give_up_at):
                    chunk = await anext(chunks, None)
            except TimeoutError:
                if has_finished:
                    return
                what = "The rest of the answer" if has_begun else "The language model's answer"
                raise too_slow(what, limit_s) from None
            if chunk is None:
                break
            has_begun = has_begun or _says_something(chunk)
            has_finished = has_finished or any(choice.finish_reason for choice in chunk.choices)
            yield chunk
        if not has_finished:
            raise ModelError(
                f"{_WHAT} broke off in the middle of its answer.", code="model_broken", retryable=True
            )


class _Calls:
    """Tool calls, put together from their pieces."""

    def __init__(self) -> None:
        self._by_index: dict[int, list[str]] = {}
        self._done: list[ToolCall] = []

    def add(self, part: ChoiceDeltaToolCall) -> int:
        """Take a piece; gives how many characters it has."""
        name = (part.function.name if part.function else None) or ""
        arguments = (part.function.arguments if part.function else None) or ""
        # Some servers send every call whole and number all of them 0.
        index = part.index or 0
        known = self._by_index.get(index)
        if known is not None and part.id and known[0] and part.id != known[0]:
            self._done.append(_call(self._by_index.pop(index), len(self._done)))
            known = None
        if known is None:
            if len(self._by_index) + len(self._done) >= MAX_TOOL_CALLS:
                raise ModelError(f"{_WHAT} wants too much at once.", code="model_garbled", retryable=False)
            known = self._by_index[index] = [part.id or "", "", ""]
        known[1] += name
        known[2] += arguments
        return len(name) + len(arguments)

    @property
    def complete(self) -> list[ToolCall]:
        """All calls, once the answer is."""
        calls = list(self._done)
        for _, parts in sorted(self._by_index.items()):
            calls.append(_call(parts, len(calls)))
        return calls


def _call(parts: list[str], position: int) -> ToolCall:
    call_id, name, arguments = parts
    return ToolCall(call_id or f"call_{position}", name, arguments or "{}")


def _says_something(chunk: ChatCompletionChunk) -> bool:
    return any(choice.delta.content or choice.delta.tool_calls for choice in chunk.choices)


def _wire_message(message: Message) -> Json:
    wire: Json = {"role": message.role, "content": message.text}
    if message.calls:
        wire["content"] = message.text or None
        wire["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    if message.role == "tool":
        wire["tool_call_id"] = message.call_id
    return wire


def _wire_tool(tool: ToolSpec) -> Json:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


async def _closed(stream: Any) -> None:
    """Close the request's connection; a server that does not take part in it is not waited for."""
    try:
        async with asyncio.timeout(CLOSE_LIMIT_S):
            await stream.close()
    except TimeoutError:
        return
