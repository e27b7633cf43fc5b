"""An agent whose settings hold secrets at every depth, for tests of how they are kept."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from asisso.agents import spec
from asisso.agents.call_settings import AgentSettings
from asisso.agents.secret import Secret
from asisso.agents.spec import EchoSpec
from asisso.services import agent_secrets


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ChatServer(_Part):
    kind: Literal["chat"] = "chat"
    base_url: str = "https://api.example.com/v1"
    model: str = "small"
    api_key: Secret | None = None


class Offline(_Part):
    kind: Literal["offline"]


Model = Annotated[ChatServer | Offline, Field(discriminator="kind")]


class KeyedSpec(AgentSettings):
    kind: Literal["keyed"]
    token: Secret | None = None
    llm: Model
    fallbacks: list[Model] = Field(default=[])


ADAPTER: TypeAdapter[Any] = TypeAdapter(Annotated[EchoSpec | KeyedSpec, Field(discriminator="kind")])


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workflows have such an agent."""
    monkeypatch.setattr(spec, "AGENT_ADAPTER", ADAPTER)
    monkeypatch.setattr(agent_secrets, "AGENT_ADAPTER", ADAPTER)
