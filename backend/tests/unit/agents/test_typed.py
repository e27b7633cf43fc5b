"""Conversations in writing: what came of each turn, and what is not done twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from asisso.agents.dialogue import FetchFailed
from asisso.agents.typed import NO_ANSWER, PastRequest, Programs, TypedConversation, TypedParts
from asisso.workflows.definition import HttpData, parse_definition
from asisso.workflows.trial import CallerTurn, HttpAnswer
from tests.fakes.telephony import NOW, shared_words

pytestmark = pytest.mark.unit

SHOP = parse_definition(
    {
        "nodes": [
            {"id": "hello", "type": "start", "data": {"say": "Hello {{caller_name | there}}."}},
            {
                "id": "order",
                "type": "agent",
                "data": {
                    "say": "Which order number?",
                    "collect": [{"name": "order_number", "type": "digits", "min_length": 4, "max_length": 4}],
                },
            },
            {
                "id": "lookup",
                "type": "http",
                "data": {
                    "url": "https://erp.example.com/orders/{{order_number}}",
                    "save": {"status": "$.status"},
                },
            },
            {
                "id": "tell",
                "type": "agent",
                "data": {"say": "Your order is {{status | not known}}. Anything else?"},
            },
            {"id": "desk", "type": "transfer", "data": {"to": "PJSIP/6001", "say": "One moment."}},
            {"id": "sorry", "type": "agent", "data": {"say": "Nobody is there. Anything else?"}},
            {"id": "bye", "type": "end", "data": {"say": "Goodbye."}},
        ],
        "edges": [
            {
                "id": "e1",
                "source": "hello",
                "target": "order",
                "data": {"examples": ["where is my order"], "digits": "1"},
            },
            {
                "id": "e2",
                "source": "hello",
                "target": "desk",
                "data": {"examples": ["talk to a person"], "digits": "0"},
            },
            {"id": "e3", "source": "order", "target": "lookup", "data": {"when": "order_number"}},
            {"id": "e4", "source": "lookup", "target": "tell"},
            {"id": "e5", "source": "tell", "target": "bye", "data": {"examples": ["no that is all"]}},
            {"id": "e6", "source": "desk", "target": "sorry"},
            {"id": "e7", "source": "sorry", "target": "bye", "data": {"examples": ["no that is all"]}},
        ],
    }
)


class Erp:
    """The program that http nodes ask."""

    def __init__(self, *answers: Mapping[str, object] | str) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    async def __call__(self, request: HttpData) -> Mapping[str, object]:
        self.asked.append(request.url)
        answer = self._answers.pop(0)
        if isinstance(answer, str):
            raise FetchFailed(answer)
        return answer


async def talk(
    *turns: dict[str, str], programs: Programs | None = None, erp: Erp | None = None, **context: object
) -> TypedConversation:
    parts = TypedParts(shared_words, erp or Erp(), lambda: NOW)
    talk = TypedConversation(SHOP, context, parts, programs or Programs())
    await talk.play([CallerTurn.model_validate(turn) for turn in turns])
    return talk


ORDER: list[dict[str, str]] = [{"say": "where is my order"}, {"say": "four seven one one"}]
ON_ITS_WAY = HttpAnswer(values={"status": "on its way"})


async def test_first_words_come_without_a_turn() -> None:
    spoken = await talk(caller_name="Anna")
    assert [(e.turn, e.words, e.node_id) for e in spoken.exchanges] == [(None, "Hello Anna.", "hello")]
    assert [choice.digits for choice in spoken.expects.choices] == ["1", "0"]


async def test_words_and_keys_lead_on_and_values_are_gathered() -> None:
    for turns in (ORDER, [{"keys": "1"}, {"keys": "4711"}]):
        spoken = await talk(*turns, programs=Programs(given={"lookup": ON_ITS_WAY}))
        last = spoken.exchanges[-1]
        assert last.gathered == {"order_number": "4711", "status": "on its way"}
        assert (last.node_id, last.words) == ("tell", "Your order is on its way. Anything else?")
        (request,) = last.requests
        assert (request.node_id, request.source) == ("lookup", "given")
        assert request.url == "https://erp.example.com/orders/4711"


async def test_likeness_of_the_words_is_told() -> None:
    spoken = await talk({"say": "where is my order"})
    likeness = spoken.exchanges[1].likeness
    assert likeness["e1"] == 1
    assert likeness["e2"] == 0


async def test_request_that_must_not_be_made_fails_and_says_so() -> None:
    erp = Erp({"status": "lost"})
    spoken = await talk(*ORDER, erp=erp)
    (request,) = spoken.exchanges[-1].requests
    assert (request.source, request.failure) == ("none", NO_ANSWER)
    assert erp.asked == []


async def test_request_is_made_once_however_often_the_conversation_is_played() -> None:
    erp = Erp({"status": "packed"})
    first = await talk(*ORDER, programs=Programs(makes_requests=True), erp=erp)
    made = [r for exchange in first.exchanges for r in exchange.requests if r.source == "made"]
    past = [PastRequest(r.node_id, HttpAnswer(values=dict(r.values), failure=r.failure)) for r in made]
    again = await talk(
        *ORDER, {"say": "no that is all"}, programs=Programs(past=past, makes_requests=True), erp=erp
    )
    assert erp.asked == ["https://erp.example.com/orders/4711"]
    assert again.exchanges[2].words == "Your order is packed. Anything else?"
    assert again.exchanges[2].requests == first.exchanges[2].requests
    assert (again.exchanges[-1].outcome, again.is_over) == ("completed", True)


async def test_failure_of_a_request_that_was_made_is_told() -> None:
    spoken = await talk(*ORDER, programs=Programs(makes_requests=True), erp=Erp("The server answered 500."))
    (request,) = spoken.exchanges[-1].requests
    assert (request.source, request.failure) == ("made", "The server answered 500.")
    assert spoken.exchanges[-1].outcome == ""


async def test_transfer_ends_it() -> None:
    spoken = await talk({"keys": "0"}, {"say": "are you there"})
    assert len(spoken.exchanges) == 2
    assert [transfer.to for transfer in spoken.exchanges[1].transfers] == ["PJSIP/6001"]
    assert (spoken.exchanges[1].outcome, spoken.exchanges[1].node_id) == ("transferred", "desk")
    assert spoken.expects.choices == ()


async def test_transfer_that_nobody_takes_brings_the_caller_back() -> None:
    spoken = await talk({"keys": "0"}, {"transfer_failed": "busy"}, {"say": "no that is all"})
    called, back, bye = spoken.exchanges[1:]
    assert (called.node_id, called.outcome) == ("desk", "")
    assert back.turn == CallerTurn(transfer_failed="busy")
    assert (back.node_id, back.words) == ("sorry", "Nobody is there. Anything else?")
    assert bye.outcome == "completed"


async def test_transfer_cannot_fail_where_there_was_none() -> None:
    spoken = await talk({"transfer_failed": "busy"}, {"keys": "1"})
    assert spoken.exchanges[1].problem == "Nobody was being put through."
    assert spoken.exchanges[2].node_id == "order"


async def test_answers_of_another_way_are_not_taken_for_this_one() -> None:
    past = [
        PastRequest("elsewhere", HttpAnswer(values={"status": "stale"})),
        PastRequest("lookup", ON_ITS_WAY),
    ]
    spoken = await talk(*ORDER, programs=Programs(past=past))
    assert spoken.exchanges[-1].requests[0].source == "none"


@pytest.mark.parametrize("turn", [{}, {"say": " "}, {"say": "a", "keys": "1"}, {"keys": "x"}])
def test_turn_is_one_thing(turn: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="keys"):
        CallerTurn.model_validate(turn)
