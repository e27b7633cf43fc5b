"""The providers against servers that speak the real protocol over real HTTP, and fail in every way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import numpy as np
import pytest
from pydantic import SecretStr

from asisso.agents.llm.chat_model import Delta, Message, TextDelta, ToolCall, ToolSpec, Usage
from asisso.agents.llm.openai_chat import OpenAIChat, OpenAIChatSettings
from asisso.agents.model_error import ModelError
from asisso.agents.stt.openai_transcriber import OpenAITranscriber, OpenAITranscriberSettings
from asisso.agents.tts.openai_voice import OpenAIVoice, OpenAIVoiceSettings
from asisso.audio.frame import Pcm
from asisso.outbound_addresses import AddressPolicy
from modellab.chat import Call, Reply
from modellab.faults import Fault
from modellab.server import ModelLab

pytestmark = pytest.mark.integration

KEY = "sk-lab-0123456789"
HELLO = [Message("system", "Be brief."), Message("user", "Hello")]
WEATHER = ToolSpec(
    "weather", "Tell the weather.", {"type": "object", "properties": {"city": {"type": "string"}}}
)


@pytest.fixture
async def lab() -> AsyncIterator[ModelLab]:
    async with ModelLab(KEY) as running:
        yield running


def chat_at(lab: ModelLab, *, policy: AddressPolicy | None = None, **settings: object) -> OpenAIChat:
    wanted = {
        "base_url": lab.url,
        "api_key": SecretStr(KEY),
        "model": "lab-1",
        "first_token_timeout_s": 0.4,
        "between_tokens_timeout_s": 0.2,
        **settings,
    }
    return OpenAIChat(OpenAIChatSettings.model_validate(wanted), policy or AddressPolicy())


def voice_at(lab: ModelLab) -> OpenAIVoice:
    settings = OpenAIVoiceSettings(
        base_url=lab.url,
        api_key=SecretStr(KEY),
        model="tts",
        first_sound_timeout_s=0.4,
        between_sounds_timeout_s=0.2,
    )
    return OpenAIVoice(settings, "nova", AddressPolicy())


def transcriber_at(lab: ModelLab) -> OpenAITranscriber:
    settings = OpenAITranscriberSettings(base_url=lab.url, api_key=SecretStr(KEY), timeout_s=0.4)
    return OpenAITranscriber(settings, "en", AddressPolicy())


async def answer_of(
    model: OpenAIChat, tools: Sequence[ToolSpec] = (), got: list[Delta] | None = None
) -> list[Delta]:
    deltas = [] if got is None else got
    try:
        async with aclosing(model.reply(HELLO, tools)) as reply:
            async for delta in reply:
                deltas.append(delta)
    finally:
        await model.close()
    return deltas


def text_of(deltas: Sequence[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


async def sound_of(voice: OpenAIVoice, text: str, got: list[Pcm] | None = None) -> list[Pcm]:
    pieces = [] if got is None else got
    try:
        async with aclosing(voice.speak(text)) as sound:
            async for piece in sound:
                pieces.append(piece)
    finally:
        await voice.close()
    return pieces


async def test_model_streams_its_words_and_says_what_they_cost(lab: ModelLab) -> None:
    lab.chat.replies = [Reply("Good day. How can I help you?")]

    deltas = await answer_of(chat_at(lab, temperature=0.5))

    assert text_of(deltas) == "Good day. How can I help you?"
    assert len([d for d in deltas if isinstance(d, TextDelta)]) == 7, "word by word"
    assert deltas[-1] == Usage(input_tokens=3, output_tokens=7)
    (asked,) = lab.chat.asked
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert "openai-organization" not in asked.headers
    assert asked.body["temperature"] == 0.5
    assert asked.body["max_tokens"] == 500


async def test_tool_calls_come_whole_and_in_order(lab: ModelLab) -> None:
    lab.chat.replies = [
        Reply("Let me see.", [Call("weather", {"city": "Oslo"}), Call("weather", {"city": "Rome"})])
    ]

    deltas = await answer_of(chat_at(lab), [WEATHER])

    calls = [delta for delta in deltas if isinstance(delta, ToolCall)]
    assert [(call.name, call.arguments) for call in calls] == [
        ("weather", '{"city": "Oslo"}'),
        ("weather", '{"city": "Rome"}'),
    ]
    assert calls[0].id != calls[1].id
    assert lab.chat.asked[0].tools["weather"]["parameters"] == WEATHER.parameters


@pytest.mark.parametrize(
    ("fault", "code", "retryable"),
    [
        (Fault.refuses(401), "model_unauthorized", False),
        (Fault.refuses(404), "model_not_found", False),
        (Fault.refuses(400), "model_refused", False),
        (Fault.refuses(429, 7), "model_busy", True),
        (Fault.refuses(500), "model_broken", True),
        (Fault.slow(30), "model_slow", True),
        (Fault.disconnects(), "model_unreachable", True),
        (Fault.garbles(), "model_garbled", True),
    ],
)
async def test_model_that_fails_says_how_and_whether_trying_again_helps(
    lab: ModelLab, fault: Fault, code: str, retryable: bool
) -> None:
    lab.chat.faults.always = fault
    began = time.monotonic()

    with pytest.raises(ModelError) as failed:
        await answer_of(chat_at(lab))

    assert (failed.value.code, failed.value.retryable) == (code, retryable)
    assert failed.value.retry_after_s == fault.retry_after_s
    assert KEY not in str(failed.value)
    assert time.monotonic() - began < 2
    assert len(lab.chat.asked) <= 1, "nothing is retried behind the caller's back"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.stalls(4), "model_slow"),
        (Fault.disconnects(4), "model_unreachable"),
        (Fault.garbles(4), "model_garbled"),
    ],
)
async def test_what_came_before_a_stream_broke_stands(lab: ModelLab, fault: Fault, code: str) -> None:
    lab.chat.replies = [Reply("Your order was shipped on Tuesday.")]
    lab.chat.faults.always = fault
    got: list[Delta] = []

    with pytest.raises(ModelError) as failed:
        await answer_of(chat_at(lab), got=got)

    assert failed.value.code == code
    assert failed.value.retryable
    assert text_of(got) == "Your order was"


async def test_model_whose_process_is_gone_is_unreachable(lab: ModelLab) -> None:
    model = chat_at(lab)
    await lab.kill()

    with pytest.raises(ModelError) as failed:
        await answer_of(model)

    assert (failed.value.code, failed.value.retryable) == ("model_unreachable", True)


async def test_answer_that_is_not_wanted_any_more_is_given_up_at_the_server(lab: ModelLab) -> None:
    lab.chat.replies = [Reply("word " * 500)]
    lab.chat.token_s = 0.01
    model = chat_at(lab)

    async with aclosing(model.reply(HELLO, [])) as reply:
        async for _ in reply:
            break
    await asyncio.wait_for(lab.chat.cut_off.wait(), 2)
    await model.close()


async def test_private_addresses_are_refused_where_the_installation_says_so(lab: ModelLab) -> None:
    model = chat_at(lab, policy=AddressPolicy(allow_private=False))

    with pytest.raises(ModelError, match=r"does not connect to 127\.0\.0\.1") as failed:
        await answer_of(model)

    assert (failed.value.code, failed.value.retryable) == ("model_refused", False)
    assert lab.connections == 0


async def test_redirect_is_not_followed(lab: ModelLab) -> None:
    lab.chat.faults.always = Fault.refuses(307)

    with pytest.raises(ModelError, match="redirects are not followed"):
        await answer_of(chat_at(lab))


async def test_recognition_sends_a_wav_and_gives_the_words(lab: ModelLab) -> None:
    lab.transcription.words = [" Where is my order? [BLANK_AUDIO]"]
    sound = np.arange(16_000, dtype=np.int16)
    transcriber = transcriber_at(lab)

    words = await transcriber.transcribe(sound)
    await transcriber.close()

    assert words == "Where is my order?"
    ((heard, rate_hz),) = lab.transcription.heard
    assert rate_hz == 16_000
    assert np.array_equal(heard, sound)
    assert lab.transcription.forms == [{"model": "whisper-1", "language": "en", "response_format": "json"}]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.refuses(401), "model_unauthorized"),
        (Fault.stalls(), "model_slow"),
        (Fault.disconnects(), "model_unreachable"),
    ],
)
async def test_recognition_that_fails_says_how(lab: ModelLab, fault: Fault, code: str) -> None:
    lab.transcription.faults.always = fault
    transcriber = transcriber_at(lab)

    with pytest.raises(ModelError) as failed:
        await transcriber.transcribe(np.zeros(16_000, np.int16))
    await transcriber.close()

    assert failed.value.code == code


async def test_voice_comes_in_whole_frames_at_16_khz(lab: ModelLab) -> None:
    text = "Good day to you."

    pieces = await sound_of(voice_at(lab), text)

    assert len(pieces) > 3, "as it comes"
    assert all(piece.size % 320 == 0 for piece in pieces)
    sound = np.concatenate(pieces)
    assert sound.size / 16_000 == pytest.approx(len(text) * 0.06, abs=0.045)
    spectrum = np.abs(np.fft.rfft(sound.astype(float)))
    assert spectrum.argmax() * 16_000 / sound.size == pytest.approx(180, abs=3), "the same tone"
    assert lab.speech.asked == [{"input": text, "model": "tts", "voice": "nova", "response_format": "pcm"}]


@pytest.mark.parametrize(
    ("fault", "code", "has_sound"),
    [
        (Fault.refuses(500), "model_broken", False),
        (Fault.slow(30), "model_slow", False),
        (Fault.stalls(3), "model_slow", True),
        (Fault.disconnects(3), "model_unreachable", True),
    ],
)
async def test_voice_that_fails_says_how_and_what_came_stands(
    lab: ModelLab, fault: Fault, code: str, has_sound: bool
) -> None:
    lab.speech.faults.always = fault
    got: list[Pcm] = []

    with pytest.raises(ModelError) as failed:
        await sound_of(voice_at(lab), "Your order was shipped on Tuesday.", got)

    assert failed.value.code == code
    assert bool(got) is has_sound
