"""From what a workflow asks for to the agent that does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from asisso.agents.agent import Agent
from asisso.agents.cascade.agent import CascadeAgent
from asisso.agents.cascade.parts import CascadeParts, chat_models_of, transcribers_of, voices_of
from asisso.agents.cascade.spec import CascadeSpec
from asisso.agents.dialogue import Fetch
from asisso.agents.echo import EchoAgent
from asisso.agents.embedded import EmbeddedAgent
from asisso.agents.media_streams.agent import MediaStreamsAgent
from asisso.agents.media_streams.spec import MediaStreamsSpec
from asisso.agents.realtime.agent import RealtimeAgent
from asisso.agents.realtime.spec import RealtimeSpec
from asisso.agents.spec import AgentSpec, EchoSpec, EmbeddedSpec
from asisso.agents.speech import SpeechModels
from asisso.outbound_addresses import AddressPolicy
from asisso.workflows.engine import Engine


@dataclass(frozen=True, slots=True)
class AgentParts:
    """What an agent is made of.

    Attributes:
        engine: of this one conversation, not begun.
        models: the speech models of this process, loaded or not.
        fetch: does the requests of http nodes.
        addresses: whom this server may connect to.
        now: the time where the server stands, for dates and times that are said.
        opening: said first when a conversation goes on that was cut off; the engine's first words follow.
    """

    engine: Engine
    models: SpeechModels
    fetch: Fetch
    addresses: AddressPolicy
    now: Callable[[], datetime]
    opening: str | None = None


def create_agent(spec: AgentSpec, parts: AgentParts) -> Agent:
    """Make the agent of one call. Quick and without I/O; `Agent.prepare` does the work."""
    match spec:
        case EchoSpec():
            return EchoAgent()
        case EmbeddedSpec():
            return EmbeddedAgent(
                engine=parts.engine,
                models=parts.models,
                fetch=parts.fetch,
                now=parts.now,
                opening=parts.opening,
                policy=spec.turns,
            )
        case MediaStreamsSpec():
            return MediaStreamsAgent(
                spec, context=parts.engine.context, models=parts.models, addresses=parts.addresses
            )
        case RealtimeSpec():
            return RealtimeAgent(
                spec,
                engine=parts.engine,
                models=parts.models,
                fetch=parts.fetch,
                addresses=parts.addresses,
                now=parts.now,
                opening=parts.opening,
            )
        case CascadeSpec():
            return CascadeAgent(
                spec,
                CascadeParts(
                    engine=parts.engine,
                    models=parts.models,
                    fetch=parts.fetch,
                    now=parts.now,
                    opening=parts.opening,
                    chat_models=chat_models_of(spec, parts.addresses),
                    transcribers=transcribers_of(spec, parts.addresses),
                    voices=voices_of(spec, parts.addresses),
                ),
            )
        case _:
            assert_never(spec)
