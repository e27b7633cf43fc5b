"""Transfers, told as stories: the caller is joined, leaves us, or is back with the agent."""

from __future__ import annotations

import pytest

from asisso.calls import machine as m
from asisso.vocabulary import EndedBy, Outcome
from tests.unit.calls.machine_stories import ATTENDED, TARGET, a_call, finish_of, talking

pytestmark = pytest.mark.unit

DESK = m.ToDialplan("desk", "200")
BY_AGENT = EndedBy.AGENT


def asked(plan: m.TransferPlan) -> m.Call:
    call = talking()
    call.handle(m.TransferAsked(plan, BY_AGENT))
    return call


def joined() -> m.Call:
    call = asked(TARGET)
    call.handle(m.TargetEntered())
    call.handle(m.TargetJoined())
    assert call.state is m.State.TRANSFERRED
    return call


def is_back(call: m.Call, commands: list[m.Command], reason: str) -> bool:
    return call.state is m.State.TALKING and commands[-1] == m.EndTransfer(reason) and m.Unpark() in commands


class TestBlind:
    def test_the_caller_hears_music_while_the_target_is_dialled(self) -> None:
        commands = talking().handle(m.TransferAsked(TARGET, BY_AGENT))
        assert commands[:2] == [m.Park(), m.DialTarget(TARGET)]

    def test_who_answers_is_joined_with_the_caller_at_once(self) -> None:
        call = asked(TARGET)
        assert call.handle(m.TargetEntered()) == [m.JoinTarget()]
        commands = call.handle(m.TargetJoined())
        assert commands == [m.EndTransfer(None), m.DropMedia(1), m.DismissAgent(leaves_line=True)]

    def test_a_busy_target_leaves_the_caller_with_the_agent(self) -> None:
        call = asked(TARGET)
        assert is_back(call, call.handle(m.TargetLeft("busy")), "busy")

    def test_a_target_that_cannot_be_dialled_leaves_the_caller_with_the_agent(self) -> None:
        call = asked(TARGET)
        assert is_back(call, call.handle(m.RequestFailed(m.Request.DIAL_TARGET, "unknown")), "unknown")

    def test_a_target_asterisk_forgot_is_given_up(self) -> None:
        call = asked(TARGET)
        assert is_back(call, call.handle(m.TimeUp(m.Timer.TARGET, 1)), "Nobody answered in time.")

    def test_the_time_limit_of_an_earlier_transfer_does_not_count(self) -> None:
        call = asked(TARGET)
        call.handle(m.TargetLeft("busy"))
        call.handle(m.TransferAsked(TARGET, BY_AGENT))
        assert call.handle(m.TimeUp(m.Timer.TARGET, 1)) == []

    def test_a_late_failure_of_a_transfer_that_is_over_changes_nothing(self) -> None:
        call = asked(TARGET)
        call.handle(m.TargetEntered())
        call.handle(m.TargetLeft("hung up"))
        assert call.handle(m.RequestFailed(m.Request.JOIN_TARGET, "Channel not found", 1)) == []
        call.handle(m.TransferAsked(TARGET, BY_AGENT))
        assert call.handle(m.RequestFailed(m.Request.JOIN_TARGET, "Channel not found", 1)) == []
        assert call.handle(m.TargetJoined(1)) == []
        assert is_back(call, call.handle(m.RequestFailed(m.Request.DIAL_TARGET, "unknown", 2)), "unknown")

    def test_a_held_caller_is_not_parked_twice(self) -> None:
        call = talking()
        call.handle(m.HoldAsked())
        assert call.handle(m.TransferAsked(TARGET, BY_AGENT))[0] == m.DialTarget(TARGET)

    def test_a_second_transfer_waits_for_the_end_of_the_first(self) -> None:
        call = asked(TARGET)
        (answer,) = call.handle(m.TransferAsked(TARGET, BY_AGENT))
        assert isinstance(answer, m.EndTransfer)
        assert answer.reason

    def test_a_call_that_is_not_answered_cannot_be_transferred(self) -> None:
        call = a_call()
        call.begin()
        (answer,) = call.handle(m.TransferAsked(TARGET, BY_AGENT))
        assert isinstance(answer, m.EndTransfer)


