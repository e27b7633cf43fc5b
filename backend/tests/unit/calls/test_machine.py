"""The inbound call's rules, told as stories, and held against any order of events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.calls import machine as m
from asisso.vocabulary import EndedBy, Outcome

pytestmark = pytest.mark.unit

MAX_DURATION_MS = 60_000


def a_call(*, is_answered: bool = False) -> m.InboundCall:
    return m.InboundCall(is_answered=is_answered, max_duration_ms=MAX_DURATION_MS)


def set_up(call: m.InboundCall) -> list[m.Command]:
    """Everything becomes ready, in the usual order; gives the commands of the last step."""
    call.begin()
    for event in (m.BridgeReady(), m.MediaEntered(1), m.AgentReady()):
        assert call.handle(event) == []
    return call.handle(m.MediaConnected(1))


def talking() -> m.InboundCall:
    call = a_call()
    set_up(call)
    call.handle(m.Bridged(1))
    call.handle(m.Answered())
    assert call.state is m.State.TALKING
    return call


def finish_of(commands: list[m.Command]) -> m.Finish:
    (finish,) = [c for c in commands if isinstance(c, m.Finish)]
    return finish


class TestSettingUp:
    def test_a_call_begins_with_agent_bridge_and_media_at_once(self) -> None:
        commands = a_call().begin()
        assert {type(c) for c in commands} >= {m.PrepareAgent, m.CreateBridge, m.CreateMedia}

    def test_caller_and_media_are_bridged_when_all_is_ready(self) -> None:
        assert set_up(a_call()) == [m.AddToBridge(1)]

    def test_the_call_is_answered_only_after_the_bridge_holds(self) -> None:
        call = a_call()
        set_up(call)
        assert call.handle(m.Bridged(1)) == [m.Answer()]

    def test_the_agent_starts_only_after_the_answer(self) -> None:
        call = a_call()
        set_up(call)
        call.handle(m.Bridged(1))
        assert m.StartConversation() in call.handle(m.Answered())

    def test_a_channel_the_dialplan_answered_is_not_answered_again(self) -> None:
        call = a_call(is_answered=True)
        set_up(call)
        assert m.StartConversation() in call.handle(m.Bridged(1))


class TestMediaThatFails:
    def test_a_first_failure_is_tried_again_with_a_new_attempt(self) -> None:
        call = a_call()
        call.begin()
        commands = call.handle(m.MediaLost(1, "no route"))
        assert commands[:2] == [m.DropMedia(1), m.CreateMedia(2)]

    def test_a_second_failure_refuses_the_caller_with_congestion(self) -> None:
        call = a_call()
        call.begin()
        call.handle(m.MediaLost(1, "no route"))
        finish = finish_of(call.handle(m.MediaLost(2, "no route")))
        assert (finish.outcome, finish.release_cause) == (Outcome.FAILED, m.CAUSE_CONGESTION)
        assert finish.detail == "no route"

    def test_a_failure_that_repeating_cannot_mend_ends_the_call_at_once(self) -> None:
        call = a_call()
        call.begin()
        assert finish_of(call.handle(m.MediaLost(1, "no such client", can_retry=False)))

    def test_media_that_never_comes_counts_as_lost(self) -> None:
        call = a_call()
        call.begin()
        assert m.CreateMedia(2) in call.handle(m.TimeUp(m.Timer.MEDIA, 1))

    def test_the_time_limit_of_an_earlier_attempt_is_forgotten(self) -> None:
        call = a_call()
        call.begin()
        call.handle(m.MediaLost(1, "no route"))
        assert call.handle(m.TimeUp(m.Timer.MEDIA, 1)) == []

    def test_media_cut_in_the_talk_is_attached_again_and_the_agent_goes_on(self) -> None:
        call = talking()
        assert m.CreateMedia(2) in call.handle(m.MediaLost(1, "cut"))
        call.handle(m.MediaEntered(2))
        assert call.handle(m.MediaConnected(2)) == [m.AddToBridge(2)]
        assert call.handle(m.Bridged(2)) == [m.ResumeConversation()]

    def test_a_media_socket_that_keeps_breaking_ends_the_call(self) -> None:
        call = talking()
        for attempt in range(1, m.TRIES_PER_CALL):
            call.handle(m.MediaLost(attempt, "cut"))
            for event in (m.MediaEntered(attempt + 1), m.MediaConnected(attempt + 1), m.Bridged(attempt + 1)):
                call.handle(event)
        assert finish_of(call.handle(m.MediaLost(m.TRIES_PER_CALL, "cut"))).outcome is Outcome.FAILED

    def test_media_lost_while_answering_starts_no_talk_in_dead_air(self) -> None:
        call = a_call()
        set_up(call)
        call.handle(m.Bridged(1))
        assert m.CreateMedia(2) in call.handle(m.MediaLost(1, "cut"))
        assert call.handle(m.Answered()) == []
        call.handle(m.MediaEntered(2))
        call.handle(m.MediaConnected(2))
        assert m.StartConversation() in call.handle(m.Bridged(2))


class TestEndings:
    def test_the_caller_leaving_needs_no_release(self) -> None:
        cause = m.HangupCause(16, "Normal Clearing")
        finish = finish_of(talking().handle(m.CallerLeft(cause)))
        assert (finish.outcome, finish.ended_by) == (Outcome.CALLER_HUNG_UP, EndedBy.CALLER)
        assert (finish.release_cause, finish.cause) == (None, cause)

    def test_the_agent_leaving_decides_the_outcome(self) -> None:
        finish = finish_of(talking().handle(m.AgentLeft(Outcome.COMPLETED)))
        assert (finish.outcome, finish.ended_by, finish.release_cause) == (
            Outcome.COMPLETED,
            EndedBy.AGENT,
            m.CAUSE_NORMAL,
        )

    def test_an_agent_that_is_not_ready_in_time_refuses_the_call(self) -> None:
        call = a_call()
        call.begin()
        assert finish_of(call.handle(m.TimeUp(m.Timer.AGENT))).release_cause == m.CAUSE_CONGESTION

    def test_an_operator_ends_a_ringing_call_as_canceled_and_a_talk_as_completed(self) -> None:
        ringing = a_call()
        ringing.begin()
        assert finish_of(ringing.handle(m.OperatorHungUp())).outcome is Outcome.CANCELED
        assert finish_of(talking().handle(m.OperatorHungUp())).outcome is Outcome.COMPLETED

    def test_the_longest_duration_ends_the_call(self) -> None:
        finish = finish_of(talking().handle(m.TimeUp(m.Timer.MAX_DURATION)))
        assert finish.outcome is Outcome.MAX_DURATION

    def test_nothing_follows_the_end(self) -> None:
        call = talking()
        call.handle(m.CallerLeft())
        assert call.handle(m.AgentLeft(Outcome.COMPLETED)) == []


attempts = st.integers(min_value=0, max_value=m.TRIES_PER_CALL + 1)
any_event = st.one_of(
    st.just(m.AgentReady()),
    st.just(m.BridgeReady()),
    st.just(m.Answered()),
    st.builds(m.MediaEntered, attempts),
    st.builds(m.MediaConnected, attempts),
    st.builds(m.MediaLost, attempts, st.just("lost"), st.booleans()),
    st.builds(m.Bridged, attempts),
    st.builds(m.TimeUp, st.sampled_from(m.Timer), attempts),
    st.builds(m.RequestFailed, st.sampled_from(m.Request), st.just("refused")),
    st.builds(m.AgentUnready, st.just("no")),
    st.builds(m.AgentBroke, st.just("broke")),
    st.just(m.AgentLeft(Outcome.COMPLETED)),
    st.just(m.CallerLeft()),
    st.just(m.OperatorHungUp()),
    st.just(m.ServerStopping()),
    st.just(m.PbxLost("gone")),
)
progress = st.one_of(
    st.just(m.AgentReady()),
    st.just(m.BridgeReady()),
    st.just(m.Answered()),
    st.builds(m.MediaEntered, attempts),
    st.builds(m.MediaConnected, attempts),
    st.builds(m.MediaLost, attempts, st.just("lost"), st.just(True)),
    st.builds(m.Bridged, attempts),
)


@given(st.booleans(), st.lists(any_event, max_size=40))
def test_any_order_of_events_ends_at_most_once_and_ends_when_the_caller_leaves(
    is_answered: bool, events: list[m.CallEvent]
) -> None:
    call = a_call(is_answered=is_answered)
    commands = call.begin()
    for event in [*events, m.CallerLeft()]:
        commands += call.handle(event)
    assert sum(isinstance(c, m.Finish) for c in commands) == 1
    assert isinstance(commands[-1], m.Finish)
    assert call.state is m.State.ENDED


@given(st.booleans(), st.lists(progress, max_size=60))
def test_no_order_of_events_breaks_the_rules_of_asterisk(
    is_answered: bool, events: list[m.CallEvent]
) -> None:
    call = a_call(is_answered=is_answered)
    commands = call.begin()
    for event in events:
        commands += call.handle(event)
    created = [c.attempt for c in commands if isinstance(c, m.CreateMedia)]
    assert created == sorted(set(created)), "an attempt, and so a channel id, is never used twice"
    assert len(created) <= m.TRIES_PER_CALL
    assert sum(isinstance(c, m.Answer) for c in commands) <= 1
    assert sum(isinstance(c, m.StartConversation) for c in commands) <= 1
    kinds = [type(c) for c in commands]
    if m.Answer in kinds:
        assert kinds.index(m.AddToBridge) < kinds.index(m.Answer), "an answered call has media"
    if m.StartConversation in kinds:
        assert kinds.index(m.AddToBridge) < kinds.index(m.StartConversation)
    dropped = [c.attempt for c in commands if isinstance(c, m.DropMedia)]
    assert dropped == created[: len(dropped)], "lost media is removed before it is made anew"
