"""Runs and live calls through the API: lists, filters, paging, transcripts, recordings, hanging up."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from asisso.api.state import AppState
from asisso.asterisk.ari.rtp import RtpStatistics
from asisso.audio.levels import Level
from asisso.audio.wav import StereoWavWriter
from asisso.calls.quality import AudioCounts, Quality
from asisso.db.models import Analysis, Direction, Outcome, RunEvent, RunState, RunTurn, Speaker, WorkflowRun
from tests.conftest import Client
from tests.fakes.telephony import FakeControls, FakeTelephony
from tests.integration.examples import create_configuration, create_workflow, faulty_fields

pytestmark = pytest.mark.integration

AddRun = Callable[..., Awaitable[WorkflowRun]]
NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
async def add_run(admin: Client, state: AppState) -> AddRun:
    """Puts a run of the administrator's organization into the database."""
    organization_id = (await admin.get("/api/v1/auth/me")).json()["organization_id"]

    async def add(**fields: Any) -> WorkflowRun:
        values = {"direction": Direction.INBOUND, "state": RunState.COMPLETED, "created_at": NOON} | fields
        run = WorkflowRun(organization_id=organization_id, **values)
        async with state.database.session() as session:
            session.add(run)
        return run

    return add


async def _listed(client: Client, **query: Any) -> list[str]:
    answer = await client.get("/api/v1/runs", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


class TestRead:
    async def test_run_has_all_of_its_fields(self, admin: Client, add_run: AddRun) -> None:
        configuration, workflow = await create_configuration(admin), await create_workflow(admin)
        run = await add_run(
            telephony_configuration_id=configuration["id"],
            workflow_id=workflow["id"],
            workflow_version=1,
            outcome=Outcome.FAILED,
            hangup_cause={"code": 34, "text": "Congestion", "sip_status": 503},
            detail="Media did not connect.",
            from_number="6001",
            to_number="8000",
            context={"caller_number": "6001"},
            answered_at=NOON,
            ended_at=NOON + timedelta(seconds=2),
            duration_ms=2000,
        )
        answer = (await admin.get(f"/api/v1/runs/{run.id}")).json()
        assert (answer["from"], answer["to"]) == ("6001", "8000")
        assert answer["telephony_configuration_name"] == "Office"
        assert answer["workflow_name"] == "Reception"
        assert answer["outcome"] == "failed"
        assert answer["hangup_cause"] == {"code": 34, "text": "Congestion", "sip_status": 503}
        assert answer["recording_url"] is None
        assert answer["recording_problem"] is None
        assert answer["quality"] is None
        assert answer["transcript"] == []
        assert answer["created_at"] == "2026-05-01T12:00:00Z"
        assert answer["duration_ms"] == 2000

    async def test_how_far_it_came_what_it_took_and_what_it_used(
        self, admin: Client, add_run: AddRun
    ) -> None:
        run = await add_run(
            node_id="tell",
            gathered={"order_number": "4711"},
            summary="The caller asked for 4711.",
            disposition="answered",
            analysis=Analysis.DONE,
            latency={"answer_ms": 180, "turns": [{"llm_ttft_ms": 210.4, "synthesis_ms": 80, "other": "x"}]},
            usage={"stt_seconds": 2.5, "llm_cached_input_tokens": 64},
        )
        answer = (await admin.get(f"/api/v1/runs/{run.id}")).json()
        assert (answer["node_id"], answer["gathered"]) == ("tell", {"order_number": "4711"})
        assert (answer["summary"], answer["disposition"]) == ("The caller asked for 4711.", "answered")
        assert (answer["analysis"], answer["analysis_problem"]) == ("done", None)
        assert (answer["latency"]["answer_ms"], answer["latency"]["first_audio_ms"]) == (180, None)
        (turn,) = answer["latency"]["turns"]
        assert (turn["llm_ttft_ms"], turn["tts_ttfb_ms"], turn["first_frame_ms"]) == (210, 80, None)
        assert "other" not in turn
        usage = answer["usage"]
        assert (usage["stt_seconds"], usage["tts_characters"]) == (2.5, 0)
        assert usage["llm_cached_input_tokens"] == 64

    async def test_transcript_is_in_order(self, admin: Client, add_run: AddRun, state: AppState) -> None:
        run = await add_run()
        async with state.database.session() as session:
            for position, speaker in ((1, Speaker.CALLER), (0, Speaker.AGENT)):
                session.add(
                    RunTurn(
                        run_id=run.id,
                        position=position,
                        speaker=speaker,
                        text=f"turn {position}",
                        started_ms=position * 1000,
                        ended_ms=position * 1000 + 500,
                        interrupted=position == 0,
                    )
                )
        transcript = (await admin.get(f"/api/v1/runs/{run.id}")).json()["transcript"]
        assert [turn["text"] for turn in transcript] == ["turn 0", "turn 1"]
        assert transcript[0] == {
            "speaker": "agent",
            "text": "turn 0",
            "started_ms": 0,
            "ended_ms": 500,
            "interrupted": True,
        }

    async def test_timeline_is_in_order_and_paged(
        self, admin: Client, add_run: AddRun, state: AppState
    ) -> None:
        run = await add_run()
        async with state.database.session() as session:
            for position in reversed(range(5)):
                event = RunEvent(run_id=run.id, position=position, at_ms=position * 10, kind=f"k{position}")
                session.add(event)
        url = f"/api/v1/runs/{run.id}/timeline"
        whole = (await admin.get(url)).json()
        assert [event["kind"] for event in whole["items"]] == ["k0", "k1", "k2", "k3", "k4"]
        assert whole["next_cursor"] is None
        first = (await admin.get(url, params={"limit": 3})).json()
        rest = (await admin.get(url, params={"limit": 3, "cursor": first["next_cursor"]})).json()
        assert first["items"] + rest["items"] == whole["items"]
        for strange in ("x", "٣", "-1", "9" * 40):
            assert faulty_fields(await admin.get(url, params={"cursor": strange})) == ["cursor"]


class TestList:
    async def test_pages_are_complete_and_without_duplicates(self, admin: Client, add_run: AddRun) -> None:
        # Several at the same moment: the order must not hang on the time alone.
        made = [await add_run(created_at=NOON + timedelta(seconds=number // 3)) for number in range(10)]
        seen: list[str] = []
        query: dict[str, Any] = {"limit": 4}
        while True:
            page = (await admin.get("/api/v1/runs", params=query)).json()
            seen += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            await add_run(created_at=NOON + timedelta(hours=1))
            query["cursor"] = page["next_cursor"]
        assert len(seen) == len(set(seen))
        assert set(seen) == {run.id for run in made}

    async def test_newest_come_first(self, admin: Client, add_run: AddRun) -> None:
        older, newer = await add_run(), await add_run(created_at=NOON + timedelta(minutes=1))
        assert await _listed(admin) == [newer.id, older.id]

    @pytest.mark.parametrize(
        "place",
        [
            "nothing",
            "2026-01-01 abc",
            f"2026-01-01T00:00:00 {'0' * 32}",
            f"0001-01-01T00:00:00+14:00 {'0' * 32}",
            f"9999-12-31T23:59:59-14:00 {'0' * 32}",
            f"2026-01-01T00:00:00+00:00 {'0' * 31}\0",
            f"2026-01-01T00:00:00+00:00 {'0' * 31}'",
        ],
    )
    async def test_cursor_that_was_tampered_with_is_refused(self, admin: Client, place: str) -> None:
        cursor = base64.urlsafe_b64encode(place.encode()).decode()
        for path in ("runs", "calls", "workflows"):
            answer = await admin.get(f"/api/v1/{path}", params={"cursor": cursor})
            assert faulty_fields(answer) == ["cursor"]

    @pytest.mark.parametrize("cursor", ["x", "-1", "1e3", "\u0664", "9" * 40])
    async def test_position_that_was_tampered_with_is_refused(
        self, admin: Client, add_run: AddRun, cursor: str
    ) -> None:
        run = await add_run()
        answer = await admin.get(f"/api/v1/runs/{run.id}/timeline", params={"cursor": cursor})
        assert faulty_fields(answer) == ["cursor"]

    async def test_character_no_database_keeps_is_no_fault_of_the_server(self, admin: Client) -> None:
        for query in ({"from": "\0"}, {"number": "a\0b"}, {"workflow_id": "\0"}):
            assert (await admin.get("/api/v1/runs", params=query)).status_code in (200, 422)
        assert (await admin.get("/api/v1/runs/%00")).status_code in (404, 422)

    async def test_filters_narrow_the_list(self, admin: Client, add_run: AddRun) -> None:
        configuration, workflow = await create_configuration(admin), await create_workflow(admin)
        wanted = await add_run(
            telephony_configuration_id=configuration["id"],
            workflow_id=workflow["id"],
            direction=Direction.OUTBOUND,
            outcome=Outcome.BUSY,
            from_number="+4930123",
            to_number="100%_sure",
            created_at=NOON + timedelta(days=1),
        )
        other = await add_run(outcome=Outcome.COMPLETED, from_number="6001", to_number="8000")
        day = timedelta(hours=12)
        for query in (
            {"telephony_configuration_id": configuration["id"]},
            {"workflow_id": workflow["id"]},
            {"direction": "outbound"},
            {"outcome": "busy"},
            {"from": "+4930123"},
            {"to": "100%_sure"},
            {"number": "0%_s"},
            {"number": "3012"},
            {"started_after": (NOON + day).isoformat()},
        ):
            assert await _listed(admin, **query) == [wanted.id], query
        assert await _listed(admin, started_before=(NOON + day).isoformat()) == [other.id]
        assert await _listed(admin, outcome="busy", direction="inbound") == []

    async def test_unknown_filter_value_is_refused(self, admin: Client) -> None:
        assert faulty_fields(await admin.get("/api/v1/runs", params={"outcome": "eaten"})) == ["outcome"]


class TestRecording:
    CONTENT = bytes(range(256)) * 4

    @pytest.fixture
    async def url(self, add_run: AddRun, state: AppState) -> str:
        run = await add_run(recording_path="2026/a.wav")
        path = state.settings.recordings_dir / "2026" / "a.wav"
        path.parent.mkdir()
        path.write_bytes(self.CONTENT)
        return f"/api/v1/runs/{run.id}/recording"

    async def test_recording_is_served_whole(self, admin: Client, url: str) -> None:
        run = (await admin.get(url.removesuffix("/recording"))).json()
        assert run["recording_url"] == url
        answer = await admin.get(url)
        assert (answer.status_code, answer.content) == (200, self.CONTENT)
        assert answer.headers["content-type"] == "audio/wav"
        assert answer.headers["accept-ranges"] == "bytes"

    @pytest.mark.parametrize(
        ("asked", "begin", "end"),
        [
            ("bytes=0-99", 0, 100),
            ("bytes=1000-", 1000, 1024),
            ("bytes=-24", 1000, 1024),
            ("bytes=5-9999", 5, 1024),
        ],
    )
    async def test_recording_is_served_in_parts(
        self, admin: Client, url: str, asked: str, begin: int, end: int
    ) -> None:
        answer = await admin.get(url, headers={"Range": asked})
        assert answer.status_code == 206
        assert answer.content == self.CONTENT[begin:end]
        assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/1024"

    async def test_range_behind_the_end_is_told_the_length(self, admin: Client, url: str) -> None:
        answer = await admin.get(url, headers={"Range": "bytes=1024-"})
        assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */1024")

    async def test_growing_recording_gives_what_there_is(
        self, admin: Client, url: str, state: AppState
    ) -> None:
        etag = (await admin.get(url)).headers["etag"]
        with (state.settings.recordings_dir / "2026" / "a.wav").open("ab") as file:
            file.write(b"more")
        rest = await admin.get(url, headers={"Range": "bytes=1024-"})
        assert (rest.status_code, rest.content) == (206, b"more")
        changed = await admin.get(url, headers={"Range": "bytes=1024-", "If-Range": etag})
        assert (changed.status_code, len(changed.content)) == (200, 1028)

    async def test_path_outside_the_folder_is_never_served(
        self, admin: Client, add_run: AddRun, state: AppState
    ) -> None:
        (state.settings.data_dir / "secret.key").write_text("secret")
        run = await add_run(recording_path="../secret.key")
        answer = await admin.get(f"/api/v1/runs/{run.id}/recording")
        assert (answer.status_code, answer.json()["code"]) == (404, "recording_not_found")


class TestPeaks:
    @pytest.fixture
    async def url(self, add_run: AddRun, state: AppState) -> str:
        """A recording of a second in which the caller speaks at once and the agent at its end."""
        run = await add_run(recording_path="2026/a.wav", recording_problem="The disk is full.")
        path = state.settings.recordings_dir / "2026" / "a.wav"
        path.parent.mkdir()
        sound = np.zeros((8_000, 2), np.int16)
        sound[:400, 0], sound[-400:, 1] = -9_000, 5_000
        with StereoWavWriter(path, 8_000) as wav:
            wav.append(sound)
        return f"/api/v1/runs/{run.id}/recording/peaks"

    async def test_both_sides_have_a_peak_for_each_stretch(self, admin: Client, url: str) -> None:
        answer = (await admin.get(url)).json()
        assert answer["peak_ms"] == 50
        assert answer["caller"] == [9_000] + [0] * 19
        assert answer["agent"] == [0] * 19 + [5_000]

    async def test_no_more_points_come_than_were_asked_for(self, admin: Client, url: str) -> None:
        answer = (await admin.get(url, params={"points": 3})).json()
        assert answer == {"peak_ms": 350, "caller": [9_000, 0, 0], "agent": [0, 0, 5_000]}

    @pytest.mark.parametrize("points", [0, 10_001, "many"])
    async def test_points_must_be_a_sensible_number(self, admin: Client, url: str, points: object) -> None:
        assert faulty_fields(await admin.get(url, params={"points": points})) == ["points"]

    async def test_run_says_why_its_recording_is_incomplete(self, admin: Client, url: str) -> None:
        run = (await admin.get(url.removesuffix("/recording/peaks"))).json()
        assert run["recording_problem"] == "The disk is full."

    async def test_what_is_no_recording_has_no_picture(
        self, admin: Client, url: str, state: AppState
    ) -> None:
        (state.settings.recordings_dir / "2026" / "a.wav").write_bytes(b"hello")
        answer = await admin.get(url)
        assert (answer.status_code, answer.json()["code"]) == (404, "recording_not_found")


async def test_quality_is_told_with_its_verdict(admin: Client, add_run: AddRun) -> None:
    quality = Quality(
        counts=AudioCounts(frames_received=3_000, frames_sent=900, flushes=2),
        first_audio_ms=30,
        turn_latency_ms=[1_600, 1_800],
        caller=Level(-24.5, 0.0),
        agent=None,
        rtp=RtpStatistics(3_000, 2, 0.4, 900, 0, None),
    )
    run = await add_run(quality=quality.to_document())
    answer = (await admin.get(f"/api/v1/runs/{run.id}")).json()["quality"]
    assert answer == quality.to_document()
    assert (answer["verdict"], answer["troubles"][0]["code"]) == ("fair", "answers_late")
    assert (answer["rtp"]["received_lost"], answer["agent"]) == (2, None)


class TestCalls:
    async def test_only_live_calls_are_listed(self, admin: Client, add_run: AddRun) -> None:
        await add_run()
        live = await add_run(state=RunState.IN_PROGRESS)
        items = (await admin.get("/api/v1/calls")).json()["items"]
        assert [item["id"] for item in items] == [live.id]

    async def test_live_call_is_hung_up(
        self, admin: Client, add_run: AddRun, telephony: FakeTelephony
    ) -> None:
        run = await add_run(state=RunState.IN_PROGRESS)
        controls = telephony.live_runs[run.id] = FakeControls()
        answer = await admin.post(f"/api/v1/calls/{run.id}/hangup")
        assert (answer.status_code, answer.json()["run"]["id"]) == (202, run.id)
        assert controls.asked == ["hang_up"]

    @pytest.mark.parametrize(
        ("run_state", "code"), [(RunState.COMPLETED, "call_ended"), (RunState.IN_PROGRESS, "call_not_live")]
    )
    async def test_call_without_a_task_cannot_be_hung_up(
        self, admin: Client, add_run: AddRun, run_state: RunState, code: str
    ) -> None:
        run = await add_run(state=run_state)
        answer = await admin.post(f"/api/v1/calls/{run.id}/hangup")
        assert (answer.status_code, answer.json()["code"]) == (409, code)


class TestOrganization:
    async def test_usage_counts_live_calls_and_begun_minutes(self, admin: Client, add_run: AddRun) -> None:
        now = datetime.now(UTC)
        await add_run(state=RunState.IN_PROGRESS, created_at=now)
        await add_run(created_at=now, duration_ms=60_001)
        await add_run(created_at=now - timedelta(days=32), duration_ms=600_000)
        usage = (await admin.get("/api/v1/organization")).json()["usage"]
        assert usage == {"active_calls": 1, "minutes_this_month": 2}

    async def test_limits_are_set_and_taken_away(self, admin: Client) -> None:
        changes = {"name": "Acme Ltd", "max_concurrent_calls": 5, "monthly_minutes": 0}
        changed = (await admin.patch("/api/v1/organization", json=changes)).json()
        assert {key: changed[key] for key in changes} == changes
        changed = (await admin.patch("/api/v1/organization", json={"max_concurrent_calls": None})).json()
        assert (changed["max_concurrent_calls"], changed["name"]) == (None, "Acme Ltd")

    @pytest.mark.parametrize("limit", [-1, "5", 1.5, True])
    async def test_limit_must_be_a_count(self, admin: Client, limit: object) -> None:
        answer = await admin.patch("/api/v1/organization", json={"monthly_minutes": limit})
        assert faulty_fields(answer) == ["monthly_minutes"]


async def test_runs_of_another_organization_do_not_exist(
    stranger: Client, add_run: AddRun, telephony: FakeTelephony
) -> None:
    run = await add_run(state=RunState.IN_PROGRESS, recording_path="a.wav")
    controls = telephony.live_runs[run.id] = FakeControls()
    for path in ("", "/recording", "/recording/peaks", "/timeline"):
        assert (await stranger.get(f"/api/v1/runs/{run.id}{path}")).status_code == 404
    assert (await stranger.post(f"/api/v1/calls/{run.id}/hangup")).status_code == 404
    assert controls.asked == []
    assert await _listed(stranger) == []
    assert (await stranger.get("/api/v1/calls")).json()["items"] == []
    usage = (await stranger.get("/api/v1/organization")).json()["usage"]
    assert usage == {"active_calls": 0, "minutes_this_month": 0}
