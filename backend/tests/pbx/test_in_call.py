"""What happens in a call besides talking: keys, hold, time limits, silences, and what the dialplan says and gets."""

from __future__ import annotations

import re
import time

import pytest

from asisso.workflows.phrases import CANNOT
from bench.product import Product
from bench.stage import FAREWELL, Stage, eventually
from pbxlab import sounds
from pbxlab.telephone import EndKind, PhoneCall, Telephone
from tests.pbx.calls import (
    Run,
    completed,
    ending,
    heard_since,
    hears_speech_for,
    live_run,
    nothing_is_left,
    part,
    place_call,
    talk_with_agent,
    texts,
)
from tests.pbx.conftest import with_any_8xxx
from tests.pbx.speech import ALIKE, Listener, alike, words
from tests.pbx.stages import OpenStage, TelephoneAt, add_number, changed, limits

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

GREETING = "Hello."
TIME_LIMIT = "Your time is up, good night."
PROMPT = "Are you still there?"
SILENCE_FAREWELL = "I can not hear you, so I hang up."


def with_fallback(files: dict[str, str]) -> dict[str, str]:
    """Behind every Stasis() stands what an administrator puts there: the call goes to the telephone 6009."""
    dialplan = with_any_8xxx(files)["extensions.conf"]
    fallback = dialplan.replace(" same => n,Hangup()", " same => n,Dial(PJSIP/6009,10)\n same => n,Hangup()")
    catch_all = "exten => _9X.,1,Stasis(asisso,vip,7)\n same => n,Hangup()\n"
    nowhere = files["websocket_client.conf"].replace("[asisso]", "[nowhere]")
    nowhere = re.sub("uri = .*", "uri = ws://127.0.0.1:9/", nowhere)
    return files | {
        "extensions.conf": fallback + catch_all,
        "websocket_client.conf": files["websocket_client.conf"] + nowhere,
    }


STAGE = {"greeting": GREETING, "files": with_fallback}


def said(run: Run) -> str:
    """All that the agent said; what follows quickly on each other is one turn."""
    return " ".join(texts(run, "agent"))


