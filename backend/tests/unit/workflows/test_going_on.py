"""What happens without the caller: requests, transfers, conditions, loops, and going on after a cut."""

from __future__ import annotations

from typing import Any

import pytest

from asisso.workflows.steps import Fetch, Fetched, FetchFailed, Heard, Keyed, PutThrough, TransferFailed
from tests.unit.workflows.conversations import NOW, edge, engine_of, graph, node, start, talk, transcript

pytestmark = pytest.mark.unit

HELLO = node("hello", "start", say="Hello.")
BYE = node("bye", "end", say="Goodbye.")
ORDER = {"name": "order", "type": "digits", "ask": "Which order?"}


def lookup(**data: Any) -> dict[str, Any]:
    return node("lookup", "http", **({"url": "https://erp.example.com/"} | data))


class TestRequests:
    def test_values_are_encoded_for_where_they_stand(self) -> None:
        engine = engine_of(
            graph(
                node("hello", "start", collect=[{"name": "note", "ask": "What is it?"}]),
                lookup(
                    method="POST",
                    url="https://erp.example.com/{{note}}?n={{caller_number}}",
                    headers={"X-Note": "{{note}}"},
                    body='{"note": "{{note}}", "is_new": {{channel_variables.NEW | false}}}',
                    say="One moment.",
                ),
                BYE,
                edge("hello", "lookup"),
                edge("lookup", "bye"),
            ),
            {"caller_number": "+1555", "channel_variables": {"NEW": True}},
        )
        start(engine)
        commands = engine.handle(Heard('A "big" one/\nred & blue'), NOW)
        assert transcript(commands[:1]) == "One moment."
        assert isinstance(commands[1], Fetch)
        request = commands[1].request
        assert request.url == "https://erp.example.com/A%20%22big%22%20one%2F%0Ared%20%26%20blue?n=%2B1555"
        assert request.headers == {"X-Note": 'A "big" one/ red & blue'}
        assert request.body == '{"note": "A \\"big\\" one/\\nred & blue", "is_new": true}'

    def test_only_what_is_to_be_saved_is_kept(self) -> None:
        engine = engine_of(
            graph(
                HELLO,
                lookup(save={"status": "$.status", "missing": "$.none"}),
                BYE,
                edge("hello", "lookup"),
                edge("lookup", "bye"),
            )
        )
        start(engine)
        assert (
            talk(engine, Fetched({"status": "sent", "other": 1, "missing": None})) == "Goodbye. / [completed]"
        )
        assert engine.gathered == {"status": "sent"}

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (Fetched({"stock": 3}), "We have it. / [completed]"),
            (Fetched({"stock": 0}), "It is sold out. / [completed]"),
            (FetchFailed("timeout"), "Ask again later. / [completed]"),
        ],
    )
    def test_answer_decides_the_way(self, answer: Fetched | FetchFailed, words: str) -> None:
        engine = engine_of(
            graph(
                HELLO,
                lookup(save={"stock": "$.stock"}),
                node("yes", "end", say="We have it."),
                node("no", "end", say="It is sold out."),
                node("unknown", "end", say="Ask again later."),
                edge("hello", "lookup"),
                edge("lookup", "yes", when="stock > 0"),
                edge("lookup", "no", when="stock == 0"),
                edge("lookup", "unknown"),
            )
        )
        start(engine)
        assert talk(engine, answer) == words

    def test_failure_nobody_cares_for_leads_to_a_person(self) -> None:
        engine = engine_of(
            graph(
                HELLO,
                lookup(save={"stock": "$.stock"}),
                node("desk", "transfer", to="PJSIP/6001", say="One moment."),
                BYE,
                node("rules", "global"),
                edge("hello", "lookup"),
                edge("lookup", "bye", when="stock"),
                edge("rules", "desk", label="a person", digits="0"),
            )
        )
        start(engine)
        assert talk(engine, FetchFailed("down")) == (
            "I am sorry, I cannot look that up at the moment. / One moment. / [to PJSIP/6001]"
        )

    def test_values_are_fetched_anew(self) -> None:
        engine = engine_of(
            graph(
                node("hello", "start", say="Hello.", collect=[ORDER]),
                lookup(url="https://erp.example.com/{{order}}", save={"status": "$.status"}),
                node("tell", "agent", say="It is {{status | lost}}. Another one?"),
                BYE,
                edge("hello", "lookup"),
                edge("lookup", "tell"),
                edge("tell", "hello", label="yes", examples=["yes"]),
                edge("tell", "bye", label="no", examples=["no"]),
            )
        )
        start(engine)
        assert talk(engine, "1", Fetched({"status": "sent"})) == "It is sent. Another one?"
        assert talk(engine, "yes") == "Hello. / Which order?"
        assert talk(engine, "2") == "[GET https://erp.example.com/2]"
        assert talk(engine, FetchFailed("down")) == "It is lost. Another one?"

    def test_answers_nobody_waits_for_change_nothing(self) -> None:
        engine = engine_of(graph(HELLO, lookup(), BYE, edge("hello", "lookup"), edge("lookup", "bye")))
        start(engine)
        assert talk(engine, TransferFailed("busy")) == talk(engine, "hello") == talk(engine, "1") == ""
        assert engine.expects.choices == ()
        assert talk(engine, Fetched({})) == "Goodbye. / [completed]"
        assert talk(engine, Fetched({})) == talk(engine, "hello") == ""


