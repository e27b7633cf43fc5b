"""What a workflow's author is told about each kind of mistake."""

from __future__ import annotations

from typing import Any

import pytest

from asisso.workflows.validation import Problem, has_errors, validate
from tests.unit.workflows.conversations import graph, node

pytestmark = pytest.mark.unit

START, END = node("hello", "start", say="Hello."), node("bye", "end", say="Goodbye.")
DESK = node("desk", "transfer", to="PJSIP/6001", mode="attended", say="One moment.")


def choice(edge_id: str, source: str, target: str, **data: Any) -> dict[str, Any]:
    return {"id": edge_id, "source": source, "target": target, "data": data}


def only(problems: list[Problem], code: str) -> Problem:
    found = [problem for problem in problems if problem.code == code]
    assert len(found) == 1, problems
    return found[0]


ASK = {"collect": [{"name": "order", "type": "digits"}]}
LOOKUP = node("lookup", "http", url="https://erp.example.com/{{order}}", save={"status": "$.a.b[0]"})
FULL = (
    START | {"data": {"say": "Hello.", **ASK}},
    LOOKUP,
    node("tell", "agent", say="{{status}}, {{order}}. Anything else?"),
    DESK,
    node("rules", "global", prompt="Be kind to {{caller_name | them}}."),
    END,
    choice("e1", "hello", "lookup", when="order"),
    choice("e2", "lookup", "tell"),
    choice("e3", "tell", "bye", examples=["no"]),
    choice("e4", "rules", "desk", digits="0"),
)


def test_full_graph_has_no_problems() -> None:
    assert validate(graph(*FULL)) == []


def with_node(node_id: str, kind: str, **data: Any) -> dict[str, Any]:
    """The full graph with one more node, which the caller can come to and leave."""
    ways = [choice("to", "tell", node_id, examples=["more"])]
    ways += [] if kind in ("end", "global") else [choice("from", node_id, "bye", when="order")]
    ways += [choice("else", node_id, "bye")] if kind == "http" else []
    return graph(*FULL, node(node_id, kind, **data), *([] if kind == "global" else ways))


def with_fields(*fields: dict[str, Any]) -> dict[str, Any]:
    return with_node("x", "agent", say="Hi?", collect=[{"name": "a"} | field for field in fields])


@pytest.mark.parametrize(
    ("document", "code", "path"),
    [
        (with_node("x", "http"), "no_url", ("data", "url")),
        (with_node("x", "http", url="ftp://example.com/"), "bad_url", ("data", "url")),
        (with_node("x", "http", url="https:///orders"), "bad_url", ("data", "url")),
        (with_node("x", "http", url="{{order}}"), "bad_url", ("data", "url")),
        (with_node("x", "http", url="http://a", headers={"X Y": "1"}), "bad_header", ("data", "headers", "X Y")),
        (with_node("x", "http", url="http://a", save={"a": "b.c"}), "bad_save_path", ("data", "save", "a")),
        (with_node("x", "http", url="http://a/{{nobody}}"), "unknown_name", ("data", "url")),
        (with_node("x", "http", url="http://a", body='{"a": {{nobody}}}'), "unknown_name", ("data", "body")),
        (with_node("x", "http", url="http://a", headers={"A": "{{nobody}}"}), "unknown_name", ("data", "headers", "A")),
        (with_fields({"ask": "{{nobody}}?"}), "unknown_name", ("data", "collect", 0, "ask")),
        (with_node("x", "agent", prompt="{{nobody}}", say="Hi."), "unknown_name", ("data", "prompt")),
        (with_node("x", "end", say="{{nobody}}"), "unknown_name", ("data", "say")),
        (with_node("x", "transfer", to="{{nobody}}"), "unknown_name", ("data", "to")),
        (with_node("x", "global", prompt="{{nobody}}"), "unknown_name", ("data", "prompt")),
        (with_fields({"type": "choice"}), "no_options", ("data", "collect", 0, "options")),
        (with_fields({"name": "order", "type": "date"}), "conflicting_types", ("data", "collect", 0, "type")),
        (with_fields({}, {}), "duplicate_name", ("data", "collect", 1, "name")),
        (
            with_fields({"type": "digits", "min_length": 5, "max_length": 4}),
            "bad_length",
            ("data", "collect", 0, "max_length"),
        ),
    ],
)  # fmt: skip
def test_node_that_cannot_work_is_an_error(
    document: dict[str, Any], code: str, path: tuple[Any, ...]
) -> None:
    problem = only(validate(document), code)
    assert (problem.severity, problem.node_id) == ("error", "x")
    assert problem.path == ("nodes", len(document["nodes"]) - 1, *path)
    assert problem.message.startswith("Node x ")


