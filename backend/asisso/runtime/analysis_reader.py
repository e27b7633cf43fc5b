"""From what a call ran to the language model that reads it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from asisso.agents.after_call import AfterCall
from asisso.agents.llm.chat_model import ChatModel
from asisso.agents.llm.openai_chat import OpenAIChat
from asisso.calls.route import PublishedWorkflow
from asisso.outbound_addresses import AddressPolicy

from .agent_plans import AgentPlanner

PATIENCE: Final = {
    "first_token_timeout_s": 45.0,
    "between_tokens_timeout_s": 15.0,
    "max_tokens": 600,
    "temperature": 0.0,
}
"""Nobody waits on the line for this answer, and a small machine needs its time for a long transcript."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a call, and what for."""

    model: ChatModel
    wanted: AfterCall


MakeReader = Callable[[PublishedWorkflow], Reader | None]
"""Gives None when the workflow asks for nothing; raises `AgentError` when it can't be run."""


def readers(planner: AgentPlanner, policy: AddressPolicy) -> MakeReader:
    """Readers out of published workflows, whose keys the planner opens."""

    def make(workflow: PublishedWorkflow) -> Reader | None:
        spec = planner.spec(workflow)
        settings = spec.analysis_model
        if settings is None:
            return None
        return Reader(OpenAIChat(settings.model_copy(update=PATIENCE), policy), spec.after_call)

    return make
