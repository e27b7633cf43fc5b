"""What a model is asked after a call, and what is made of its answers, good and bad."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

import pytest

from asisso.agents.after_call import AfterCall
from asisso.agents.analysis import (
    LEFT_OUT,
    MAX_SUMMARY,
    MAX_TRANSCRIPT,
    FinishedCall,
    analyze,
    question,
    read_answer,
    record,
)
from asisso.agents.llm.chat_model import ChatCapabilities, Delta, Message, TextDelta, ToolSpec, Usage
from asisso.agents.model_error import ModelError
from asisso.agents.spec import parse_agent_spec

pytestmark = pytest.mark.unit

BOTH = AfterCall(summary=True, dispositions=["Order status", "Wrong number"])
CALL = FinishedCall([("agent", "Hello."), ("caller", "Where is 4711?")], {"order": "4711"}, "completed")


@dataclass
class Model:
    """Says what it is told to."""

    deltas: Sequence[Delta]
    asked: list[Message] = field(default_factory=list)
    name = "m"
    capabilities = ChatCapabilities()

    async def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec]
    ) -> AsyncGenerator[Delta, None]:
        self.asked += messages
        for delta in self.deltas:
            yield delta

    async def close(self) -> None:
        """Nothing is open."""


async def test_the_answer_comes_in_pieces_and_its_cost_with_it() -> None:
    pieces = ['```json\n{"summary": "The caller asked', ' for 4711.", "disposition": "order status."}\n```']
    model = Model([*map(TextDelta, pieces), Usage(210, 24)])
    made = await analyze(model, BOTH, CALL)
    assert (made.summary, made.disposition) == ("The caller asked for 4711.", "Order status")
    assert made.usage == {"llm_input_tokens": 210, "llm_output_tokens": 24}
    assert "caller: Where is 4711?" in model.asked[-1].text


def test_only_what_is_wanted_is_asked_for() -> None:
    system, _ = question(AfterCall(summary=True), CALL)
    assert "summary" in system.text
    assert "disposition" not in system.text
    assert read_answer('{"summary": "Yes.", "disposition": "Made up"}', AfterCall(summary=True)) == (
        "Yes.",
        None,
    )


def test_of_a_long_call_beginning_and_end_are_read() -> None:
    turns = [("caller", f"word{i} " * 20) for i in range(2_000)]
    text = record(FinishedCall(turns, {}, "completed"))
    assert len(text) < MAX_TRANSCRIPT + 200
    assert "word0 " in text
    assert "word1999 " in text
    assert LEFT_OUT in text


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I can't do that.",
        "[1, 2]",
        '{"summary": "Cut off',
        '{"summary": "", "disposition": "Wrong number"}',
        '{"summary": ["x"], "disposition": "Wrong number"}',
        '{"summary": "Yes.", "disposition": "Something else"}',
        '{"summary": "Yes."}',
        "{" * 100_000,
    ],
)
def test_an_answer_that_lacks_something_is_worth_another_try(answer: str) -> None:
    with pytest.raises(ModelError) as failed:
        read_answer(answer, BOTH)
    assert (failed.value.code, failed.value.retryable) == ("model_garbled", True)


def test_a_summary_is_one_line_of_storable_text_with_an_end() -> None:
    told = '{"summary": "a\\u0000b\\n\\n c \\ud800' + "x" * 5_000 + '"}'
    summary, _ = read_answer(told, AfterCall(summary=True))
    assert summary is not None
    assert summary.startswith("ab c x")
    assert len(summary) <= MAX_SUMMARY


class TestSettings:
    def test_an_agent_without_a_model_has_to_name_one(self) -> None:
        with pytest.raises(ValueError, match=r"after_call\.llm"):
            parse_agent_spec({"kind": "embedded", "after_call": {"summary": True}})
        spec = parse_agent_spec(
            {
                "kind": "embedded",
                "after_call": {"summary": True, "llm": {"base_url": "http://127.0.0.1:1/v1", "model": "m"}},
            }
        )
        assert spec.analysis_model is not None

    def test_the_model_that_talks_reads_too_unless_another_is_named(self) -> None:
        talking = {"kind": "cascade", "llm": {"model": "talks"}}
        spec = parse_agent_spec({**talking, "after_call": {"summary": True}})
        assert spec.analysis_model is not None
        assert spec.analysis_model.model == "talks"
        other = {"summary": True, "llm": {"model": "reads"}}
        spec = parse_agent_spec({**talking, "after_call": other})
        assert spec.analysis_model is not None
        assert spec.analysis_model.model == "reads"

    def test_nothing_is_asked_of_anybody_unless_it_is_wanted(self) -> None:
        assert parse_agent_spec({"kind": "embedded"}).analysis_model is None

    @pytest.mark.parametrize("names", [["A", "a"], [""], [" a"], ["x" * 101], [str(i) for i in range(31)]])
    def test_dispositions_can_be_told_apart(self, names: list[str]) -> None:
        with pytest.raises(ValueError, match="dispositions"):
            parse_agent_spec({"kind": "embedded", "after_call": {"dispositions": names}})