class TestKeys:
    async def test_telephone_hears_exactly_the_keys_that_were_pressed(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        call, run = await talk_with_agent(lab, telephone)

        await lab.api.post(f"/calls/{run['id']}/dtmf", digits="1592#*0")
        await call.hears_digits("1592#*0")
        await part(call)

        assert call.digits_heard == "1592#*0"
        assert ending(await completed(lab, run)) == ("completed", "agent")

    async def test_key_counts_once_however_often_asterisk_tells_it(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        call, run = await talk_with_agent(lab, telephone)

        call.send_digits("4428")
        pressed_at = await call.played()
        await call.hears_audio(since=pressed_at + 1)
        await call.hears_silence(500)
        await call.hang_up()

        run = await completed(lab, run)
        assert texts(run, "agent")[1:] == [CANNOT], "one entry has one answer"
        keys = [e["detail"]["pii_digit"] for e in await lab.timeline(run["id"]) if e["kind"] == "dtmf"]
        assert keys == ["4", "4", "2", "8"]

    @pytest.mark.parametrize("digits", ["", "12x", "1 2", "1" * 65])
    async def test_what_is_no_key_is_refused(self, lab: Stage, telephone: Telephone, digits: str) -> None:
        call, run = await talk_with_agent(lab, telephone)

        answer = await lab.api.http.post(f"/calls/{run['id']}/dtmf", json={"digits": digits})

        assert answer.status_code == 422
        assert call.digits_heard == ""
        await call.hang_up()
        await completed(lab, run)


class TestHold:
    async def test_caller_hears_music_and_then_the_agent_again(
        self, lab: Stage, telephone: Telephone, listener: Listener
    ) -> None:
        call, run = await talk_with_agent(lab, telephone)

        held_at = time.time()
        await lab.api.post(f"/calls/{run['id']}/hold")
        await call.hears_audio(since=held_at)
        call.play(sounds.prompt("tt-weasels").path)
        await call.played()
        await hears_music_for(call, since=held_at, duration_ms=2500)
        music = listener.understands(heard_since(call, held_at))
        await lab.api.post(f"/calls/{run['id']}/resume")
        await call.hears_silence(500)
        await part(call)

        assert "said" not in words(music), "the agent neither hears nor is heard"
        run = await completed(lab, run)
        assert ending(run) == ("completed", "agent")
        assert texts(run, "agent") == [GREETING, FAREWELL]
        assert len(texts(run, "caller")) == 1, "what was said into the music is nobody's"

    async def test_agent_that_is_held_in_the_middle_of_a_word_falls_silent(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        await add_number(lab, "8101", greeting="One, two, three, four, five, six, seven, eight, nine, ten.")
        call = await telephone.dial("8101")
        await hears_speech_for(call, 800)
        run = await live_run(lab)

        await lab.api.post(f"/calls/{run['id']}/hold")
        await lab.api.post(f"/calls/{run['id']}/hold")
        await lab.api.post(f"/calls/{run['id']}/resume")
        await call.hears_silence(400)
        await part(call)

        run = await completed(lab, run)
        assert run["transcript"][0]["interrupted"]
        assert ending(run) == ("completed", "agent")

    async def test_caller_may_hang_up_while_held(self, lab: Stage, telephone: Telephone) -> None:
        call, run = await talk_with_agent(lab, telephone)
        held_at = time.time()
        await lab.api.post(f"/calls/{run['id']}/hold")
        await call.hears_audio(since=held_at)

        await call.hang_up()

        run = await completed(lab, run)
        assert ending(run) == ("caller_hung_up", "caller")
        assert run["hangup_cause"]["code"] == 16

    async def test_operator_may_hang_up_while_held(self, lab: Stage, telephone: Telephone) -> None:
        call, run = await talk_with_agent(lab, telephone)
        await lab.api.post(f"/calls/{run['id']}/hold")

        await lab.api.post(f"/calls/{run['id']}/hangup")

        assert (await call.ended()).kind is EndKind.REMOTE_BYE
        assert ending(await completed(lab, run)) == ("completed", "operator")


async def hears_music_for(call: PhoneCall, *, since: float, duration_ms: int) -> None:
    """Music comes as packets without a pause."""
    await call.until(
        lambda: sum(packet.at >= since for packet in call.heard) * 20 >= duration_ms, "there was music", 10
    )


class TestLimits:
    async def test_call_that_has_lasted_long_enough_is_told_so_and_ended(
        self, lab: Stage, telephone: Telephone, listener: Listener
    ) -> None:
        agent = {"kind": "embedded", "max_duration_s": 2, "phrases": {"time_limit": TIME_LIMIT}}
        await add_number(lab, "8110", agent=agent, greeting=GREETING)

        call = await telephone.dial("8110")
        answered_at = await call.answered()
        end = await call.ended()

        assert (end.kind, end.cause) == (EndKind.REMOTE_BYE, 16)
        assert 2 <= (call.ended_at or 0) - answered_at < 8
        run = (await lab.finished_runs(1))[0]
        assert ending(run) == ("max_duration", "system")
        assert said(run) == f"{GREETING} {TIME_LIMIT}"
        heard = listener.understands(heard_since(call, answered_at + 1.9))
        assert alike(heard, TIME_LIMIT) > ALIKE, heard

    async def test_time_limit_counts_on_hold_as_well(self, lab: Stage, telephone: Telephone) -> None:
        agent = {"kind": "embedded", "max_duration_s": 2, "phrases": {"time_limit": TIME_LIMIT}}
        await add_number(lab, "8111", agent=agent, greeting=GREETING)
        call = await telephone.dial("8111")
        await call.hears_audio()
        run = await live_run(lab)
        await lab.api.post(f"/calls/{run['id']}/hold")

        assert (await call.ended()).kind is EndKind.REMOTE_BYE
        run = await completed(lab, run)
        assert ending(run) == ("max_duration", "system")
        assert said(run).endswith(TIME_LIMIT), "heard, not lost in the music"

    @pytest.mark.parametrize("sends_silence", [True, False], ids=["silence", "no RTP at all"])
    async def test_caller_who_says_nothing_is_asked_and_then_parted_from(
        self, lab: Stage, telephone: Telephone, listener: Listener, sends_silence: bool
    ) -> None:
        phrases = {"silence_prompt": PROMPT, "silence_farewell": SILENCE_FAREWELL}
        agent = {"kind": "embedded", "silence_timeout_s": 1, "phrases": phrases}
        number = "8120" if sends_silence else "8121"
        await add_number(lab, number, agent=agent, greeting=GREETING)

        call = await telephone.dial(number, sends_silence=sends_silence)
        end = await call.ended(20)

        assert (end.kind, end.cause) == (EndKind.REMOTE_BYE, 16)
        run = (await lab.finished_runs(1))[0]
        assert ending(run) == ("silence_timeout", "system")
        assert said(run) == f"{GREETING} {PROMPT} {SILENCE_FAREWELL}"
        heard = listener.understands(call.heard_pcm(16_000))
        assert alike(heard, f"{GREETING} {PROMPT} {SILENCE_FAREWELL}") > ALIKE, heard

    async def test_caller_who_answers_the_question_is_not_parted_from(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        agent = {"kind": "embedded", "silence_timeout_s": 1, "phrases": {"silence_prompt": PROMPT}}
        await add_number(lab, "8122", agent=agent, greeting=GREETING)
        call = await telephone.dial("8122")
        greeted_at = await call.hears_audio()
        await call.hears_silence(500)

        await call.hears_audio(since=greeted_at + 1.5)
        await call.hears_silence(400)
        await part(call)

        run = (await lab.finished_runs(1))[0]
        assert ending(run) == ("completed", "agent")
        assert said(run) == f"{GREETING} {PROMPT} {FAREWELL}"

    async def test_greeting_waits_as_long_as_it_is_told(self, lab: Stage, telephone: Telephone) -> None:
        agent = {"kind": "embedded", "greeting_delay_ms": 1200}
        await add_number(lab, "8130", agent=agent, greeting=GREETING)

        call = await telephone.dial("8130")
        answered_at = await call.answered()
        heard_at = await call.hears_audio()
        await call.hang_up()

        assert 1.1 < heard_at - answered_at < 2.2
        assert ending((await lab.finished_runs(1))[0]) == ("caller_hung_up", "caller")


class TestFailure:
    """Calls that can't be served, where the configuration leaves them to the dialplan behind Stasis()."""

    async def falls_back(self, lab: Stage, telephone: Telephone, callee: Telephone, number: str) -> None:
        """The caller is connected with 6009, as the dialplan wants it."""
        call = await telephone.dial(number)
        second = await callee.next_call()
        assert second.number == "6009"
        await call.answered()
        await call.hang_up()
        await second.ended()

    async def test_number_nobody_serves(self, lab: Stage, telephone: Telephone, callee: Telephone) -> None:
        async with changed(lab, on_failure="dialplan"):
            await self.falls_back(lab, telephone, callee, "8404")

        run = (await lab.finished_runs(1))[0]
        assert ending(run) == ("refused_no_number", "system")

    async def test_organization_without_a_free_call(
        self, lab: Stage, telephone: Telephone, callee: Telephone
    ) -> None:
        async with changed(lab, on_failure="dialplan"), limits(lab, max_concurrent_calls=0):
            await self.falls_back(lab, telephone, callee, "8000")

        assert ending((await lab.finished_runs(1))[0]) == ("refused_quota", "system")

    @pytest.mark.parametrize("client", ["nosuchclient", "nowhere"])
    async def test_media_address_that_is_unknown_or_leads_nowhere(
        self, lab: Stage, telephone: Telephone, callee: Telephone, client: str
    ) -> None:
        async with changed(lab, on_failure="dialplan", ws_client_name=client):
            await self.falls_back(lab, telephone, callee, "8000")

        run = (await lab.finished_runs(1))[0]
        assert ending(run) == ("failed", "system")
        assert f"[{client}]" in run["detail"]
        assert run["answered_at"] is None

    @pytest.mark.parametrize("client", ["nosuchclient", "nowhere"])
    async def test_without_a_fallback_the_caller_is_refused(
        self, lab: Stage, telephone: Telephone, client: str
    ) -> None:
        async with changed(lab, ws_client_name=client):
            end = await (await telephone.dial("8000")).ended()

        assert (end.kind, end.code) == (EndKind.REJECTED, 503)
        assert ending((await lab.finished_runs(1))[0]) == ("failed", "system")

    async def test_call_we_make_never_falls_into_the_dialplan(self, lab: Stage, callee: Telephone) -> None:
        async with changed(lab, on_failure="dialplan", ws_client_name="nosuchclient"):
            run = await completed(lab, await place_call(lab, "6001"))

        assert ending(run) == ("failed", "system")
        assert callee.calls == [], "nobody is rung up for nothing"


class TestContext:
    async def test_chosen_variables_and_headers_and_the_dialplans_arguments_come_along(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        await add_number(lab, "_9X.", greeting=GREETING)
        chosen = {
            "channel_variables": ["CHANNEL(language)", "CALLERID(num)", "NOTHING_OF_THE_KIND"],
            "sip_headers": ["X-Customer", "X-Absent"],
        }
        async with changed(lab, **chosen):
            call = await telephone.dial(
                "9123", caller_number="4711", headers={"X-Customer": "Acme & Sons", "X-Other": "no"}
            )
            await call.hears_audio()
            await call.hang_up()

        context = (await lab.finished_runs(1))[0]["context"]
        assert context["channel_variables"] == {"CHANNEL(language)": "en", "CALLERID(num)": "4711"}
        assert context["sip_headers"] == {"X-Customer": "Acme & Sons"}
        assert context["dialplan_arguments"] == ["vip", "7"]
        assert (context["called_number"], context["caller_number"]) == ("9123", "4711")


class TestRouting:
    async def test_most_specific_address_wins(self, lab: Stage, telephone: Telephone) -> None:
        addresses = {
            "_.": "8777",
            "_8X.": "8900",
            "_82XX": "8277",
            "_82[1-4]X": "8230",
            "_820N": "8205",
            "8201": "8201",
        }
        made = {address: await add_number(lab, address, greeting=GREETING) for address in addresses}
        served = {dialled: made[address] for address, dialled in addresses.items() if address != "_."}
        served["8777"] = made["_8X."]

        calls = [await telephone.dial(dialled) for dialled in served]
        for call in calls:
            await call.hears_audio()
            await call.hang_up()

        runs = (await lab.finished_runs(1))[: len(served)]
        assert {run["to"]: run["workflow_id"] for run in runs} == served

    async def test_same_extension_on_two_pbxs_and_a_catch_all_only_on_one(
        self,
        product: Product,
        lab: Stage,
        telephone: Telephone,
        open_stage: OpenStage,
        telephone_at: TelephoneAt,
    ) -> None:
        branch = await open_stage(product, name="branch", greeting="This is the branch.", files=with_any_8xxx)
        await branch.becomes("connected")
        at_branch = await telephone_at(branch)

        here, there = await telephone.dial("8000"), await at_branch.dial("8000")
        for call in (here, there):
            await call.hears_audio()
            await call.hang_up()
        refused = await (await at_branch.dial("8999")).ended()

        assert refused.code == 404
        assert (await lab.finished_runs(1))[0]["workflow_id"] == lab.workflow_id
        unserved, served = (await branch.finished_runs(2))[:2]
        assert (unserved["outcome"], served["workflow_id"]) == ("refused_no_number", branch.workflow_id)
        await nothing_is_left(branch)


async def test_caller_without_rtp_is_answered_once_they_speak(
    lab: Stage, telephone: Telephone, listener: Listener
) -> None:
    call = await telephone.dial("8000", sends_silence=False)
    await call.hears_audio()
    await call.hears_silence(400)

    await part(call)

    run = (await lab.finished_runs(1))[0]
    assert ending(run) == ("completed", "agent")
    assert [words(text) for text in texts(run, "caller")] == [["goodbye"]]


async def test_media_is_made_anew_once_when_nothing_was_ever_heard(lab: Stage, telephone: Telephone) -> None:
    """Five seconds without a single frame: the caller's side may be broken, and a second try costs nothing."""
    call = await telephone.dial("8000", sends_silence=False)
    run = await live_run(lab)

    async def attempts() -> int:
        kinds = [entry["kind"] for entry in await lab.timeline(run["id"])]
        return kinds.count("media_connected")

    await eventually(attempts, lambda seen: seen == 2, "a second media connection", 12)
    await part(call)

    assert ending(await completed(lab, run)) == ("completed", "agent")