@pytest.mark.parametrize(
    ("more", "code", "severity"),
    [
        ([choice("x", "tell", "desk", when="nobody")], "unknown_name", "error"),
        ([choice("x", "tell", "desk", when="order ==")], "bad_condition", "error"),
        ([choice("x", "tell", "rules", examples=["a"])], "edge_into_global", "error"),
        ([choice("x", "tell", "hello", examples=["a"])], "edge_into_start", "warning"),
        (
            [choice("x", "tell", "desk", digits="1"), choice("y", "tell", "bye", digits="1")],
            "duplicate_digits",
            "error",
        ),
        ([choice("x", "lookup", "bye", examples=["a"])], "never_taken", "warning"),
        ([choice("x", "desk", "bye", digits="1")], "never_taken", "warning"),
        ([choice("x", "rules", "bye")], "never_taken", "warning"),
        ([choice("x", "lookup", "bye")], "never_taken", "warning"),
        ([choice("x", "tell", "bye")], "never_taken", "warning"),
    ],
)
def test_edge_that_cannot_work_is_told(more: list[dict[str, Any]], code: str, severity: str) -> None:
    problem = only(validate(graph(*FULL, *more)), code)
    assert (problem.severity, problem.path[0]) == (severity, "edges")
    assert problem.edge_id in problem.message


@pytest.mark.parametrize(
    ("document", "code", "node_id"),
    [
        (
            graph(START, LOOKUP | {"data": {"url": "http://a"}}, choice("e", "hello", "lookup")),
            "dead_end",
            "lookup",
        ),
        (
            graph(START, node("a", "agent"), choice("1", "hello", "a"), choice("2", "a", "hello")),
            "endless_loop",
            "a",
        ),
    ],
)
def test_way_that_leads_nowhere_is_an_error(document: dict[str, Any], code: str, node_id: str) -> None:
    problems = [problem for problem in validate(document) if problem.code == code]
    assert node_id in {problem.node_id for problem in problems}
    assert {problem.severity for problem in problems} == {"error"}


@pytest.mark.parametrize(
    ("document", "code", "node_id"),
    [
        (graph(*FULL, node("x", "http", url="http://a"), choice("e", "x", "bye")), "unreachable", "x"),
        (with_node("x", "agent", prompt="Be silent."), "nothing_to_say", "x"),
        (with_node("x", "agent", say="Hi.", collect=[{"name": "caller_name"}]), "hides_call_value", "x"),
        (with_node("x", "agent", say="Hi."), "no_other_way", "x"),
        (
            graph(
                START,
                LOOKUP | {"data": {"url": "http://a", "save": {"status": "$"}}},
                END,
                choice("1", "hello", "lookup"),
                choice("2", "lookup", "bye"),
                choice("3", "lookup", "hello", when="status"),
            ),
            "possible_loop",
            "lookup",
        ),
    ],
)  # fmt: skip
def test_node_that_may_surprise_is_a_warning(document: dict[str, Any], code: str, node_id: str) -> None:
    problems = validate(document)
    assert not has_errors(problems)
    assert node_id in {problem.node_id for problem in problems if problem.code == code}


def test_node_without_edges_of_its_own_can_be_left_by_those_of_everywhere() -> None:
    document = graph(*FULL, node("x", "agent", say="Hi?"), choice("to", "tell", "x", examples=["x"]))
    assert validate(document) == []
