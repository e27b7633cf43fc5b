"""Reading definitions and judging them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.workflows.definition import DefinitionError, parse_definition
from asisso.workflows.validation import Problem, has_errors, validate

pytestmark = pytest.mark.unit

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["a", "b", "c"]),
        "type": st.sampled_from(["start", "agent", "end", "http", ""]),
        "source": st.sampled_from(["a", "b", "x"]),
        "target": st.sampled_from(["a", "b", "x"]),
        "data": JSON,
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {}, optional={"nodes": st.lists(PARTS, max_size=5) | JSON, "edges": st.lists(PARTS, max_size=5) | JSON}
)


def node(node_id: str, kind: str, **data: Any) -> dict[str, Any]:
    return {"id": node_id, "type": kind, "data": data}


def edge(edge_id: str, source: str, target: str) -> dict[str, Any]:
    return {"id": edge_id, "source": source, "target": target}


def graph(*parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "nodes": [part for part in parts if "type" in part],
        "edges": [part for part in parts if "source" in part],
    }


START, END = node("hello", "start", say="Hello."), node("bye", "end", say="Goodbye.")


DESK = {
    "id": "desk",
    "type": "transfer",
    "data": {"to": "PJSIP/6001", "mode": "attended", "say": "One moment."},
}


def only(problems: list[Problem], code: str) -> Problem:
    found = [problem for problem in problems if problem.code == code]
    assert len(found) == 1, problems
    return found[0]


@pytest.mark.parametrize(
    "document",
    [
        graph(START),
        graph(START, END),
        graph(START, END, edge("e", "hello", "bye")),
        graph(START, node("a", "agent"), END, edge("1", "hello", "a"), edge("2", "a", "bye")),
        graph(node("hello", "start", say="{{caller_number}} {{channel_variables.X}} {{now}} {{weekday}}")),
        {"nodes": [START | {"position": {"x": 1.5, "y": 2}}]},
    ],
)
def test_definition_that_can_run_has_no_problems(document: dict[str, Any]) -> None:
    assert validate(document) == []


@pytest.mark.parametrize(
    ("document", "code", "node_id", "edge_id"),
    [
        (graph(END), "no_start", None, None),
        (graph(START, node("again", "start")), "second_start", "again", None),
        (graph(START, END, END), "duplicate_node_id", "bye", None),
        (graph(START, END, *[edge("e", "hello", "bye")] * 2), "duplicate_edge_id", None, "e"),
        (graph(START, edge("e", "hello", "gone")), "unknown_node", None, "e"),
        (graph(START, END, edge("e", "bye", "hello")), "edge_from_end", "bye", "e"),
        (graph(START, node("a", "agent"), edge("e", "hello", "a")), "dead_end", "a", None),
        (graph(START, node("a", "teleport")), "unknown_node_type", "a", None),
        (graph(START, node("a", "agent", colour="red")), "bad_shape", "a", None),
        (graph(node("hello", "start", say="Hi {{your_majesty}}")), "unknown_name", "hello", None),
        (graph(node("hello", "start", say="Hi {{two words}}")), "bad_template", "hello", None),
        ({"nodes": 1}, "bad_shape", None, None),
        ({}, "bad_shape", None, None),
        (graph(START) | {"colour": "red"}, "bad_shape", None, None),
    ],
)
def test_definition_problem_names_its_part(
    document: dict[str, Any], code: str, node_id: str | None, edge_id: str | None
) -> None:
    problem = only(validate(document), code)
    assert (problem.severity, problem.node_id, problem.edge_id) == ("error", node_id, edge_id)
    for name in (node_id, edge_id):
        assert name is None or name in problem.message


def test_definition_warnings_do_not_forbid_publishing() -> None:
    loop = graph(
        node("hello", "start", say="Hi {{first_name | there}}"), node("a", "agent"), edge("e", "a", "a")
    )
    problems = validate(loop)
    assert {problem.code for problem in problems} == {"unreachable", "unknown_name"}
    assert not has_errors(problems)


@given(DOCUMENTS)
def test_definition_of_any_json_is_judged_and_never_breaks(document: dict[str, Any]) -> None:
    problems = validate(document)
    assert problems == sorted(problems, key=lambda problem: problem.severity)
    if not has_errors(problems):
        definition = parse_definition(document)
        assert definition.greeting == definition.start.data.say


def test_definition_tells_greeting_and_farewell() -> None:
    definition = parse_definition(graph(START, END))
    assert (definition.greeting, definition.farewell) == ("Hello.", "Goodbye.")
    assert parse_definition(graph(START)).farewell == ""


def test_definition_faults_carry_their_place() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_definition(graph(START, node("a", "agent", colour="red")))
    assert [path for path, _ in caught.value.faults] == [("nodes", 1, "data", "colour")]


def test_transfer_by_keys_is_found_from_the_start():
    keyed = edge("e1", "hello", "desk") | {"data": {"digits": "0"}}
    document = graph(START, END, DESK, keyed)

    assert not has_errors(validate(document))
    assert parse_definition(document).transfers_by_keys["0"].data.to == "PJSIP/6001"


@pytest.mark.parametrize(
    ("data", "field"),
    [({}, "to"), ({"to": " "}, "to"), ({"mode": "dialplan", "extension": "200"}, "context")],
)
def test_transfer_to_nowhere_is_an_error(data: dict[str, Any], field: str) -> None:
    problems = validate(graph(START, END, node("desk", "transfer", **data)))
    assert only(problems, "no_destination").path == ("nodes", 2, "data", field)
