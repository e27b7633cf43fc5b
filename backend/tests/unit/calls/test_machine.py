"""A call's rules, told as stories, and held against any order of events. Transfers have a module of their own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.calls import machine as m
from asisso.vocabulary import EndedBy, Outcome
from tests.unit.calls.machine_stories import (
    ATTENDED,
    TARGET,
    a_call,
    after_last_words,
    an_outbound_call,
    finish_of,
    set_up,
    talking,
)

pytestmark = pytest.mark.unit


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

    def test_the_last_try_comes_after_a_pause(self) -> None:
        call = a_call()
        call.begin()
        call.handle(m.MediaLost(1, "no route"))
        (_, pause) = call.handle(m.MediaLost(2, "no route"))
        assert isinstance(pause, m.StartTimer)
        assert call.handle(m.TimeUp(pause.timer, pause.attempt))[0] == m.CreateMedia(3)

    def test_a_third_failure_refuses_the_caller_with_congestion(self) -> None:
        call = a_call()
        call.begin()
        for attempt in (1, 2):
            call.handle(m.MediaLost(attempt, "no route"))
        finish = finish_of(call.handle(m.MediaLost(3, "no route")))
        assert (finish.outcome, finish.release_cause) == (Outcome.FAILED, m.CAUSE_CONGESTION)
        assert finish.detail == "no route"

    def test_a_failure_that_repeating_cannot_mend_ends_the_call_at_once(self) -> None:
        call = a_call()
        call.begin()
        assert finish_of(call.handle(m.MediaLost(1, "no such client", can_retry=False)))

    def test_media_that_is_gone_when_it_is_to_be_bridged_is_made_anew(self) -> None:
        call = a_call()
        set_up(call)
        assert m.CreateMedia(2) in call.handle(m.RequestFailed(m.Request.ADD, "not found", 1))

    def test_a_late_failure_to_bridge_an_earlier_attempt_is_forgotten(self) -> None:
        call = a_call()
        set_up(call)
        call.handle(m.MediaLost(1, "cut"))
        call.handle(m.MediaEntered(2))
        call.handle(m.MediaConnected(2))
        assert call.handle(m.RequestFailed(m.Request.ADD, "not found", 1)) == []

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

    def test_a_media_socket_that_keeps_breaking_ends_the_call_with_an_apology(self) -> None:
        call = talking()
        for attempt in range(1, m.TRIES_PER_CALL):
            call.handle(m.MediaLost(attempt, "cut"))
            for event in (m.MediaEntered(attempt + 1), m.MediaConnected(attempt + 1), m.Bridged(attempt + 1)):
                call.handle(event)
        commands = call.handle(m.MediaLost(m.TRIES_PER_CALL, "cut"))
        assert m.Say(m.Phrase.APOLOGY) in commands
        assert after_last_words(call, commands).outcome is Outcome.FAILED

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

    def test_the_longest_duration_ends_the_call_with_a_word(self) -> None:
        call = talking()
        commands = call.handle(m.TimeUp(m.Timer.MAX_DURATION))
        assert m.Say(m.Phrase.TIME_LIMIT) in commands
        assert after_last_words(call, commands).outcome is Outcome.MAX_DURATION

    def test_a_silent_caller_is_told_goodbye(self) -> None:
        call = talking()
        commands = call.handle(m.CallerSilent())
        assert m.Say(m.Phrase.SILENCE_FAREWELL) in commands
        assert after_last_words(call, commands).outcome is Outcome.SILENCE_TIMEOUT

    def test_an_agent_that_breaks_is_apologised_for(self) -> None:
        call = talking()
        commands = call.handle(m.AgentBroke("out of order"))
        assert commands[0] == m.DismissAgent()
        finish = after_last_words(call, commands)
        assert (finish.outcome, finish.detail, finish.release_cause) == (
            Outcome.FAILED,
            "out of order",
            m.CAUSE_NORMAL,
        )

    def test_last_words_that_are_never_heard_end_the_call_all_the_same(self) -> None:
        call = talking()
        call.handle(m.AgentBroke("out of order"))
        assert finish_of(call.handle(m.TimeUp(m.Timer.PARTING))).outcome is Outcome.FAILED

    def test_a_caller_who_leaves_during_the_last_words_changes_nothing_of_the_outcome(self) -> None:
        call = talking()
        call.handle(m.AgentBroke("out of order"))
        finish = finish_of(call.handle(m.CallerLeft()))
        assert (finish.outcome, finish.ended_by, finish.release_cause) == (
            Outcome.FAILED,
            EndedBy.SYSTEM,
            None,
        )

    def test_failures_go_back_to_the_dialplan_where_that_is_wanted(self) -> None:
        call = a_call(can_fall_back=True)
        call.begin()
        assert finish_of(call.handle(m.AgentUnready("no"))).falls_back
        talk = talking(can_fall_back=True)
        assert after_last_words(talk, talk.handle(m.AgentBroke("no"))).falls_back
        assert not finish_of(talking(can_fall_back=True).handle(m.OperatorHungUp())).falls_back

    def test_a_stopping_server_ends_the_call(self) -> None:
        assert finish_of(talking().handle(m.ServerStopping())).outcome is Outcome.FAILED

    def test_nothing_follows_the_end(self) -> None:
        call = talking()
        call.handle(m.CallerLeft())
        assert call.handle(m.AgentLeft(Outcome.COMPLETED)) == []


class TestHold:
    def test_a_held_caller_hears_music_and_comes_back(self) -> None:
        call = talking()
        assert call.handle(m.HoldAsked()) == [m.Park()]
        assert call.handle(m.HoldAsked()) == []
        assert call.handle(m.ResumeAsked()) == [m.Unpark()]
        assert call.handle(m.ResumeAsked()) == []

    def test_media_made_anew_during_a_hold_leaves_the_caller_with_the_music(self) -> None:
        call = talking()
        call.handle(m.HoldAsked())
        call.handle(m.MediaLost(1, "cut"))
        call.handle(m.MediaEntered(2))
        assert call.handle(m.MediaConnected(2)) == [m.AddToBridge(2, with_caller=False)]

    def test_last_words_bring_a_held_caller_back_first(self) -> None:
        call = talking()
        call.handle(m.HoldAsked())
        commands = call.handle(m.TimeUp(m.Timer.MAX_DURATION))
        assert commands.index(m.Unpark()) < commands.index(m.Say(m.Phrase.TIME_LIMIT))


class TestOutbound:
    def test_nobody_is_dialled_before_agent_and_media_are_ready(self) -> None:
        commands = set_up(an_outbound_call())
        assert commands[0] == m.Dial()

    def test_the_agent_talks_as_soon_as_the_telephone_is_bridged(self) -> None:
        call = an_outbound_call()
        set_up(call)
        assert call.handle(m.CalleeRings()) == [m.ShowRinging()]
        assert call.handle(m.CalleeRings()) == []
        assert call.handle(m.CalleeEntered()) == [m.AddToBridge(1)]
        assert m.StartConversation() in call.handle(m.Bridged(1))

    def test_media_lost_while_it_rings_is_made_anew_without_dialling_again(self) -> None:
        call = an_outbound_call()
        set_up(call)
        assert m.CreateMedia(2) in call.handle(m.MediaLost(1, "cut"))
        call.handle(m.MediaEntered(2))
        assert call.handle(m.MediaConnected(2)) == []
        assert call.handle(m.CalleeEntered()) == [m.AddToBridge(2)]

    def test_an_answer_while_media_is_away_waits_for_it(self) -> None:
        call = an_outbound_call()
        set_up(call)
        call.handle(m.MediaLost(1, "cut"))
        assert call.handle(m.CalleeEntered()) == []
        call.handle(m.MediaEntered(2))
        assert call.handle(m.MediaConnected(2)) == [m.AddToBridge(2)]

    def test_media_that_cannot_be_had_means_that_nobodys_telephone_rings(self) -> None:
        call = an_outbound_call()
        call.begin()
        finish = finish_of(call.handle(m.MediaLost(1, "no such client", can_retry=False)))
        assert (finish.outcome, finish.release_cause) == (Outcome.FAILED, m.CAUSE_NORMAL)

    def test_a_telephone_that_rings_in_vain_is_given_up(self) -> None:
        call = an_outbound_call()
        set_up(call)
        call.handle(m.CalleeRings())
        finish = finish_of(call.handle(m.TimeUp(m.Timer.DIALING)))
        assert (finish.outcome, finish.release_cause) == (Outcome.NO_ANSWER, m.CAUSE_NORMAL)

    def test_an_operator_cancels_a_ringing_call(self) -> None:
        call = an_outbound_call()
        set_up(call)
        assert finish_of(call.handle(m.OperatorHungUp())).outcome is Outcome.CANCELED

    @pytest.mark.parametrize(
        ("cause", "status", "dial_status", "has_rung", "outcome"),
        [
            (17, 486, "BUSY", False, Outcome.BUSY),
            (0, None, "BUSY", False, Outcome.BUSY),
            (21, 603, "NOANSWER", True, Outcome.DECLINED),
            (19, 480, "", True, Outcome.NO_ANSWER),
            (19, 480, "NOANSWER", False, Outcome.NO_ANSWER),
            (19, 480, "", False, Outcome.FAILED),
            (1, 404, "NOANSWER", False, Outcome.FAILED),
            (34, 503, "CONGESTION", False, Outcome.FAILED),
            (38, None, "", True, Outcome.FAILED),
        ],
    )
    def test_the_cause_says_why_nobody_answered(
        self, cause: int, status: int | None, dial_status: str, has_rung: bool, outcome: Outcome
    ) -> None:
        call = an_outbound_call()
        set_up(call)
        if has_rung:
            call.handle(m.CalleeRings())
        if dial_status:
            call.handle(m.CalleeStatus(dial_status))
        finish = finish_of(call.handle(m.CallerLeft(m.HangupCause(cause, "x", status))))
        assert (finish.outcome, finish.release_cause) == (outcome, None)
        assert finish.detail


attempts = st.integers(min_value=0, max_value=m.TRIES_PER_CALL + 1)
plans = st.sampled_from([TARGET, ATTENDED, m.ToDialplan("c", "e"), m.ToReferral("PJSIP/1")])
progress = st.one_of(
    st.sampled_from(
        [
            m.AgentReady(),
            m.BridgeReady(),
            m.Answered(),
            m.CalleeRings(),
            m.CalleeEntered(),
            m.CalleeStatus("BUSY"),
            m.HoldAsked(),
            m.ResumeAsked(),
            m.TargetEntered(),
            m.TargetAdded(),
            m.Briefed(),
            m.TargetJoined(),
            m.TargetLeft("busy"),
            m.KeyPressed("1"),
            m.KeyPressed("2"),
        ]
    ),
    st.builds(m.MediaEntered, attempts),
    st.builds(m.MediaConnected, attempts),
    st.builds(m.MediaLost, attempts, st.just("lost"), st.just(True)),
    st.builds(m.Bridged, attempts),
    st.builds(m.TimeUp, st.just(m.Timer.NEXT_TRY), attempts),
    st.builds(m.RequestFailed, st.just(m.Request.ADD), st.just("gone"), attempts),
    st.builds(m.TransferAsked, plans, st.just(EndedBy.OPERATOR)),
)
any_event = st.one_of(
    progress,
    st.builds(m.MediaLost, attempts, st.just("lost"), st.booleans()),
    st.builds(m.TimeUp, st.sampled_from(m.Timer), attempts),
    st.builds(m.RequestFailed, st.sampled_from(m.Request), st.just("refused")),
    st.sampled_from(
        [
            m.AgentUnready("no"),
            m.AgentBroke("broke"),
            m.AgentLeft(Outcome.COMPLETED),
            m.CallerSilent(),
            m.Said(),
            m.HandedOver(),
            m.CallerLeft(),
            m.OperatorHungUp(),
            m.ServerStopping(),
            m.PbxLost("gone"),
        ]
    ),
)
calls = st.builds(
    lambda is_outbound, is_answered, is_transferred: m.Call(
        m.Setting(
            max_duration_ms=1,
            is_answered=is_answered,
            is_transferred=is_transferred and is_answered,
            ring_timeout_ms=1 if is_outbound else None,
        )
    ),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(calls, st.lists(any_event, max_size=50))
def test_any_order_of_events_ends_at_most_once_and_ends_when_the_caller_leaves(
    call: m.Call, events: list[m.CallEvent]
) -> None:
    commands = call.begin()
    for event in [*events, m.CallerLeft()]:
        commands += call.handle(event)
    assert sum(isinstance(c, m.Finish) for c in commands) == 1
    assert isinstance(commands[-1], m.Finish)
    assert call.state is m.State.ENDED


@given(calls, st.lists(any_event, max_size=60))
def test_every_transfer_is_answered_to_whoever_asked_for_it(call: m.Call, events: list[m.CallEvent]) -> None:
    commands = call.begin()
    asked = 0
    for event in [*events, m.CallerLeft()]:
        asked += isinstance(event, m.TransferAsked) and call.state is not m.State.ENDED
        commands += call.handle(event)
    # What is still under way at the end is answered by the tear-down.
    assert asked - 1 <= sum(isinstance(c, m.EndTransfer) for c in commands) <= asked


@given(calls, st.lists(progress, max_size=80))
def test_no_order_of_events_breaks_the_rules_of_asterisk(call: m.Call, events: list[m.CallEvent]) -> None:
    commands = call.begin()
    for event in events:
        commands += call.handle(event)
    created = [c.attempt for c in commands if isinstance(c, m.CreateMedia)]
    assert created == sorted(set(created)), "an attempt, and so a channel id, is never used twice"
    assert len(created) <= m.TRIES_PER_CALL
    for once in (m.Answer, m.Dial, m.StartConversation, m.ShowRinging):
        assert sum(isinstance(c, once) for c in commands) <= 1
    kinds = [type(c) for c in commands]
    if m.Answer in kinds:
        assert kinds.index(m.AddToBridge) < kinds.index(m.Answer), "an answered call has media"
    if m.StartConversation in kinds:
        assert kinds.index(m.AddToBridge) < kinds.index(m.StartConversation)
    dropped = [c.attempt for c in commands if isinstance(c, m.DropMedia)]
    assert dropped == sorted(dropped)
    assert all(attempt in created for attempt in dropped)
    parked = 0
    for command in commands:
        parked += isinstance(command, m.Park)
        parked -= isinstance(command, m.Unpark | m.JoinTarget)
        assert parked in (0, 1), "a caller goes to the music once and comes back once"