class TestTransfers:
    def test_texts_are_filled_in(self) -> None:
        desk = node(
            "desk",
            "transfer",
            mode="attended",
            to="PJSIP/{{extension}}",
            say="You get {{extension}}.",
            briefing="{{caller_number}} wants {{extension}}.",
        )
        hello = node("hello", "start", collect=[{"name": "extension", "type": "digits", "ask": "Whom?"}])
        engine = engine_of(graph(hello, desk, edge("hello", "desk")), {"caller_number": "+15551234"})
        start(engine)
        said, put = engine.handle(Keyed("601"), NOW)
        assert transcript([said]) == "You get six zero one."
        assert isinstance(put, PutThrough)
        assert put.data.to == "PJSIP/601"
        assert put.data.briefing == "plus one, five five five, one two three four wants six zero one."

    def test_failure_has_a_way_of_its_own(self) -> None:
        engine = engine_of(
            graph(
                HELLO,
                node("desk", "transfer", to="PJSIP/6001"),
                node(
                    "note",
                    "agent",
                    say="Nobody is there.",
                    collect=[{"name": "message", "ask": "Your message?"}],
                ),
                BYE,
                edge("hello", "desk"),
                edge("desk", "note"),
                edge("note", "bye"),
            )
        )
        assert start(engine) == "Hello. / [to PJSIP/6001]"
        assert talk(engine, TransferFailed("no answer")) == "Nobody is there. / Your message?"
        assert talk(engine, "Please call back.") == "Goodbye. / [completed]"

    def test_failure_with_nothing_else_to_do_ends(self) -> None:
        engine = engine_of(graph(HELLO, node("desk", "transfer", to="x"), BYE, edge("hello", "desk")))
        start(engine)
        assert talk(engine, TransferFailed("busy")) == (
            "I am sorry, nobody can take your call at the moment. / Goodbye. / [completed]"
        )


