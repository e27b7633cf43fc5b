"""The product calls a real telephone: what that telephone does with the call is what the run says."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from bench.stage import Stage, eventually
from pbxlab import sounds
from pbxlab.telephone import EarlyMedia, EndKind, PhoneCall, Reject, Ring, Telephone
from tests.pbx.calls import (
    Run,
    completed,
    ending,
    hears_speech_for,
    place_call,
    run_becomes,
    texts,
)
from tests.pbx.speech import ALIKE, Listener, alike, words
from tests.pbx.stages import add_number, add_workflow, changed, limits

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

GREETING = "Welcome to the public library."
STAGE = {"greeting": GREETING}
AT_ONCE_S = 0.5
INBOUND = "asisso-inbound"
"""The context of the generated extensions.conf."""


def shown_number(call: PhoneCall) -> str:
    """The caller id a telephone shows: the user part of the INVITE's From."""
    found = re.search(r"sips?:([^@>;]*)@", call.remote_headers["from"])
    return found[1] if found else ""


def cause(run: Run) -> tuple[int, int | None]:
    """Asterisk's cause and the SIP status behind it."""
    return run["hangup_cause"]["code"], run["hangup_cause"]["sip_status"]


async def refusal(lab: Stage, **wish: Any) -> httpx.Response:
    """What a wish to call is answered with."""
    body = {
        "workflow_id": lab.workflow_id,
        "telephony_configuration_id": lab.configuration_id,
        "to": "6001",
        **wish,
    }
    return await lab.api.http.post("/calls", json=body)


async def run_count(lab: Stage) -> int:
    listed = await lab.api.get("/runs", telephony_configuration_id=lab.configuration_id, limit="200")
    return len(listed["items"])


