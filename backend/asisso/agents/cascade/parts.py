"""What a cascade agent is made of: its providers by the workflow's settings, and what every agent is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from asisso.agents.cascade.spec import CascadeSpec, OpenAIRecognition, OpenAISpeech
from asisso.agents.dialogue import Fetch
from asisso.agents.llm.chat_model import ChatModel
from asisso.agents.llm.openai_chat import OpenAIChat
from asisso.agents.speech import CallSpeech, SpeechModels
from asisso.agents.stt.openai_transcriber import OpenAITranscriber
from asisso.agents.stt.transcriber import Transcriber
from asisso.agents.tts.openai_voice import OpenAIVoice
from asisso.agents.tts.streaming_voice import EmbeddedVoice, StreamingVoice
from asisso.outbound_addresses import AddressPolicy
from asisso.workflows.engine import Engine


@dataclass(frozen=True, slots=True)
class CascadeParts:
    """One call's.

    Attributes:
        engine, models, fetch, now, opening: as in `registry.AgentParts`.
        chat_models: in the order they are asked.
        transcribers, voices: the servers; behind them stands what is embedded.
    """

    engine: Engine
    models: SpeechModels
    fetch: Fetch
    now: Callable[[], datetime]
    opening: str | None
    chat_models: tuple[ChatModel, ...]
    transcribers: tuple[Transcriber, ...] = ()
    voices: tuple[StreamingVoice, ...] = ()

    @staticmethod
    def embedded_voice(speech: CallSpeech) -> StreamingVoice:
        """The voice of this machine."""
        return EmbeddedVoice(speech)


def chat_models_of(spec: CascadeSpec, policy: AddressPolicy) -> tuple[ChatModel, ...]:
    """The language models, the first one first."""
    fallback = spec.llm.fallback
    first = OpenAIChat(spec.llm, policy)
    return (first,) if fallback is None else (first, OpenAIChat(fallback, policy))


def transcribers_of(spec: CascadeSpec, policy: AddressPolicy) -> tuple[Transcriber, ...]:
    """The servers that recognise speech."""
    if isinstance(spec.stt, OpenAIRecognition):
        return (OpenAITranscriber(spec.stt, spec.language, policy),)
    return ()


def voices_of(spec: CascadeSpec, policy: AddressPolicy) -> tuple[StreamingVoice, ...]:
    """The servers that speak."""
    if isinstance(spec.tts, OpenAISpeech):
        return (OpenAIVoice(spec.tts, spec.voice, policy),)
    return ()
