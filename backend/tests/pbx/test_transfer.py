"""A caller is sent to somebody else, who takes the call or does not: nobody is ever left alone in the line."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from bench.stage import Stage
from pbxlab import sounds
from pbxlab.telephone import Answer, Behaviour, EndKind, PhoneCall, Reject, Ring, Telephone
from tests.pbx.calls import (
    Run,
    are_joined,
    completed,
    ending,
    heard_since,
    noted,
    part,
    place_call,
    run_becomes,
    talk_with_agent,
    texts,
)
from tests.pbx.speech import ALIKE, Listener, alike
from tests.pbx.stages import add_number

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

GREETING = "Hello."
STAGE = {"greeting": GREETING}
BRIEFING = "A caller wants to know when the library is open."
CALLER_WORDS = "demo-nomatch"
TARGET_WORDS = "conf-onlyperson"
UNLIKE = 0.4


async def transfer(lab: Stage, run: Run, **destination: Any) -> None:
    await lab.api.post(f"/calls/{run['id']}/transfer", **destination)


async def asked_in_vain(lab: Stage, run: Run, what: str, **body: Any) -> httpx.Response:
    """What a wish that can't be fulfilled is answered with."""
    return await lab.api.http.post(f"/calls/{run['id']}/{what}", json=body)


async def hear_each_other(caller: PhoneCall, target: PhoneCall, listener: Listener) -> None:
    """Each says something, and the other one understands that and nothing else."""
    began_at = time.time()
    caller.play(sounds.prompt(CALLER_WORDS).path)
    await caller.played()
    await target.hears_silence(300)
    target.play(sounds.prompt(TARGET_WORDS).path)
    await target.played()
    await caller.hears_silence(300)

    at_target = listener.understands(heard_since(target, began_at))
    at_caller = listener.understands(heard_since(caller, began_at))
    assert alike(at_target, sounds.prompt(CALLER_WORDS).text) > ALIKE, at_target
    assert alike(at_caller, sounds.prompt(TARGET_WORDS).text) > ALIKE, at_caller


async def can_talk(caller: PhoneCall, target: PhoneCall) -> None:
    """Sound goes both ways; whose it is, others make sure of."""
    for speaker, hearer in ((caller, target), (target, caller)):
        await hearer.hears_silence(200)
        began_at = time.time()
        speaker.play(sounds.prompt("vm-goodbye").path)
        await hearer.hears_audio(since=began_at)
        speaker.stop_playing()


