"""From an admitted call to the agent that will talk: workflow version, templates, models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from asisso.agents.agent import Agent, AgentError, AgentUnavailable
from asisso.agents.control import (
    DEFAULT_BRIEFING,
    Destination,
    ToDialplan,
    ToReferral,
    ToTelephone,
)
from asisso.agents.embedded import Exit
from asisso.agents.registry import create_agent
from asisso.agents.spec import AgentSpec, parse_agent_spec
from asisso.agents.speech import SpeechModels
from asisso.agents.tts.hibari import HIBARI_VOICE
from asisso.agents.tts.kept import KeptSentences
from asisso.agents.tts.sentences import split_sentences
from asisso.audio.frame import Pcm
from asisso.calls.admission import Admission
from asisso.calls.plan import AgentPlan, LeftOff
from asisso.calls.route import PublishedWorkflow
from asisso.errors import ConfigurationError
from asisso.security import SecretBox
from asisso.services.agent_secrets import VERSION, open_secrets
from asisso.workflows.definition import DefinitionError, TransferData, WorkflowDefinition, parse_definition
from asisso.workflows.templates import render

log = structlog.get_logger(__name__)

MAX_KEPT_WORKFLOWS = 256
OVERLOADED = (
    "Speech recognition and synthesis are behind; this server takes no new calls until they have caught up."
)


class AgentPlanner:
    """Makes agents out of published workflows; holds the speech models they share.

    Attributes:
        models: filled by their `load`; before that they can say what is kept in `clips_dir`.
        problem: why loading them failed the last time.
    """

    def __init__(self, clips_dir: Path, secret_box: SecretBox, models: SpeechModels | None = None) -> None:
        self.models = models or SpeechModels(kept=KeptSentences(clips_dir, HIBARI_VOICE))
        self.problem: str | None = None
        self._secret_box = secret_box
        self._warm: set[tuple[str, int]] = set()
        self._workflows: dict[tuple[str, int], tuple[AgentSpec, WorkflowDefinition]] = {}

    @property
    def reasons(self) -> list[str]:
        """Why no agent can be made now; empty when one can."""
        if not self.models.is_ready:
            return [self.problem or "The speech models are being loaded."]
        return [OVERLOADED] if self.models.is_overloaded else []

    @property
    def no_capacity(self) -> str | None:
        """Why a call must be refused. While models are only being loaded, a caller rings a second longer instead."""
        if not self.models.is_ready:
            return self.problem
        return OVERLOADED if self.models.is_overloaded else None

    def plan(self, admission: Admission, left_off: LeftOff | None) -> AgentPlan:
        """The agent for a call.

        Args:
            left_off: where the conversation was, when it was interrupted and goes on.

        Raises:
            AgentUnavailable: the workflow can't be run.
        """
        workflow = admission.route.workflow
        if workflow is None:
            raise AgentUnavailable("There is no agent for this call.")
        spec = self.spec(workflow)
        agent = self._agent(
            workflow, admission.context, greeting=None if left_off is None else spec.phrases.resumed
        )
        return AgentPlan(
            agent,
            spec.max_duration_s,
            is_recorded=spec.recording == "on",
            silence_timeout_s=spec.silence_timeout_s,
            greeting_delay_ms=spec.greeting_delay_ms,
            phrases=spec.phrases,
            speak=self._speak,
            is_analyzed=spec.after_call.is_wanted,
        )

    def spec(self, workflow: PublishedWorkflow) -> AgentSpec:
        """Who talks, secrets open.

        Raises:
            AgentUnavailable: the workflow can't be run.
        """
        return self._read(workflow)[0]

    async def _speak(self, text: str) -> Pcm:
        clips = [await self.models.synthesize(sentence, keep=True) for sentence in split_sentences(text)]
        return np.concatenate(clips) if clips else np.empty(0, np.int16)

    async def warm_up(self, workflows: Iterable[PublishedWorkflow]) -> None:
        """Let agents prepare for the first time before a caller waits for it: greetings are rendered once and kept."""
        for workflow in workflows:
            key = (workflow.id, workflow.version)
            if key in self._warm or not self.models.is_ready:
                continue
            self._warm.add(key)
            try:
                agent = self._agent(workflow, {}, greeting=None)
                await agent.prepare()
                await agent.close()
                for text in self._read(workflow)[0].phrases.texts:
                    for sentence in split_sentences(text):
                        await self.models.keep(sentence)
            except AgentError as error:
                log.warning("a workflow could not be prepared", workflow_id=workflow.id, error=str(error))

    def _agent(
        self, workflow: PublishedWorkflow, context: Mapping[str, Any], *, greeting: str | None
    ) -> Agent:
        spec, definition = self._read(workflow)
        return create_agent(
            spec,
            greeting=render(definition.greeting, context) if greeting is None else greeting,
            farewell=render(definition.farewell, context),
            exits={keys: _exit(node.data, context) for keys, node in definition.transfers_by_keys.items()},
            models=self.models,
        )

    def _read(self, workflow: PublishedWorkflow) -> tuple[AgentSpec, WorkflowDefinition]:
        """The workflow's JSON, read once: a published version never changes."""
        key = (workflow.id, workflow.version)
        if key not in self._workflows:
            try:
                read = parse_agent_spec(self._whole(workflow)), parse_definition(workflow.definition)
            except (ValueError, DefinitionError, ConfigurationError) as error:
                raise AgentUnavailable(f"The workflow can't be run: {error}.") from None
            if len(self._workflows) >= MAX_KEPT_WORKFLOWS:
                self._workflows.clear()
            self._workflows[key] = read
        return self._workflows[key]

    def _whole(self, workflow: PublishedWorkflow) -> dict[str, Any]:
        sealed, row_id = workflow.agent_secrets_encrypted, workflow.version_id
        return open_secrets(workflow.agent, sealed, self._secret_box, VERSION, row_id)


def _exit(data: TransferData, context: Mapping[str, Any]) -> Exit:
    destination: Destination
    match data.mode:
        case "blind":
            destination = ToTelephone(data.to)
        case "attended":
            briefing = render(data.briefing, context) or DEFAULT_BRIEFING
            destination = ToTelephone(data.to, briefing=briefing, must_confirm=data.must_confirm)
        case "dialplan":
            destination = ToDialplan(data.context, data.extension)
        case "refer":
            destination = ToReferral(data.to)
    return Exit(render(data.say, context), destination)
