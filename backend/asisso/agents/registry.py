"""From what a workflow asks for to the agent that does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from asisso.agents.agent import Agent
from asisso.agents.echo import EchoAgent
from asisso.agents.embedded import EmbeddedAgent, Exit
from asisso.agents.media_streams.agent import MediaStreamsAgent
from asisso.agents.media_streams.spec import MediaStreamsSpec
from asisso.agents.spec import AgentSpec, EchoSpec, EmbeddedSpec
from asisso.agents.speech import SpeechModels
from asisso.outbound_addresses import AddressPolicy


def create_agent(
    spec: AgentSpec,
    *,
    greeting: str,
    farewell: str,
    exits: Mapping[str, Exit],
    models: SpeechModels,
    context: Mapping[str, object],
    addresses: AddressPolicy,
) -> Agent:
    """Make the agent of one call. Quick and without I/O; `Agent.prepare` does the work.

    Args:
        spec: which agent, with its settings.
        greeting: what it says first.
        farewell: what it says last.
        exits: whom the caller reaches by keys.
        models: the speech models of this process, loaded or not.
        context: of the call.
        addresses: whom this server may connect to.
    """
    match spec:
        case EchoSpec():
            return EchoAgent()
        case EmbeddedSpec():
            return EmbeddedAgent(
                greeting=greeting, farewell=farewell, exits=exits, models=models, policy=spec.turns
            )
        case MediaStreamsSpec():
            return MediaStreamsAgent(spec, context=context, models=models, addresses=addresses)
        case _:
            assert_never(spec)