@contextmanager
def dead_telephone() -> Iterator[str]:
    """Something that takes SIP messages and never answers one; gives the endpoint.

    Not at the telephones' own port: Asterisk repeats its INVITE for seconds, and the next test's telephone would get
    it.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        yield f"PJSIP/6001/sip:6001@127.0.0.1:{mute.getsockname()[1]}"


class TestAnswered:
    async def test_first_word_is_heard_as_soon_as_somebody_answers(
        self, lab: Stage, callee: Telephone, listener: Listener
    ) -> None:
        run = await place_call(lab, "6001")
        call = await callee.next_call()
        answered_at = await call.answered()

        heard_at = await call.hears_audio()
        await call.hears_silence(600)
        await call.hang_up()

        run = await completed(lab, run)
        heard = listener.understands(call.heard_pcm(16_000))
        assert words(heard) == words(GREETING), "nothing is clipped"
        assert heard_at - answered_at < AT_ONCE_S
        assert ending(run) == ("caller_hung_up", "caller")
        assert cause(run)[0] == 16
        assert texts(run, "agent") == [GREETING]

    async def test_whoever_answers_talks_with_the_agent(self, lab: Stage, callee: Telephone) -> None:
        run = await place_call(lab, "6001")
        call = await callee.next_call()
        await call.hears_audio()
        await call.hears_silence(600)
        call.play(sounds.prompt("vm-goodbye").path)

        assert (await call.ended()).kind is EndKind.REMOTE_BYE
        run = await completed(lab, run)
        assert ending(run) == ("completed", "agent")
        assert run["direction"] == "outbound"
        assert [turn["speaker"] for turn in run["transcript"]] == ["agent", "caller", "agent"]
        assert run["created_at"] < run["answered_at"] < run["ended_at"]
        assert run["recording_url"]

    async def test_run_shows_queued_ringing_and_in_progress(self, lab: Stage, callee: Telephone) -> None:
        callee.when_called(Ring())

        run = await place_call(lab, "6001")
        assert (run["state"], run["outcome"], run["answered_at"]) == ("queued", None, None)
        call = await callee.next_call()
        assert (await run_becomes(lab, run, "ringing"))["answered_at"] is None
        call.answer()
        assert (await run_becomes(lab, run, "in_progress"))["answered_at"]
        await call.hears_audio()
        await call.hang_up()

        assert ending(await completed(lab, run)) == ("caller_hung_up", "caller")

    @pytest.mark.parametrize("to", ["6003", "PJSIP/6003", " 60-03 "])
    async def test_number_is_dialled_as_the_guide_writes_it(
        self, lab: Stage, callee: Telephone, to: str
    ) -> None:
        run = await place_call(lab, to)
        call = await callee.next_call()

        assert call.number == "6003"
        await call.hears_audio()
        await call.hang_up()
        assert (await completed(lab, run))["to"] == to.strip()

    async def test_dialplan_can_be_called_through_a_local_channel(self, lab: Stage) -> None:
        """607 takes three keys and presses them back."""
        run = await place_call(lab, "Local/607@pbxlab")
        await run_becomes(lab, run, "in_progress")
        await lab.api.post(f"/calls/{run['id']}/dtmf", digits="472")

        run = await completed(lab, run)
        assert ending(run) == ("caller_hung_up", "caller"), "the dialplan's own end is the callee's"
        pressed = [e["detail"]["pii_digit"] for e in await lab.timeline(run["id"]) if e["kind"] == "dtmf"]
        assert pressed == ["4", "7", "2"]
        await lab.asterisk.ari.empty()

    async def test_dial_template_makes_an_endpoint_of_a_number(self, lab: Stage, callee: Telephone) -> None:
        async with changed(lab, dial_template="Local/{number}@pbxlab"):
            run = await place_call(lab, "901")

        call = await callee.next_call()
        assert call.number == "6001", "901 of the dialplan dials it"
        await call.hears_audio()
        await call.hang_up()
        assert ending(await completed(lab, run)) == ("caller_hung_up", "caller")

    async def test_call_that_comes_back_as_an_inbound_one_makes_two_runs_and_both_end(
        self, lab: Stage
    ) -> None:
        before = await run_count(lab)
        run = await place_call(lab, f"Local/8000@{INBOUND}")
        await run_becomes(lab, run, "in_progress")
        await lab.api.post(f"/calls/{run['id']}/hangup")

        outbound = await completed(lab, run)
        inbound, _ = (await lab.finished_runs(before + 2))[:2]
        assert ending(outbound) == ("completed", "operator")
        assert (inbound["direction"], inbound["to"]) == ("inbound", "8000")
        assert ending(inbound) == ("caller_hung_up", "caller")
        await lab.asterisk.ari.empty()


class TestCallerId:
    async def test_wish_comes_before_the_default_number_and_that_before_from_extensions(
        self, lab: Stage, callee: Telephone
    ) -> None:
        async with changed(lab, from_extensions=["PJSIP/6005", "6006"]):
            assert await self.shown(lab, callee) == "6005"
            number = await lab.api.post(
                f"{lab.path}/phone-numbers", address="+4930123456", is_default_caller_id=True
            )
            assert await self.shown(lab, callee) == "+4930123456"
            assert await self.shown(lab, callee, from_="PJSIP/6007") == "6007"
            await lab.api.delete(f"{lab.path}/phone-numbers/{number['id']}")

    async def shown(self, lab: Stage, callee: Telephone, **wish: str) -> str:
        """What 6001 shows of a call, which it does not take; the run says the same."""
        callee.when_called(Reject())
        run = await completed(lab, await place_call(lab, "6001", **wish))
        number = shown_number(await callee.next_call())
        assert run["from"] == run["context"]["caller_number"] == number
        return number

    async def test_context_given_reaches_the_workflow_and_cannot_change_the_calls_own_facts(
        self, lab: Stage, callee: Telephone
    ) -> None:
        workflow_id = await add_workflow(lab, greeting="Good morning {{customer | stranger}}.")
        given = {"customer": "Alice", "order": {"number": 7}, "direction": "inbound", "provider": "mine"}

        run = await place_call(lab, "6001", workflow_id=workflow_id, context=given)
        call = await callee.next_call()
        await call.hears_audio()
        await call.hears_silence(500)
        await call.hang_up()

        run = await completed(lab, run)
        assert texts(run, "agent") == ["Good morning Alice."]
        assert run["context"]["order"] == {"number": 7}
        facts = ("direction", "provider", "called_number", "call_id", "telephony_configuration_id")
        assert [run["context"][fact] for fact in facts] == [
            "outbound",
            "ari",
            "6001",
            run["channel_id"],
            lab.configuration_id,
        ]


class TestUnanswered:
    @pytest.mark.parametrize("rings", [False, True], ids=["at once", "after ringing"])
    @pytest.mark.parametrize(
        ("status", "outcome", "ended_by", "code"),
        [
            (486, "busy", "caller", 17),
            (600, "busy", "caller", 17),
            (603, "declined", "caller", 21),
            (480, "no_answer", "caller", 19),
            (404, "failed", "pbx", 1),
            (503, "failed", "pbx", 34),
        ],
    )
    async def test_refusal_is_told_by_its_sip_status(
        self,
        lab: Stage,
        callee: Telephone,
        status: int,
        outcome: str,
        ended_by: str,
        code: int,
        rings: bool,
    ) -> None:
        callee.when_called(Ring() if rings else Reject(status))

        run = await place_call(lab, "6001")
        call = await callee.next_call()
        if rings:
            await run_becomes(lab, run, "ringing")
            call.reject(status)

        run = await completed(lab, run)
        assert ending(run) == (outcome, ended_by), run["detail"]
        assert cause(run) == (code, status)
        assert str(status) in run["detail"]
        assert (run["answered_at"], run["duration_ms"], run["transcript"]) == (None, 0, [])
        assert run["recording_url"] is None

    async def test_telephone_that_rings_and_is_not_taken_up(self, lab: Stage, callee: Telephone) -> None:
        callee.when_called(Ring())

        run = await place_call(lab, "6001", ring_timeout_s=1)
        call = await callee.next_call()

        assert (await call.ended()).kind is EndKind.CANCELLED
        run = await completed(lab, run)
        assert ending(run) == ("no_answer", "system")
        assert cause(run)[0] == 19
        assert "rang" in run["detail"]

    async def test_telephone_that_never_says_a_word_is_told_from_one_that_rings(self, lab: Stage) -> None:
        with dead_telephone() as endpoint:
            run = await completed(lab, await place_call(lab, endpoint, ring_timeout_s=1))

        assert ending(run) == ("failed", "pbx")
        assert "never rang" in run["detail"]
        await lab.asterisk.ari.empty()

    @pytest.mark.parametrize("to", ["PJSIP/nobody", "Nothing/6001"])
    async def test_endpoint_that_does_not_exist_is_named(self, lab: Stage, to: str) -> None:
        run = await completed(lab, await place_call(lab, to, ring_timeout_s=2))

        assert run["outcome"] == "failed"
        assert to in run["detail"]
        await lab.asterisk.ari.empty()

    @pytest.mark.parametrize(
        ("extension", "outcome"),
        [("604", "busy"), ("605", "failed"), ("608", "no_answer"), ("4711", "failed")],
    )
    async def test_dialplan_that_does_not_answer(self, lab: Stage, extension: str, outcome: str) -> None:
        run = await place_call(lab, f"Local/{extension}@pbxlab", ring_timeout_s=2)

        assert (await completed(lab, run))["outcome"] == outcome
        await lab.asterisk.ari.empty()


class TestEarlyMedia:
    async def test_agent_waits_until_the_telephone_is_really_answered(
        self, lab: Stage, callee: Telephone, listener: Listener
    ) -> None:
        callee.when_called(EarlyMedia(play=sounds.prompt("tt-weasels").path))

        run = await place_call(lab, "6001")
        call = await callee.next_call()
        await run_becomes(lab, run, "ringing")
        await call.played()
        assert call.heard == [], "an announcement is not talked to"
        call.answer()
        answered_at = await call.answered()
        assert await call.hears_audio() - answered_at < AT_ONCE_S
        await call.hears_silence(600)
        await call.hang_up()

        run = await completed(lab, run)
        assert alike(listener.understands(call.heard_pcm(16_000)), GREETING) > ALIKE
        assert texts(run, "caller") == [], "nor is it the callee's word"
        assert ending(run) == ("caller_hung_up", "caller")

    async def test_announcement_that_ends_without_an_answer(self, lab: Stage, callee: Telephone) -> None:
        callee.when_called(EarlyMedia())

        run = await place_call(lab, "6001")
        call = await callee.next_call()
        await run_becomes(lab, run, "ringing")
        call.reject(486)

        assert ending(await completed(lab, run)) == ("busy", "caller")


class TestHangUp:
    async def test_callee_who_hangs_up_right_after_answering(self, lab: Stage, callee: Telephone) -> None:
        run = await place_call(lab, "6001")
        call = await callee.next_call()
        await call.answered()
        await call.hang_up()

        assert ending(await completed(lab, run)) == ("caller_hung_up", "caller")

    async def test_callee_who_hangs_up_in_the_middle_of_a_word(self, lab: Stage, callee: Telephone) -> None:
        run = await place_call(lab, "6001")
        call = await callee.next_call()
        await hears_speech_for(call, 700)
        await call.hang_up()

        run = await completed(lab, run)
        assert ending(run) == ("caller_hung_up", "caller")
        (greeting,) = run["transcript"]
        assert greeting["interrupted"]
        assert len(words(greeting["text"])) < len(words(GREETING))

    async def test_operator_who_hangs_up_while_it_rings_cancels_the_call(
        self, lab: Stage, callee: Telephone
    ) -> None:
        callee.when_called(Ring())
        run = await place_call(lab, "6001")
        call = await callee.next_call()
        await run_becomes(lab, run, "ringing")

        await lab.api.post(f"/calls/{run['id']}/hangup")

        assert (await call.ended()).kind is EndKind.CANCELLED
        run = await completed(lab, run)
        assert ending(run) == ("canceled", "operator")
        assert run["answered_at"] is None

    async def test_operator_who_hangs_up_while_it_talks_completes_the_call(
        self, lab: Stage, callee: Telephone
    ) -> None:
        run = await place_call(lab, "6001")
        call = await callee.next_call()
        await hears_speech_for(call, 300)

        await lab.api.post(f"/calls/{run['id']}/hangup")

        end = await call.ended()
        assert (end.kind, end.cause) == (EndKind.REMOTE_BYE, 16)
        assert ending(await completed(lab, run)) == ("completed", "operator")


class TestNotMade:
    async def test_pbx_that_is_not_connected(self, lab: Stage) -> None:
        before = await run_count(lab)
        async with changed(lab, ari_endpoint="http://127.0.0.1:9"):
            await eventually(lab.status, lambda seen: seen["state"] != "connected", "a lost connection", 5)
            answer = await refusal(lab)

        assert (answer.status_code, answer.json()["code"]) == (409, "telephony_configuration_not_connected")
        assert await run_count(lab) == before

    async def test_configuration_that_is_disabled(self, lab: Stage) -> None:
        async with changed(lab, is_enabled=False):
            answer = await refusal(lab)

        assert (answer.status_code, answer.json()["code"]) == (409, "telephony_configuration_disabled")

    async def test_organization_whose_calls_are_all_in_use(self, lab: Stage, callee: Telephone) -> None:
        async with limits(lab, max_concurrent_calls=1):
            run = await place_call(lab, "6001")
            call = await callee.next_call()
            await call.hears_audio()
            before = await run_count(lab)

            answer = await refusal(lab)

            assert (answer.status_code, answer.json()["code"]) == (429, "quota_exceeded")
            assert int(answer.headers["Retry-After"]) > 0
            assert await run_count(lab) == before, "a call that is not made leaves no run"
            await call.hang_up()
            await completed(lab, run)
            again = await place_call(lab, "6001")
            await (await callee.next_call()).hang_up()
            await completed(lab, again)

    @pytest.mark.parametrize("to", ["", "two words", "PJSIP/6001&PJSIP/6002", "6001,30,g"])
    async def test_address_that_cannot_be_dialled(self, lab: Stage, to: str) -> None:
        before = await run_count(lab)

        assert (await refusal(lab, to=to)).status_code == 422
        assert await run_count(lab) == before

    async def test_number_that_is_served_only_inbound_is_no_reason_to_fail(
        self, lab: Stage, callee: Telephone
    ) -> None:
        """A configuration left out: the call goes through the default one."""
        await add_number(lab, "8055", greeting="Hello.")
        async with changed(lab, is_default_outbound=True):
            run = await place_call(lab, "6001", telephony_configuration_id=None)
            call = await callee.next_call()
            await call.hears_audio()
            await call.hang_up()

        assert (await completed(lab, run))["telephony_configuration_id"] == lab.configuration_id
