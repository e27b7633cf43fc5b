import pytest

from asisso.agents.echo import EchoAgent
from asisso.agents.embedded import EmbeddedAgent
from asisso.agents.registry import AgentParts, create_agent
from asisso.agents.spec import EmbeddedSpec, parse_agent_spec
from asisso.agents.speech import SpeechModels
from asisso.outbound_addresses import AddressPolicy
from asisso.workflows.engine import Engine
from tests.fakes.conversation import MONDAY, greeting_and_farewell, no_network

pytestmark = pytest.mark.unit


def test_spec_fills_in_the_documented_defaults():
    spec = parse_agent_spec({"kind": "embedded"})

    assert spec == EmbeddedSpec(kind="embedded", max_duration_s=3_600, recording="on", language="en")


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        ({}, "agent: Unable to extract tag"),
        ({"kind": "psychic"}, "psychic"),
        ({"kind": "echo", "language": "en"}, "language: Extra inputs"),
        ({"kind": "embedded", "recording": "ask"}, "recording: Input should be 'on' or 'off'"),
        ({"kind": "embedded", "language": "fr"}, "language: Input should be 'en'"),
        ({"kind": "embedded", "max_duration_s": 0}, "max_duration_s"),
        ("embedded", "agent"),
    ],
)
def test_spec_refuses_what_would_have_no_effect(agent, reason):
    with pytest.raises(ValueError, match=reason):
        parse_agent_spec(agent)


@pytest.mark.parametrize(("kind", "expected"), [("echo", EchoAgent), ("embedded", EmbeddedAgent)])
def test_registry_makes_the_agent_that_was_asked_for_without_loading_anything(kind, expected):
    models = SpeechModels()
    parts = AgentParts(
        engine=Engine(greeting_and_farewell("Hi.", "Bye."), {}),
        models=models,
        fetch=no_network,
        addresses=AddressPolicy(),
        now=lambda: MONDAY,
    )
    agent = create_agent(parse_agent_spec({"kind": kind}), parts)
    models.close()

    assert isinstance(agent, expected)
