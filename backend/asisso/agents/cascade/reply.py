"""One answer of a model: spoken sentence by sentence while it is still being written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from asisso.agents.agent import Line, own_errors
from asisso.agents.cascade.mouth import Mouth, Wanted
from asisso.agents.cascade.writing import SentenceCutter
from asisso.agents.llm.chat_model import ChatModel, Message, TextDelta, ToolCall, ToolSpec, Usage
from asisso.agents.model_error import ModelError, too_slow

MAX_WAITING_SENTENCES: Final = 8
"""Written but not yet made into sound; the model waits then."""


@dataclass(slots=True)
class Written:
    """What came of it.

    Attributes:
        calls: what the model wants done, once its answer is complete.
        has_words: whether there was at least one whole sentence.
        first_token_ms: how long the beginning took.
        first_said_ms, first_sound_ms: when the first sentence was handed over, and how long its sound took.
        error: why the answer is not complete; its whole sentences are spoken all the same.
    """

    calls: list[ToolCall] = field(default_factory=list)
    has_words: bool = False
    first_token_ms: int | None = None
    first_said_ms: int | None = None
    first_sound_ms: int | None = None
    error: ModelError | None = None


async def write_reply(
    model: ChatModel,
    messages: Sequence[Message],
    tools: Sequence[ToolSpec],
    *,
    mouth: Mouth,
    line: Line,
    is_wanted: Wanted,
    limit_s: float,
) -> Written:
    """Ask a model and say what it writes. Cancelling it gives the request up.

    Args:
        limit_s: how long each next sentence may take.

    Raises:
        AgentError: nobody can speak.
    """
    written = Written()
    sentences: asyncio.Queue[str | None] = asyncio.Queue(MAX_WAITING_SENTENCES)
    with own_errors():
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_speak(sentences, written, mouth, is_wanted))
            await _read(model, messages, tools, written, sentences, line, limit_s)
            await sentences.put(None)
    return written


async def _read(
    model: ChatModel,
    messages: Sequence[Message],
    tools: Sequence[ToolSpec],
    written: Written,
    sentences: asyncio.Queue[str | None],
    line: Line,
    limit_s: float,
) -> None:
    asked_ms = line.now_ms
    loop = asyncio.get_running_loop()
    cutter = SentenceCutter()
    try:
        async with asyncio.timeout(limit_s) as limit, aclosing(model.reply(messages, tools)) as deltas:
            async for delta in deltas:
                if written.first_token_ms is None:
                    written.first_token_ms = line.now_ms - asked_ms
                match delta:
                    case TextDelta(text):
                        for sentence in cutter.push(text):
                            written.has_words = True
                            await sentences.put(sentence)
                            limit.reschedule(loop.time() + limit_s)
                    case ToolCall():
                        written.calls.append(delta)
                    case Usage(read, wrote):
                        line.use(llm_input_tokens=read, llm_output_tokens=wrote)
        for sentence in cutter.rest():
            written.has_words = True
            await sentences.put(sentence)
    except TimeoutError:
        written.error = too_slow("The next sentence of the answer", limit_s)
    except ModelError as error:
        written.error = error
    if written.error is not None:
        written.calls.clear()
    elif not written.has_words and not written.calls:
        written.error = ModelError("The model wrote nothing.", code="model_garbled", retryable=True)


async def _speak(
    sentences: asyncio.Queue[str | None], written: Written, mouth: Mouth, is_wanted: Wanted
) -> None:
    while (sentence := await sentences.get()) is not None:
        said_ms = await mouth.say(sentence, is_wanted=is_wanted)
        if said_ms is None:
            continue
        if written.first_said_ms is None:
            written.first_said_ms, written.first_sound_ms = said_ms, mouth.first_sound_ms
