"""How far a conversation has come, as its run and its timeline are told."""

from __future__ import annotations

from typing import Any

import pytest

from asisso.calls.log import CallLog
from asisso.calls.progress import MAX_VALUE_LENGTH, MAX_VALUES, Progress, Standing, storable
from asisso.metrics import REGISTRY

pytestmark = pytest.mark.unit


class Run:
    """Remembers what it is told."""

    def __init__(self, standing: Standing | None = None) -> None:
        self.log = CallLog()
        self.told: list[dict[str, Any]] = []
        self.progress = Progress(lambda **columns: self.told.append(columns), self.log, standing)

    @property
    def entries(self) -> list[tuple[str, object]]:
        return [(e.kind, next(iter(e.detail.values()))) for e in self.log.take().events]


def test_each_node_and_each_new_value_is_in_the_timeline_by_name() -> None:
    run = Run()
    run.progress.moved("hello", {})
    run.progress.moved("order", {})
    run.progress.moved("order", {"order_number": "4711"})
    run.progress.moved("tell", {"order_number": "4711", "status": "sent"})
    assert run.entries == [
        ("node", "hello"),
        ("node", "order"),
        ("value", "order_number"),
        ("value", "status"),
        ("node", "tell"),
    ]
    assert run.told[-1] == {"node_id": "tell", "gathered": {"order_number": "4711", "status": "sent"}}


def test_a_correction_is_a_new_value() -> None:
    run = Run(Standing("order", {"order_number": "4711"}))
    run.progress.moved("order", {"order_number": "4715"})
    assert run.entries == [("value", "order_number")]


def test_what_has_not_changed_is_not_written_again() -> None:
    run = Run(Standing("order", {"order_number": "4711"}))
    run.progress.moved("order", {"order_number": "4711"})
    assert (run.told, run.entries) == ([], [])


def test_usage_goes_on_where_an_earlier_process_left_it() -> None:
    run = Run(Standing(usage={"stt_seconds": 10.5}))
    run.progress.used({"stt_seconds": 1.25, "tts_characters": 40})
    assert run.told == [{"usage": {"stt_seconds": 11.75, "tts_characters": 40}}]


def test_an_amount_that_is_none_spoils_nothing() -> None:
    run = Run()
    run.progress.used({"stt_seconds": float("nan"), "llm_input_tokens": -5, "tts_seconds": 2})
    assert run.progress.usage == {"tts_seconds": 2}


def test_only_known_kinds_become_metrics() -> None:
    def count(kind: str) -> float:
        return REGISTRY.get_sample_value("asisso_usage_total", {"kind": kind}) or 0

    before = count("llm_output_tokens")
    Run().progress.used({"llm_output_tokens": 7, "x_of_a_provider_tokens": 9})
    assert count("llm_output_tokens") == before + 7
    assert REGISTRY.get_sample_value("asisso_usage_total", {"kind": "x_of_a_provider_tokens"}) is None


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("a\0b\ud800c", "abc"),
        ("x" * 10_000, "x" * MAX_VALUE_LENGTH),
        (float("inf"), None),
        (True, True),
        (15, 15),
        ({"a": ["\0b", float("nan")]}, {"a": ["b", None]}),
        (["x" * 10_000], '["' + "x" * (MAX_VALUE_LENGTH - 2)),
    ],
)
def test_values_are_stored_as_both_databases_take_them(value: object, stored: object) -> None:
    assert storable(value) == stored


def test_there_is_an_end_to_values() -> None:
    run = Run()
    run.progress.moved("n", {f"v{i}": i for i in range(1_000)})
    assert len(run.told[-1]["gathered"]) == MAX_VALUES
