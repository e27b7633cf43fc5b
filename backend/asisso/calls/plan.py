"""What a call is given to work with: the parts every call of the process shares, and its own agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from asisso.agents.agent import Agent
from asisso.agents.call_settings import Phrases
from asisso.db.engine import Database

from .admission import Admission
from .announcer import Speak
from .beat import Beat
from .directory import Directory
from .journal import Journal
from .log import Turn


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """An agent for one call, and the workflow settings the call itself obeys.

    Attributes:
        is_analyzed: a language model reads the call once it has ended.
    """

    agent: Agent
    max_duration_s: int
    is_recorded: bool
    silence_timeout_s: int
    greeting_delay_ms: int
    phrases: Phrases
    speak: Speak
    is_analyzed: bool = False


@dataclass(frozen=True, slots=True)
class LeftOff:
    """Where an interrupted conversation was.

    Attributes:
        turns: what was said.
        node_id: the node of its workflow; empty when nobody knows.
        gathered: the values it had.
    """

    turns: Sequence[Turn]
    node_id: str
    gathered: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CallServices:
    """What every call of this process uses.

    Attributes:
        plan_agent: makes the agent of an admitted call; raises AgentError when that can't be done. Told where an
            interrupted conversation was, an agent that goes on with it.
        journal: writes the calls' logs.
        recordings: the folder of recordings.
        disk: threads that write recordings.
        no_capacity: says why no call can be taken now, None when one can.
        beat: calls what every call does ten times a second.
    """

    database: Database
    journal: Journal
    directory: Directory
    plan_agent: Callable[[Admission, LeftOff | None], AgentPlan]
    recordings: Path
    disk: Executor
    node: str
    no_capacity: Callable[[], str | None]
    beat: Beat = field(default_factory=Beat)
