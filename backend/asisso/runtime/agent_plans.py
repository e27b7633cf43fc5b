"""From an admitted call to the agent that will talk: workflow version, templates, models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from asisso.agents.agent import Agent, AgentError, AgentUnavailable
from asisso.agents.dialogue import Fetch
from asisso.agents.fixed_texts import choices_of
from asisso.agents.registry import AgentParts, create_agent
from asisso.agents.spec import AgentSpec, parse_agent_spec
from asisso.agents.speech import SpeechModels
from asisso.agents.tts.hibari import HIBARI_VOICE
from asisso.agents.tts.kept import KeptSentences
from asisso.agents.tts.sentences import split_sentences
from asisso.agents.typed import TypedParts
from asisso.audio.frame import Pcm
from asisso.calls.admission import Admission
from asisso.calls.plan import AgentPlan, LeftOff
from asisso.calls.route import PublishedWorkflow
from asisso.errors import ConfigurationError
from asisso.outbound_addresses import AddressPolicy
from asisso.security import SecretBox
from asisso.services.agent_secrets import VERSION, open_secrets
from asisso.workflows.definition import DefinitionError, WorkflowDefinition, parse_definition
from asisso.workflows.engine import Engine

log = structlog.get_logger(__name__)

MAX_KEPT_WORKFLOWS = 256
LOADING = "The speech models are being loaded."
ELSEWHERE = frozenset({"media_streams", "realtime"})
"""Agents that connect to a server when they prepare, which expects a call then."""

OVERLOADED = (
    "Speech recognition and synthesis are behind; this server takes no new calls until they have caught up."
)


class AgentPlanner:
    """Makes agents out of published workflows; holds the speech models they share.

    Args:
        clips_dir: where sentences are kept that can be said before the models are loaded.
        secret_box: opens the secrets of workflows' agents.
        fetch: does the requests of http nodes, for all calls.
        addresses: whom this server may connect to.
        now: the time where the server stands.

    Attributes:
        models: filled by their `load`; before that they can say what is kept in `clips_dir`.
        problem: why loading them failed the last time.
    """

    def __init__(
        self,
        clips_dir: Path,
        *,
        secret_box: SecretBox,
        fetch: Fetch,
        addresses: AddressPolicy,
        models: SpeechModels | None = None,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self.models = models or SpeechModels(kept=KeptSentences(clips_dir, HIBARI_VOICE))
        self.problem: str | None = None
        self._secret_box = secret_box
        self._fetch = fetch
        self._addresses = addresses
        self._now = now
        self._warm: set[tuple[str, int]] = set()
        self._workflows: dict[tuple[str, int], tuple[AgentSpec, WorkflowDefinition]] = {}

    @property
    def reasons(self) -> list[str]:
        """Why no agent can be made now; empty when one can."""
        if not self.models.is_ready:
            return [self.problem or LOADING]
        return [OVERLOADED] if self.models.is_overloaded else []

    @property
    def no_capacity(self) -> str | None:
        """Why a call must be refused. While models are only being loaded, a caller rings a second longer instead."""
        if not self.models.is_ready:
            return self.problem
        return OVERLOADED if self.models.is_overloaded else None

    @property
    def typed_parts(self) -> TypedParts:
        """What a conversation in writing shares with calls."""
        problem = None if self.models.is_ready else self.problem or LOADING
        return TypedParts(self.models.likeness, self._fetch, self._now, problem)

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
        agent = self._agent(workflow, admission.context, left_off)
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
                await self._prepare_once(workflow)
            except AgentError as error:
                log.warning("a workflow could not be prepared", workflow_id=workflow.id, error=str(error))

    async def _prepare_once(self, workflow: PublishedWorkflow) -> None:
        spec, definition = self._read(workflow)
        if spec.kind not in ELSEWHERE:
            agent = self._agent(workflow, {}, None)
            await agent.prepare()
            await agent.close()
        for text in spec.phrases.texts:
            for sentence in split_sentences(text):
                await self.models.keep(sentence)
        await self.models.warm_meaning(choices_of(definition))

    def _agent(
        self, workflow: PublishedWorkflow, context: Mapping[str, Any], left_off: LeftOff | None
    ) -> Agent:
        spec, definition = self._read(workflow)
        if left_off is None:
            engine, opening = Engine(definition, context), None
        else:
            node_id = left_off.node_id or definition.start.id
            engine = Engine(definition, context, node_id=node_id, gathered=left_off.gathered)
            opening = spec.phrases.resumed
        parts = AgentParts(
            engine=engine,
            models=self.models,
            fetch=self._fetch,
            addresses=self._addresses,
            now=self._now,
            opening=opening,
        )
        return create_agent(spec, parts)

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