class TestBlind:
    async def test_caller_and_target_hear_each_other_and_the_agent_is_silent(
        self, lab: Stage, callee: Telephone, telephone: Telephone, listener: Listener
    ) -> None:
        call, run = await talk_with_agent(lab, telephone)

        await transfer(lab, run, to="6001")
        target = await callee.next_call()
        await are_joined(lab)
        await hear_each_other(call, target, listener)
        await call.hang_up()

        assert (await target.ended()).kind is EndKind.REMOTE_BYE
        run = await completed(lab, run)
        assert ending(run) == ("transferred", "caller")
        assert run["hangup_cause"]["code"] == 16
        assert [turn["text"] for turn in run["transcript"]] == [GREETING]
        kinds = [entry["kind"] for entry in await lab.timeline(run["id"])]
        assert [kind for kind in kinds if kind in ("parked", "transfer", "transferred", "ended")] == [
            "parked",
            "transfer",
            "transferred",
            "ended",
        ]
        assert "1000" in target.remote_headers["from"], "the target's telephone shows who calls"

    async def test_target_who_hangs_up_first_ends_the_call(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        call, run = await talk_with_agent(lab, telephone)
        await transfer(lab, run, to="PJSIP/6001")
        target = await callee.next_call()
        await are_joined(lab)

        await target.hang_up()

        assert (await call.ended()).kind is EndKind.REMOTE_BYE
        assert ending(await completed(lab, run)) == ("transferred", "target")

    async def test_operator_can_only_hang_up_two_people_who_talk_to_each_other(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        call, run = await talk_with_agent(lab, telephone)
        await transfer(lab, run, to="6001")
        target = await callee.next_call()
        await are_joined(lab)

        answers = [
            await asked_in_vain(lab, run, "transfer", to="6002"),
            await asked_in_vain(lab, run, "hold"),
            await asked_in_vain(lab, run, "dtmf", digits="1"),
        ]
        await lab.api.post(f"/calls/{run['id']}/hangup")

        assert [answer.status_code for answer in answers] == [409, 409, 409]
        assert (await call.ended()).kind is EndKind.REMOTE_BYE
        assert (await target.ended()).kind is EndKind.REMOTE_BYE
        assert ending(await completed(lab, run)) == ("transferred", "operator")

    async def test_target_can_be_anything_the_dialplan_dials(
        self, lab: Stage, callee: Telephone, telephone: Telephone, listener: Listener
    ) -> None:
        call, run = await talk_with_agent(lab, telephone)

        await transfer(lab, run, to="Local/901@pbxlab")
        target = await callee.next_call()
        await target.answered()
        await are_joined(lab)
        await hear_each_other(call, target, listener)
        await target.hang_up()

        assert (await call.ended()).kind is EndKind.REMOTE_BYE
        assert ending(await completed(lab, run)) == ("transferred", "target")

    async def test_call_we_made_is_transferred_like_one_we_got(self, lab: Stage, callee: Telephone) -> None:
        run = await place_call(lab, "6001")
        first = await callee.next_call()
        await first.hears_audio()
        await first.hears_silence(400)

        await transfer(lab, run, to="6002")
        second = await callee.next_call()
        await are_joined(lab)
        await can_talk(first, second)
        await first.hang_up()

        assert ending(await completed(lab, run)) == ("transferred", "caller")
        assert (await second.ended()).kind is EndKind.REMOTE_BYE


class TestNotTaken:
    async def test_caller_comes_back_to_the_agent_and_the_timeline_says_why(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        cases = {
            "6001": (Reject(486), "busy"),
            "6002": (Reject(603), "declined"),
            "6003": (Reject(480), "not available"),
            "6004": (Reject(404), "does not exist"),
            "6005": (Ring(), "nobody answered"),
        }

        async def try_in_vain(to: str, does: Behaviour, reason: str) -> None:
            callee.when_called(does, number=to)
            call, run = await talk_with_agent(lab, telephone, caller_number=f"1{to}")
            await transfer(lab, run, to=to, ring_timeout_s=1)
            assert reason in (await noted(lab, run, "transfer_failed"))["reason"]
            await part(call)
            run = await completed(lab, run)
            assert ending(run) == ("completed", "agent")
            assert texts(run, "agent") == [GREETING, "Goodbye."]

        await asyncio.gather(*(try_in_vain(to, *case) for to, case in cases.items()))

    async def test_endpoint_that_does_not_exist(self, lab: Stage, telephone: Telephone) -> None:
        call, run = await talk_with_agent(lab, telephone)

        await transfer(lab, run, to="PJSIP/nobody")
        assert "PJSIP/nobody" in (await noted(lab, run, "transfer_failed"))["reason"]
        await part(call)

        assert ending(await completed(lab, run)) == ("completed", "agent")

    async def test_caller_hears_music_while_it_rings_and_can_leave(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        callee.when_called(Ring())
        call, run = await talk_with_agent(lab, telephone)

        asked_at = time.time()
        await transfer(lab, run, to="6001")
        target = await callee.next_call()
        await call.hears_audio(since=asked_at)
        await call.hang_up()

        assert (await target.ended()).kind is EndKind.CANCELLED
        run = await completed(lab, run)
        assert ending(run) == ("caller_hung_up", "caller")
        assert texts(run, "agent") == [GREETING], "the music is not the agent's"

    async def test_operator_who_hangs_up_while_it_rings_ends_both(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        callee.when_called(Ring())
        call, run = await talk_with_agent(lab, telephone)
        await transfer(lab, run, to="6001")
        target = await callee.next_call()

        await lab.api.post(f"/calls/{run['id']}/hangup")

        assert (await call.ended()).kind is EndKind.REMOTE_BYE
        assert (await target.ended()).kind is EndKind.CANCELLED
        assert ending(await completed(lab, run)) == ("completed", "operator")

    async def test_second_attempt_may_succeed(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        callee.when_called(Reject(486), number="6002")
        call, run = await talk_with_agent(lab, telephone)
        await transfer(lab, run, to="6002")
        await callee.next_call()
        await noted(lab, run, "transfer_failed")

        await transfer(lab, run, to="6003")
        target = await callee.next_call()
        await are_joined(lab)
        await call.hang_up()

        await target.ended()
        assert ending(await completed(lab, run)) == ("transferred", "caller")


class TestWhen:
    async def test_one_transfer_at_a_time(self, lab: Stage, callee: Telephone, telephone: Telephone) -> None:
        callee.when_called(Ring())
        call, run = await talk_with_agent(lab, telephone)
        await transfer(lab, run, to="6001")
        target = await callee.next_call()

        assert (await asked_in_vain(lab, run, "transfer", to="6002")).status_code == 409

        target.answer()
        await are_joined(lab)
        await call.hang_up()
        assert ending(await completed(lab, run)) == ("transferred", "caller")
        assert [one.number for one in callee.calls] == ["6001"]

    async def test_not_before_the_call_is_answered(self, lab: Stage, callee: Telephone) -> None:
        callee.when_called(Ring())
        run = await place_call(lab, "6001")
        call = await callee.next_call()
        await run_becomes(lab, run, "ringing")

        answer = await asked_in_vain(lab, run, "transfer", to="6002")

        assert (answer.status_code, answer.json()["code"]) == (409, "call_not_talking")
        call.reject(486)
        assert ending(await completed(lab, run)) == ("busy", "caller")

    async def test_not_after_it_has_ended(self, lab: Stage, telephone: Telephone) -> None:
        call, run = await talk_with_agent(lab, telephone)
        await call.hang_up()
        await completed(lab, run)

        answer = await asked_in_vain(lab, run, "transfer", to="6001")

        assert (answer.status_code, answer.json()["code"]) == (409, "call_ended")

    async def test_caller_on_hold_is_transferred_from_there(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        call, run = await talk_with_agent(lab, telephone)
        held_at = time.time()
        await lab.api.post(f"/calls/{run['id']}/hold")
        await call.hears_audio(since=held_at)

        await transfer(lab, run, to="6001")
        target = await callee.next_call()
        await are_joined(lab)
        await can_talk(call, target)
        await call.hang_up()

        assert ending(await completed(lab, run)) == ("transferred", "caller")

    async def test_caller_on_hold_who_is_not_taken_is_back_with_the_agent(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        callee.when_called(Reject(486))
        call, run = await talk_with_agent(lab, telephone)
        await lab.api.post(f"/calls/{run['id']}/hold")
        await transfer(lab, run, to="6001")

        await noted(lab, run, "transfer_failed")
        await part(call)

        assert ending(await completed(lab, run)) == ("completed", "agent")


class TestAttended:
    async def brief(
        self, lab: Stage, callee: Telephone, telephone: Telephone, *, must_confirm: bool = False
    ) -> tuple[PhoneCall, PhoneCall, Run]:
        """Caller, target and run at the moment when the target begins to be told who waits."""
        call, run = await talk_with_agent(lab, telephone)
        await transfer(lab, run, mode="attended", to="6001", briefing=BRIEFING, must_confirm=must_confirm)
        target = await callee.next_call()
        await target.hears_audio()
        return call, target, run

    async def test_target_is_briefed_while_the_caller_hears_music(
        self, lab: Stage, callee: Telephone, telephone: Telephone, listener: Listener
    ) -> None:
        asked_at = time.time()
        call, target, run = await self.brief(lab, callee, telephone)
        await are_joined(lab)
        joined_at = time.time()
        await can_talk(call, target)
        await call.hang_up()

        until_joined = round((joined_at - target.invited_at) * 16_000)
        told = listener.understands(target.heard_pcm(16_000)[:until_joined])
        assert alike(told, BRIEFING) > ALIKE, told
        waited = heard_since(call, asked_at)[: round((joined_at - asked_at) * 16_000)]
        assert alike(listener.understands(waited), BRIEFING) < UNLIKE
        assert call.first_audio_at
        assert await call.hears_audio(since=target.answered_at or 0) < joined_at, "there was music"
        run = await completed(lab, run)
        assert ending(run) == ("transferred", "caller")
        assert texts(run, "agent") == [GREETING], "what the target is told is not the caller's to read"
        briefings = [e for e in await lab.timeline(run["id"]) if e["kind"] == "briefing"]
        assert briefings[0]["detail"]["pii_text"] == BRIEFING

    async def test_target_takes_the_call_with_1(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        call, target, run = await self.brief(lab, callee, telephone, must_confirm=True)
        target.send_digits("1")
        await are_joined(lab)
        await target.hang_up()

        assert (await call.ended()).kind is EndKind.REMOTE_BYE
        assert ending(await completed(lab, run)) == ("transferred", "target")

    async def test_target_who_refuses_with_2_is_let_go_and_the_caller_comes_back(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        call, target, run = await self.brief(lab, callee, telephone, must_confirm=True)
        target.send_digits("2")

        assert (await target.ended()).kind is EndKind.REMOTE_BYE
        assert "not taken" in (await noted(lab, run, "transfer_failed"))["reason"]
        await part(call)
        assert ending(await completed(lab, run)) == ("completed", "agent")

    async def test_target_that_presses_nothing_may_be_a_voicemail_and_is_let_go(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        call, target, run = await self.brief(lab, callee, telephone, must_confirm=True)

        assert (await target.ended(25)).kind is EndKind.REMOTE_BYE
        assert "did not take" in (await noted(lab, run, "transfer_failed"))["reason"]
        await part(call)
        assert ending(await completed(lab, run)) == ("completed", "agent")

    async def test_caller_who_leaves_during_the_briefing_takes_the_target_along(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        call, target, run = await self.brief(lab, callee, telephone)
        await call.hang_up()

        assert (await target.ended()).kind is EndKind.REMOTE_BYE
        assert ending(await completed(lab, run)) == ("caller_hung_up", "caller")

    async def test_target_who_leaves_during_the_briefing_gives_the_caller_back(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        call, target, run = await self.brief(lab, callee, telephone)
        await target.hang_up()

        assert "hung up" in (await noted(lab, run, "transfer_failed"))["reason"]
        await part(call)
        run = await completed(lab, run)
        assert ending(run) == ("completed", "agent")
        assert texts(run, "agent") == [GREETING, "Goodbye."]


class TestIntoTheDialplan:
    async def test_caller_hears_what_the_dialplan_does(self, lab: Stage, telephone: Telephone) -> None:
        call, run = await talk_with_agent(lab, telephone)

        asked_at = time.time()
        await transfer(lab, run, mode="dialplan", context="pbxlab", extension="900", priority=2)
        run = await completed(lab, run)

        await call.hears_audio(since=asked_at)
        assert ending(run) == ("transferred", "operator")
        assert call.end_reason is None, "the dialplan has the call"
        (channel,) = await lab.asterisk.ari.channels()
        assert (channel["dialplan"]["context"], channel["dialplan"]["exten"]) == ("pbxlab", "900")
        await call.hang_up()

    async def test_variables_are_there_to_be_read(self, lab: Stage, telephone: Telephone) -> None:
        call, run = await talk_with_agent(lab, telephone)

        await transfer(
            lab, run, mode="dialplan", context="pbxlab", extension="609", variables={"KEYS": "815"}
        )

        await call.hears_digits("815")
        assert ending(await completed(lab, run)) == ("transferred", "operator")
        await call.ended()

    @pytest.mark.parametrize(
        ("context", "extension", "priority"),
        [("pbxlab", "9999", 1), ("nowhere", "900", 1), ("pbxlab", "900", 99)],
    )
    async def test_place_that_does_not_exist_keeps_the_caller_with_the_agent(
        self, lab: Stage, telephone: Telephone, context: str, extension: str, priority: int
    ) -> None:
        call, run = await talk_with_agent(lab, telephone)

        await transfer(lab, run, mode="dialplan", context=context, extension=extension, priority=priority)
        assert f"{extension}@{context}" in (await noted(lab, run, "transfer_failed"))["reason"]
        await part(call)

        assert ending(await completed(lab, run)) == ("completed", "agent")

    async def test_variables_cannot_be_functions(self, lab: Stage, telephone: Telephone) -> None:
        call, run = await talk_with_agent(lab, telephone)
        place = {"mode": "dialplan", "context": "pbxlab", "extension": "900"}

        answer = await asked_in_vain(lab, run, "transfer", variables={"SHELL(ls)": "x"}, **place)

        assert answer.status_code == 422
        await part(call)
        assert ending(await completed(lab, run)) == ("completed", "agent")


class TestReferral:
    """By REFER: the caller's own telephone is asked to call somebody else."""

    async def refer(self, lab: Stage, telephone: Telephone, *, answer: int = 202) -> tuple[PhoneCall, Run]:
        """The call, and its run, of a telephone that has been asked."""
        call, run = await talk_with_agent(lab, telephone)
        call.referral_answer = answer
        await transfer(lab, run, mode="refer", to="6001")
        await call.until(lambda: bool(call.referred_to), "it was referred", 5)
        return call, run

    async def test_telephone_that_follows_leaves_the_call(self, lab: Stage, telephone: Telephone) -> None:
        call, run = await self.refer(lab, telephone)
        call.report_referral(200)
        await call.hang_up()

        assert "6001@" in call.referred_to[0]
        assert ending(await completed(lab, run)) == ("transferred", "operator")

    async def test_telephone_that_takes_its_time_is_waited_for(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        call, run = await self.refer(lab, telephone)
        referred_at = time.time()
        await call.hears_audio(since=referred_at + 5.5)  # music, for longer than any other request may take
        call.report_referral(200)
        await call.hang_up()

        assert ending(await completed(lab, run)) == ("transferred", "operator")

    @pytest.mark.parametrize("answer", [202, 603], ids=["fails at it", "refuses"])
    async def test_telephone_that_does_not_keeps_the_agent(
        self, lab: Stage, telephone: Telephone, answer: int
    ) -> None:
        call, run = await self.refer(lab, telephone, answer=answer)
        if answer == 202:
            call.report_referral(486)
        assert "did not follow" in (await noted(lab, run, "transfer_failed"))["reason"]
        await part(call)

        run = await completed(lab, run)
        assert ending(run) == ("completed", "agent")
        assert texts(run, "agent") == [GREETING, "Goodbye."]


async def test_pbx_without_music_lets_the_caller_wait_in_silence(
    lab: Stage, callee: Telephone, telephone: Telephone
) -> None:
    """The transfer needs no music; `answer` a moment later."""
    await lab.asterisk.cli("module unload res_musiconhold.so")
    callee.when_called(Answer(after_ms=300))
    call, run = await talk_with_agent(lab, telephone)
    try:
        await transfer(lab, run, to="6001")
        target = await callee.next_call()
        await are_joined(lab)
        await target.hang_up()
    finally:
        await lab.asterisk.cli("module load res_musiconhold.so")

    await call.ended()
    assert ending(await completed(lab, run)) == ("transferred", "target")


class TestByKeys:
    """The agent itself transfers, as its workflow says."""

    async def answering_with_an_exit(self, lab: Stage, number: str) -> None:
        workflow_id = await add_number(lab, number, greeting=GREETING)
        definition = (await lab.api.get(f"/workflows/{workflow_id}"))["definition"]
        desk = {"to": "6001", "mode": "attended", "say": "One moment.", "briefing": BRIEFING}
        definition["nodes"].append({"id": "desk", "type": "transfer", "data": desk})
        definition["edges"].append(
            {"id": "zero", "source": "start", "target": "desk", "data": {"digits": "0"}}
        )
        await lab.api.patch(f"/workflows/{workflow_id}", definition=definition)
        await lab.api.post(f"/workflows/{workflow_id}/publish")

    async def test_caller_who_presses_zero_is_put_through_by_the_agent(
        self, lab: Stage, callee: Telephone, telephone: Telephone, listener: Listener
    ) -> None:
        await self.answering_with_an_exit(lab, "8780")
        call, run = await talk_with_agent(lab, telephone, "8780")

        call.send_digits("0")
        target = await callee.next_call()
        await are_joined(lab)
        await can_talk(call, target)
        await call.hang_up()

        run = await completed(lab, run)
        assert ending(run) == ("transferred", "caller")
        assert " ".join(texts(run, "agent")) == f"{GREETING} One moment."
        assert alike(listener.understands(target.heard_pcm(16_000)), BRIEFING) > UNLIKE

    async def test_caller_whom_nobody_takes_is_asked_what_else(
        self, lab: Stage, callee: Telephone, telephone: Telephone
    ) -> None:
        await self.answering_with_an_exit(lab, "8781")
        callee.when_called(Reject(486))
        call, run = await talk_with_agent(lab, telephone, "8781")

        call.send_digits("0")
        assert "busy" in (await noted(lab, run, "transfer_failed"))["reason"]
        await call.hears_silence(500)
        await part(call)

        run = await completed(lab, run)
        assert ending(run) == ("completed", "agent")
        assert any("nobody can take your call" in text for text in texts(run, "agent"))