class TestEndings:
    def test_nobody_to_help_ends_with_an_apology(self) -> None:
        engine = engine_of(
            graph(
                HELLO,
                node("a", "agent", say="A or B?"),
                BYE,
                edge("hello", "a"),
                edge("a", "bye", examples=["B"]),
            )
        )
        start(engine)
        assert (
            talk(engine, "", "", "")
            == "I am sorry, I cannot help you any further today. Goodbye. / [agent_hung_up]"
        )

    def test_steps_start_anew_after_a_success(self) -> None:
        engine = engine_of(
            graph(
                HELLO,
                node("a", "agent", say="First?", collect=[{"name": "x", "type": "number"}]),
                BYE,
                edge("hello", "a"),
                edge("a", "hello", when="x < 5"),
                edge("a", "bye", when="x >= 5"),
            )
        )
        start(engine)
        first = talk(engine, "blue")
        talk(engine, "blue", "three")
        assert talk(engine, "blue") == first == "Sorry, I did not catch that. First?"

    def test_values_without_a_way_on_end_the_call(self) -> None:
        engine = engine_of(graph(node("hello", "start", say="Hello.", collect=[ORDER]), BYE))
        start(engine)
        assert talk(engine, "12") == "Goodbye. / [completed]"

    def test_greeting_alone_waits_for_goodbye(self) -> None:
        engine = engine_of(graph(HELLO, BYE))
        assert start(engine) == "Hello."
        for _ in range(9):
            assert talk(engine, "what is the weather") == (
                "I am sorry, I cannot help with that here. Say goodbye to end the call."
            )
        assert talk(engine, "Goodbye.") == "Goodbye. / [completed]"

    def test_loop_is_left(self) -> None:
        engine = engine_of(
            graph(
                HELLO,
                lookup(save={"status": "$.status"}),
                node("again", "agent"),
                BYE,
                edge("hello", "lookup"),
                edge("lookup", "again"),
                edge("again", "lookup", when="not status"),
                edge("again", "bye"),
            )
        )
        start(engine)
        turns = 0
        while not engine.is_over:
            talk(engine, Fetched({}))
            turns += 1
        assert turns == 10


class TestResuming:
    def test_open_question_is_asked_again(self) -> None:
        document = graph(
            HELLO,
            node("note", "agent", say="Let me see.", collect=[{"name": "name", "type": "name"}, ORDER]),
            BYE,
            edge("hello", "note"),
            edge("note", "bye"),
        )
        engine = engine_of(document, node_id="note", gathered={"name": "Ann"})
        assert start(engine) == "Which order?"
        assert talk(engine, "12") == "Goodbye. / [completed]"
        assert engine.gathered == {"name": "Ann", "order": "12"}

    def test_unknown_place_is_the_start(self) -> None:
        assert start(engine_of(graph(HELLO), node_id="gone")) == "Hello."

    def test_request_is_done_again(self) -> None:
        document = graph(HELLO, lookup(), BYE, edge("hello", "lookup"), edge("lookup", "bye"))
        assert start(engine_of(document, node_id="lookup")) == "[GET https://erp.example.com/]"


class TestTemplates:
    def test_values_are_spoken_naturally(self) -> None:
        say = (
            "{{now}}, {{weekday}}. {{day}}, {{hour}}, {{order}}, {{count}}, {{is_new}}, {{price}}, {{due}}, "
            "{{x | 2026-12-24}}."
        )
        saved = dict.fromkeys(("price", "due", "x"), "$.x")
        fields = {"day": "date", "hour": "time", "order": "digits", "count": "number", "is_new": "yes_no"}
        hello = node("hello", "start", say=say, collect=[{"name": n, "type": t} for n, t in fields.items()])
        document = graph(hello, lookup(save=saved), edge("hello", "lookup"))
        document["edges"].append(edge("lookup", "hello"))
        gathered = {
            "day": "2027-03-02",
            "hour": "14:30",
            "order": "4277001",
            "count": 2.0,
            "is_new": True,
            "price": 9.5,
            "due": "2028-01-05T09:00:00",
        }
        engine = engine_of(document, gathered=gathered)
        assert start(engine).split(" / ")[0] == (
            "Wednesday, November twenty-fifth, 10:15 AM, Wednesday. Tuesday, March second, 2:30 PM, "
            "four two seven, seven zero zero one, 2, yes, 9.5, Wednesday, January fifth, 2028, at 9 AM, "
            "Thursday, December twenty-fourth."
        )

    def test_instructions_are_filled_in(self) -> None:
        engine = engine_of(
            graph(
                node("hello", "start", say="Hello.", prompt="The caller is {{caller_name | unknown}}."),
                node("rules", "global", prompt="It is {{now}}."),
            ),
            {"caller_name": "Ann"},
        )
        start(engine)
        assert engine.instructions == "It is 2026-11-25T10:15+00:00.\n\nThe caller is Ann."