class TestAttended:
    def test_the_target_is_briefed_before_the_caller_is_joined(self) -> None:
        call = asked(ATTENDED)
        assert call.handle(m.TargetEntered()) == [m.AddTarget()]
        assert call.handle(m.TargetAdded())[0] == m.Brief(ATTENDED.briefing)
        assert call.handle(m.Briefed()) == [m.JoinTarget()]

    def test_a_target_may_have_to_take_the_call_by_a_key(self) -> None:
        call = asked(m.ToTarget("PJSIP/1", 1_000, briefing="Ada.", must_confirm=True))
        call.handle(m.TargetEntered())
        call.handle(m.TargetAdded())
        assert m.JoinTarget() not in call.handle(m.Briefed())
        assert call.handle(m.KeyPressed("1")) == [m.JoinTarget()]

    def test_a_target_that_does_not_take_the_call_is_let_go(self) -> None:
        call = asked(m.ToTarget("PJSIP/1", 1_000, briefing="Ada.", must_confirm=True))
        call.handle(m.TargetEntered())
        call.handle(m.TargetAdded())
        call.handle(m.Briefed())
        commands = call.handle(m.TimeUp(m.Timer.CONFIRMING, 1))
        assert m.DropTarget() in commands
        assert is_back(call, commands, "Whoever answered did not take the call.")

    def test_a_target_that_refuses_by_a_key_is_let_go(self) -> None:
        call = asked(ATTENDED)
        call.handle(m.TargetEntered())
        call.handle(m.TargetAdded())
        assert is_back(call, call.handle(m.KeyPressed("2")), "The call was not taken.")

    def test_a_target_that_hangs_up_during_the_briefing_brings_the_caller_back(self) -> None:
        call = asked(ATTENDED)
        call.handle(m.TargetEntered())
        call.handle(m.TargetAdded())
        assert is_back(call, call.handle(m.TargetLeft("hung up")), "hung up")

    def test_a_briefing_nobody_can_speak_joins_them_without(self) -> None:
        call = asked(ATTENDED)
        call.handle(m.TargetEntered())
        call.handle(m.TargetAdded())
        assert call.handle(m.MediaLost(1, "cut")) == [m.DropMedia(1), m.JoinTarget()]

    def test_a_caller_who_comes_back_to_lost_media_gets_new_media(self) -> None:
        call = asked(TARGET)
        call.handle(m.MediaLost(1, "cut"))
        assert m.CreateMedia(2) in call.handle(m.TargetLeft("busy"))


class TestLeaving:
    def test_the_dialplan_takes_the_caller(self) -> None:
        call = talking()
        assert call.handle(m.TransferAsked(DESK, BY_AGENT)) == [m.HandOver(DESK)]
        finish = finish_of(call.handle(m.HandedOver()))
        assert (finish.outcome, finish.ended_by, finish.release_cause) == (
            Outcome.TRANSFERRED,
            BY_AGENT,
            None,
        )

    def test_a_place_the_dialplan_does_not_have_leaves_the_caller_with_the_agent(self) -> None:
        call = asked(DESK)
        commands = call.handle(m.RequestFailed(m.Request.HAND_OVER, "no such place"))
        assert commands == [m.EndTransfer("no such place")]
        assert call.state is m.State.TALKING

    def test_a_referred_caller_who_leaves_is_transferred(self) -> None:
        call = asked(m.ToReferral("PJSIP/6001"))
        finish = finish_of(call.handle(m.CallerLeft()))
        assert (finish.outcome, finish.ended_by) == (Outcome.TRANSFERRED, BY_AGENT)

    def test_a_telephone_that_ignores_the_referral_keeps_its_agent(self) -> None:
        call = asked(m.ToReferral("PJSIP/6001"))
        commands = call.handle(m.TimeUp(m.Timer.REFER, 1))
        assert commands == [
            m.Unpark(),
            m.EndTransfer("The caller's telephone did not follow the referral."),
        ]


class TestEndings:
    def test_a_caller_who_leaves_while_the_target_rings_has_hung_up(self) -> None:
        finish = finish_of(asked(TARGET).handle(m.CallerLeft()))
        assert (finish.outcome, finish.ended_by) == (Outcome.CALLER_HUNG_UP, EndedBy.CALLER)

    @pytest.mark.parametrize(
        ("event", "ended_by", "is_released"),
        [
            (m.CallerLeft(), EndedBy.CALLER, False),
            (m.TargetLeft("hung up"), EndedBy.TARGET, True),
            (m.OperatorHungUp(), EndedBy.OPERATOR, True),
        ],
    )
    def test_two_who_were_joined_end_as_transferred(
        self, event: m.CallEvent, ended_by: EndedBy, is_released: bool
    ) -> None:
        finish = finish_of(joined().handle(event))
        assert (finish.outcome, finish.ended_by) == (Outcome.TRANSFERRED, ended_by)
        assert (finish.release_cause is not None) == is_released

    def test_two_who_were_joined_are_not_parted_by_a_stopping_server(self) -> None:
        finish = finish_of(joined().handle(m.ServerStopping()))
        assert (finish.outcome, finish.release_cause, finish.leaves_bridge) == (
            Outcome.TRANSFERRED,
            None,
            True,
        )

    def test_two_who_were_joined_may_talk_longer_than_an_agent_may(self) -> None:
        assert joined().handle(m.TimeUp(m.Timer.MAX_DURATION)) == []

    def test_time_that_runs_out_during_a_transfer_ends_the_call_when_the_caller_is_back(self) -> None:
        call = asked(TARGET)
        assert call.handle(m.TimeUp(m.Timer.MAX_DURATION)) == []
        assert m.Say(m.Phrase.TIME_LIMIT) in call.handle(m.TargetLeft("busy"))

    def test_an_agent_that_left_meanwhile_ends_the_call_when_the_caller_is_back(self) -> None:
        call = asked(TARGET)
        assert call.handle(m.AgentLeft(Outcome.COMPLETED)) == []
        assert finish_of(call.handle(m.TargetLeft("busy"))).outcome is Outcome.COMPLETED

    def test_a_call_taken_up_after_its_transfer_waits_for_its_end_only(self) -> None:
        call = m.Call(m.Setting(max_duration_ms=1, is_answered=True, is_transferred=True))
        assert call.begin() == []
        assert finish_of(call.handle(m.TargetLeft("x"))).outcome is Outcome.TRANSFERRED
