"""Any workflow that can be published, and anything that can happen in it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from asisso.workflows.definition import parse_definition
from asisso.workflows.engine import Engine
from asisso.workflows.steps import (
    Chosen,
    Command,
    Event,
    Expectation,
    Fetch,
    Fetched,
    FetchFailed,
    Finish,
    Given,
    Heard,
    Keyed,
    PutThrough,
    Say,
    TransferFailed,
)
from asisso.workflows.validation import has_errors, validate
from tests.unit.workflows.conversations import NOW

pytestmark = pytest.mark.unit

IDS = ("hello", "a", "b", "c", "web", "desk", "rules", "bye")
NAMES = ("order", "day", "hour", "count", "sure", "team", "who", "note")
TYPES = dict(
    zip(NAMES, ("digits", "date", "time", "number", "yes_no", "choice", "name", "text"), strict=True)
)
WORDS = st.sampled_from(
    ("", "um", "yes", "no", "four two seven seven", "next Tuesday", "half past two", "sales", "my name is Ann", "bye",
     "operator", "help", "what?", "no, I said fifteen", "actually my order is 4278", "not Tuesday, Wednesday", "more",
     "a big blue elephant")
)  # fmt: skip
SAID = WORDS | st.text(max_size=20)


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(NAMES))
    options = {"options": ["sales", "support"]} if TYPES[name] == "choice" else {}
    more = {
        "required": draw(st.booleans()),
        "confirm": draw(st.booleans()),
        "ask": draw(st.sampled_from(("", "And?"))),
    }
    return {"name": name, "type": TYPES[name]} | options | more


@st.composite
def nodes(draw: st.DrawFn, node_id: str, kind: str) -> dict[str, Any]:
    say = draw(st.sampled_from(("", "Hello.", "{{order | none}} on {{day | some day}}?")))
    data: dict[str, Any] = {"say": say}
    if kind in ("start", "agent"):
        data["collect"] = draw(st.lists(fields(), max_size=3, unique_by=lambda field: str(field["name"])))
    elif kind == "http":
        data |= {"url": "https://a.example/{{order | x}}", "save": {"status": "$.status"}}
    elif kind == "transfer":
        data["to"] = "PJSIP/1"
    return {"id": node_id, "type": kind, "data": data}


EDGE_DATA = st.fixed_dictionaries(
    {},
    optional={
        "digits": st.sampled_from(("1", "2", "12")),
        "when": st.sampled_from(("status", "not status", "caller_number == 5")),
        "examples": st.sampled_from((["more"], ["yes"], ["no"], ["talk to someone"])),
        "condition": st.just("the caller wants it"),
        "label": st.sampled_from(("more", "yes", "a person")),
    },
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    kinds = ("start", "agent", "agent", "agent", "http", "transfer", "global", "end")
    edges = [
        {"id": str(number), "source": source, "target": target, "data": data}
        for number, (source, target, data) in enumerate(
            draw(st.lists(st.tuples(st.sampled_from(IDS[:-1]), st.sampled_from(IDS), EDGE_DATA), max_size=14))
        )
        if target != "rules"
    ]
    drawn = [draw(nodes(node_id, kind)) for node_id, kind in zip(IDS, kinds, strict=True)]
    led_to = {edge["source"] for edge in edges}
    # A node without an edge of its own is a dead end: leave it out of what is published.
    kept = [node for node in drawn if node["id"] in led_to or node["type"] not in ("agent", "http")]
    kept_ids = {node["id"] for node in kept}
    return {"nodes": kept, "edges": [edge for edge in edges if {edge["source"], edge["target"]} <= kept_ids]}


EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Heard, SAID, st.dictionaries(st.sampled_from([str(n) for n in range(14)]), st.floats(0, 1))),
    st.builds(Keyed, st.text(st.sampled_from("0123456789*#"), max_size=6)),
    st.builds(Chosen, st.sampled_from([str(n) for n in range(14)])),
    st.builds(Given, st.sampled_from(NAMES), SAID),
    st.builds(
        Fetched, st.dictionaries(st.sampled_from(("status", "x")), st.none() | st.booleans() | st.text())
    ),
    st.builds(FetchFailed, st.just("It is down.")),
    st.builds(TransferFailed, st.just("busy")),
)


def check(engine: Engine, commands: list[Command]) -> None:
    """What holds after every event."""
    for command in commands:
        assert not isinstance(command, Say) or command.text.strip()
    last = commands[-1] if commands else None
    assert all(isinstance(command, Say) for command in commands[:-1])
    assert engine.is_over == isinstance(last, Finish)
    expects = engine.expects
    if isinstance(last, Fetch | PutThrough | Finish):
        assert (expects.wanted, expects.choices, expects.is_confirming) == ((), (), False)
    assert all(name in NAMES or name == "status" for name in engine.gathered)
    assert isinstance(engine.instructions, str)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(documents(), st.lists(EVENTS, max_size=25))
def test_conversation_always_ends_or_waits_for_something(
    document: dict[str, Any], events: list[Event]
) -> None:
    assume(not has_errors(validate(document)))
    definition = parse_definition(document)
    engine = Engine(definition, {"caller_number": "5"})
    waiting: type[Command] | None = None
    for event in (None, *events):
        commands = engine.begin(NOW) if event is None else engine.handle(event, NOW)
        if not commands:
            continue
        check(engine, commands)
        waiting = type(commands[-1])
        if engine.is_over:
            assert engine.handle(Heard("hello"), NOW) == []
            return
    if waiting is Say or waiting is None:
        is_greeting_only = not definition.edges_from(engine.node.id)
        expects = engine.expects
        assert expects.wanted or expects.choices or expects.is_confirming or is_greeting_only


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(documents(), st.lists(EVENTS, max_size=8))
def test_conversation_that_was_cut_off_goes_on(document: dict[str, Any], events: list[Event]) -> None:
    assume(not has_errors(validate(document)))
    first = Engine(parse_definition(document), {})
    first.begin(NOW)
    for event in events:
        first.handle(event, NOW)
    assume(not first.is_over)
    second = Engine(first.definition, {}, node_id=first.node.id, gathered=first.gathered)
    check(second, second.begin(NOW))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(documents())
def test_caller_who_is_never_understood_is_not_kept_for_ever(document: dict[str, Any]) -> None:
    assume(not has_errors(validate(document)))
    engine = Engine(parse_definition(document), {})
    last = engine.begin(NOW)
    for _ in range(200):
        expects = engine.expects
        if engine.is_over or not (expects.wanted or expects.choices or expects.is_confirming or last):
            return
        is_request = bool(last) and isinstance(last[-1], Fetch)
        is_transfer = bool(last) and isinstance(last[-1], PutThrough)
        if is_transfer:
            return
        last = engine.handle(Fetched({}) if is_request else Heard(""), NOW)
    assert engine.expects == Expectation()
