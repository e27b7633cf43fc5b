"""Conversations with an engine, as tests write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asisso.workflows.definition import parse_definition
from asisso.workflows.engine import Engine
from asisso.workflows.steps import Command, Event, Fetch, Finish, Heard, Keyed, PutThrough, Say
from asisso.workflows.validation import has_errors, validate

NOW = datetime.fromisoformat("2026-11-25T10:15:00+00:00")
"""A Wednesday."""


def node(node_id: str, kind: str, **data: Any) -> dict[str, Any]:
    return {"id": node_id, "type": kind, "data": data}


def edge(source: str, target: str, **data: Any) -> dict[str, Any]:
    return {"id": f"{source}-{target}", "source": source, "target": target, "data": data}


def graph(*parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "nodes": [part for part in parts if "type" in part],
        "edges": [part for part in parts if "source" in part],
    }


def engine_of(
    document: Mapping[str, Any], context: Mapping[str, object] | None = None, **resumed: Any
) -> Engine:
    """An engine for a definition, which must be one that can be published."""
    problems = validate(document)
    assert not has_errors(problems), problems
    return Engine(parse_definition(document), context or {}, **resumed)


def start(engine: Engine) -> str:
    return transcript(engine.begin(NOW))


def talk(engine: Engine, *turns: str | Event) -> str:
    """What the agent does after the last of these turns. Digits alone are keyed, other texts are said."""
    commands: list[Command] = []
    for turn in turns:
        commands = engine.handle(_event(turn), NOW)
    return transcript(commands)


def transcript(commands: list[Command]) -> str:
    return " / ".join(_line(command) for command in commands)


def _event(turn: str | Event) -> Event:
    if not isinstance(turn, str):
        return turn
    is_keyed = bool(turn) and not set(turn) - set("0123456789*#")
    return Keyed(turn) if is_keyed else Heard(turn)


def _line(command: Command) -> str:
    match command:
        case Say(text):
            return text
        case Fetch(_, request):
            return f"[{request.method} {request.url}]"
        case PutThrough(_, data):
            return f"[to {data.to}]"
        case Finish(outcome):
            return f"[{outcome}]"
