"""What a model is told: what was heard, in order, and never too much."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.agents.cascade.history import NOT_KNOWN, History
from asisso.agents.llm.chat_model import ToolCall

pytestmark = pytest.mark.unit

LOOK = ToolCall("call_1", "go_orders", "{}")
SAVE = ToolCall("call_2", "save_value", json.dumps({"name": "n", "value": "1"}))


def shown(history):
    return [(message.role, message.text) for message in history.messages("Be brief.")[1:]]


def conversation():
    history = History()
    history.caller_said("Where is my order?")
    history.agent_said("Your order was shipped on Tuesday.")
    history.agent_said("It will come tomorrow.")
    return history


def test_instructions_come_first_and_turns_in_their_order():
    history = conversation()
    history.caller_said("Thanks.")

    messages = history.messages("Be brief.")

    assert (messages[0].role, messages[0].text) == ("system", "Be brief.")
    assert shown(history) == [
        ("user", "Where is my order?"),
        ("assistant", "Your order was shipped on Tuesday. It will come tomorrow."),
        ("user", "Thanks."),
    ]


def test_words_nobody_heard_were_not_said():
    history = conversation()

    history.cut("on Tuesday. It will come tomorrow.")

    assert shown(history)[-1] == ("assistant", "Your order was shipped —")


def test_answer_of_which_nothing_was_heard_is_not_there_at_all():
    history = conversation()

    history.cut("Your order was shipped on Tuesday. It will come tomorrow.")

    assert shown(history) == [("user", "Where is my order?")]
    assert history.is_caller_waiting


def test_what_is_said_after_a_cut_is_a_message_of_its_own():
    history = conversation()
    history.cut("It will come tomorrow.")
    history.agent_said("Sorry?")

    assert shown(history)[1:] == [
        ("assistant", "Your order was shipped on Tuesday. —"),
        ("assistant", "Sorry?"),
    ]


def test_model_is_not_told_of_fillers_and_a_cut_filler_takes_nothing_else_away():
    history = History()
    history.caller_said("Hello?")
    history.agent_said("One moment, please.", is_filler=True)
    history.agent_said("Good day to you.")

    history.cut("to you.")
    assert shown(history)[1:] == [("assistant", "Good day —")]

    history = History()
    history.caller_said("Hello?")
    history.agent_said("Good day.")
    history.agent_said("One moment, please.", is_filler=True)
    history.cut("moment, please.")
    assert [text.removesuffix(" —") for _, text in shown(history)[1:]] == ["Good day."]


def test_every_call_is_followed_by_its_result():
    history = History()
    history.caller_said("My number is one.")
    history.agent_said("Let me see.")
    history.calls_made([LOOK, SAVE])
    history.call_done(SAVE, "Saved.")
    history.call_done(LOOK, "Done.")
    history.agent_said("It is on its way.")

    messages = history.messages("")[2:]

    assert [(m.role, m.text, m.call_id) for m in messages] == [
        ("assistant", "Let me see.", ""),
        ("tool", "Done.", "call_1"),
        ("tool", "Saved.", "call_2"),
        ("assistant", "It is on its way.", ""),
    ]
    assert messages[0].calls == (LOOK, SAVE)


def test_call_whose_words_were_not_heard_stays_with_its_result():
    history = History()
    history.caller_said("Hello?")
    history.agent_said("Let me see.")
    history.calls_made([LOOK])
    history.call_done(LOOK, "Done.")

    history.cut("Let me see.")

    assert shown(history)[1:] == [("assistant", ""), ("tool", "Done.")]


def test_call_that_was_cut_off_has_a_result_all_the_same():
    history = History()
    history.caller_said("Hello?")
    history.calls_made([LOOK])

    assert shown(history)[-1] == ("tool", NOT_KNOWN)


def test_oldest_turns_are_forgotten_whole():
    history = History(max_characters=200)
    for number in range(20):
        history.caller_said(f"Question {number}, which is long.")
        history.calls_made([ToolCall(str(number), "look", "{}")])
        history.call_done(ToolCall(str(number), "look", "{}"), "Done.")
        history.agent_said(f"Answer {number}.")

    messages = history.messages("")[1:]

    assert messages[0].role == "user"
    assert messages[-1].text == "Answer 19."
    assert sum(len(m.text) for m in messages) < 300


STEP = st.one_of(
    st.tuples(st.just("caller"), st.text(max_size=30)),
    st.tuples(st.just("agent"), st.text(max_size=30)),
    st.tuples(st.just("filler"), st.text(max_size=10)),
    st.tuples(st.just("cut"), st.integers(0, 12)),
    st.tuples(st.just("call"), st.booleans()),
)


@given(st.lists(STEP, max_size=40))
def test_whatever_happens_calls_and_results_stay_together_and_nothing_unheard_is_shown(steps):
    history, number, handed_over = History(max_characters=400), 0, []
    for kind, value in steps:
        match kind:
            case "caller":
                history.caller_said(value)
                handed_over = []
            case "agent" | "filler":
                history.agent_said(value, is_filler=kind == "filler")
                handed_over += value.split()
            case "cut":
                history.cut(" ".join(handed_over[len(handed_over) - value :] if value else []))
                handed_over = handed_over[: max(0, len(handed_over) - value)]
            case "call":
                number += 1
                call = ToolCall(str(number), "look", "{}")
                history.calls_made([call])
                if value:
                    history.call_done(call, "Done.")
        messages = history.messages("x")
        for index, message in enumerate(messages):
            ids = [call.id for call in message.calls]
            following = messages[index + 1 : index + 1 + len(ids)]
            assert [m.call_id for m in following] == ids
            assert message.role != "tool" or message.call_id
            assert message.text or message.calls or message.role != "assistant"
