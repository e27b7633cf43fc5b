"""What the caller hears of the agent: leads, marks, flushes and live sound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.asterisk.media.protocol import MarkProcessed, MediaProtocol, QueueStatus
from asisso.audio.frame import MediaFormat
from asisso.calls.playout import LEAD_MS, MARK_GRACE_MS, MAX_QUEUED_MS, STARVED_MS, Playout

pytestmark = pytest.mark.unit

RATE = 16_000


def speech(ms: int, level: int = 1000) -> np.ndarray:
    return np.full(RATE * ms // 1000, level, np.int16)


def playout() -> Playout:
    out = Playout(MediaFormat.SLIN16)
    out.attach(MediaProtocol())
    return out


def sent_ms(messages: list[str | bytes]) -> int:
    return sum(len(m) for m in messages if isinstance(m, bytes)) // 32


def mark_of(messages: list[str | bytes]) -> str:
    (mark,) = [m for m in messages if isinstance(m, str) and "MARK_MEDIA" in m]
    return mark.split('"correlation_id":"')[1].split('"')[0]


class TestSpeaking:
    def test_a_short_sentence_leaves_at_once_with_its_mark(self) -> None:
        out = playout()
        out.say(speech(1000), "Hello there")
        messages = out.pump(0)
        assert sent_ms(messages) == 1000
        assert mark_of(messages)

    def test_messages_are_whole_frames_even_when_the_sentence_is_not(self) -> None:
        out = playout()
        out.say(np.ones(RATE // 50 * 3 + 7, np.int16), "Hm")
        assert all(len(m) % 640 == 0 for m in out.pump(0) if isinstance(m, bytes))

    def test_no_more_than_the_lead_is_ahead_of_the_caller(self) -> None:
        out = playout()
        out.say(speech(10_000), "A long story")
        assert sent_ms(out.pump(0)) <= LEAD_MS + 500
        assert sent_ms(out.pump(100)) <= 500

    def test_a_long_sentence_is_sent_whole_in_the_end(self) -> None:
        out = playout()
        out.say(speech(10_000), "A long story")
        assert sum(sent_ms(out.pump(now)) for now in range(0, 12_000, 100)) == 10_000

    def test_an_utterance_is_spoken_when_its_mark_comes_back(self) -> None:
        out = playout()
        out.say(speech(1000), "Hello there")
        mark = mark_of(out.pump(0))
        (spoken,) = out.receive(MarkProcessed(mark), 1010)
        assert (spoken.text, spoken.started_ms, spoken.ended_ms, spoken.is_interrupted) == (
            "Hello there",
            0,
            1000,
            False,
        )
        assert not out.is_speaking

    def test_a_lost_mark_does_not_leave_the_agent_speaking_for_ever(self) -> None:
        out = playout()
        out.say(speech(1000), "Hello")
        out.pump(0)
        assert out.overdue(1000) == []
        assert [s.text for s in out.overdue(1001 + MARK_GRACE_MS)] == ["Hello"]

    def test_nothing_is_sent_while_asterisk_says_stop(self) -> None:
        out = Playout(MediaFormat.SLIN16)
        protocol = MediaProtocol()
        out.attach(protocol)
        protocol.receive_text('{"event":"MEDIA_XOFF"}')
        out.say(speech(500), "Hello")
        assert out.pump(0) == []
        protocol.receive_text('{"event":"MEDIA_XON"}')
        assert sent_ms(out.pump(20)) == 500

    def test_an_endless_speech_is_refused(self) -> None:
        out = playout()
        with pytest.raises(OverflowError):
            out.say(speech(MAX_QUEUED_MS + 1), "On and on")


class TestBargeIn:
    def test_the_flush_goes_out_and_the_transcript_holds_what_was_heard(self) -> None:
        out = playout()
        out.say(speech(2000), "one two three four five six seven eight")
        out.pump(0)
        messages, (spoken,) = out.interrupt(1000)
        assert "FLUSH_MEDIA" in str(messages)
        assert spoken.text == "one two three four"
        assert spoken.lost_text == "five six seven eight"
        assert spoken.is_interrupted
        assert not out.is_speaking

    def test_what_was_never_begun_was_never_heard(self) -> None:
        out = playout()
        out.say(speech(5000), "first")
        out.say(speech(500), "second")
        out.pump(0)
        _, spoken = out.interrupt(100)
        assert [s.text for s in spoken] == ["", ""]

    def test_the_next_sentence_starts_at_once(self) -> None:
        out = playout()
        out.say(speech(2000), "first")
        out.pump(0)
        out.interrupt(500)
        out.say(speech(500), "second")
        assert sent_ms(out.pump(500)) == 500

    def test_the_recording_holds_only_what_was_heard(self) -> None:
        out = playout()
        out.say(speech(2000), "first")
        out.pump(0)
        out.interrupt(500)
        ((at_ms, pcm),) = out.take_played(600)
        assert (at_ms, len(pcm)) == (0, RATE // 2)


class TestLosingTheSocket:
    def test_what_was_queued_in_asterisk_is_cut_and_the_rest_waits(self) -> None:
        out = playout()
        out.say(speech(3000), "first sentence of two")
        out.say(speech(500), "second")
        out.pump(0)
        assert out.detach(1500) == []
        assert out.pump(1600) == []
        out.attach(MediaProtocol())
        assert sent_ms(out.pump(2000)) == 2000, "from its beginning, as far ahead as ever"

    def test_a_sentence_that_was_nearly_heard_is_not_said_again(self) -> None:
        out = playout()
        out.say(speech(1000), "first")
        out.say(speech(500), "second")
        out.pump(0)
        (heard,) = out.detach(900)
        assert (heard.text, heard.is_interrupted) == ("first", False)
        out.attach(MediaProtocol())
        assert sent_ms(out.pump(2000)) == 500

    def test_a_sentence_that_is_never_said_again_was_heard_as_far_as_it_went(self) -> None:
        out = playout()
        out.say(speech(2000), "one two three four")
        out.pump(0)
        out.detach(1100)
        _, (heard,) = out.interrupt(5000)
        assert (heard.text, heard.started_ms, heard.ended_ms) == ("one two", 0, 1100)
        assert heard.is_interrupted


class TestLiveSound:
    def test_each_frame_passes_straight_through(self) -> None:
        assert playout().play_live(speech(20), 0) == speech(20).tobytes()

    def test_a_queue_that_grew_is_cut_back_by_leaving_frames_out(self) -> None:
        out = playout()
        out.play_live(speech(20), 0)
        out.receive(QueueStatus(7, False, False, False), 20)
        passed = [out.play_live(speech(20), 40 + 20 * i) is not None for i in range(7)]
        assert passed == [False] * 5 + [True] * 2

    def test_the_depth_is_asked_for_while_live_sound_flows_and_not_otherwise(self) -> None:
        out = playout()
        assert out.pump(0) == []
        out.play_live(speech(20), 0)
        assert "GET_STATUS" in str(out.pump(500))
        assert out.pump(5000) == []


@given(
    st.lists(st.integers(min_value=1, max_value=900), min_size=1, max_size=6),
    st.integers(min_value=0, max_value=6000),
)
def test_recorded_audio_is_exactly_what_was_played_up_to_the_barge_in(
    lengths_ms: list[int], cut_ms: int
) -> None:
    out = playout()
    for number, ms in enumerate(lengths_ms):
        out.say(speech(ms), f"sentence {number}")
    recorded = 0
    for now in range(0, cut_ms, 100):
        out.pump(now)
        recorded += sum(len(p) for _, p in out.take_played(now))
    out.interrupt(cut_ms)
    recorded += sum(len(p) for _, p in out.take_played(cut_ms))
    total_ms = sum(lengths_ms)
    padding_ms = 20 * len(lengths_ms)
    assert recorded * 1000 // RATE <= min(cut_ms, total_ms) + 1
    if cut_ms > 0:
        assert recorded * 1000 // RATE >= min(cut_ms, total_ms) - padding_ms - 1


class TestSoundInPieces:
    def test_pieces_leave_at_once_and_the_mark_follows_the_last(self) -> None:
        out = playout()
        out.say_on(speech(60), "Hel", 0)
        first = out.pump(0)
        out.say_on(speech(60), "lo", 20, is_end=True)
        rest = out.pump(20)

        assert (sent_ms(first), sent_ms(rest)) == (60, 60)
        assert not [m for m in first if isinstance(m, str)]
        (spoken,) = out.receive(MarkProcessed(mark_of(rest)), 130)
        assert (spoken.text, spoken.started_ms, spoken.ended_ms) == ("Hello", 0, 120)

    def test_what_is_short_of_a_frame_waits_for_the_next_piece(self) -> None:
        out = playout()
        out.say_on(np.ones(RATE // 100 * 3, np.int16), "", 0)
        assert sent_ms(out.pump(0)) == 20
        out.say_on(np.ones(RATE // 100 * 3, np.int16), "", 20)
        assert sent_ms(out.pump(20)) == 40

    def test_a_sentence_behind_it_waits_for_no_further_piece(self) -> None:
        out = playout()
        out.say_on(speech(100), "", 0)
        out.say(speech(100), "Sorry")
        assert sent_ms(out.pump(0)) == 200

    def test_a_sound_of_which_nothing_more_comes_has_ended(self) -> None:
        out = playout()
        out.say_on(speech(100), "Hm", 0)
        out.pump(0)
        assert out.overdue(STARVED_MS) == []
        assert not [m for m in out.pump(STARVED_MS) if isinstance(m, str) and "MARK" in m]
        out.overdue(STARVED_MS + 101)
        assert mark_of(out.pump(STARVED_MS + 101))

    def test_a_piece_that_came_late_is_heard_late(self) -> None:
        out = playout()
        out.say_on(speech(200), "one two ", 0)
        out.pump(0)
        out.say_on(speech(200), "three four", 700)
        out.pump(700)

        assert out.unheard_ms(800) == 100
        played = out.take_played(1_000)
        assert [at_ms for at_ms, _ in played] == [0, 700]
        assert [len(pcm) * 1000 // RATE for _, pcm in played] == [200, 200]

    def test_interrupting_tells_what_was_heard_of_all_pieces(self) -> None:
        out = playout()
        for word in ("one ", "two ", "three ", "four "):
            out.say_on(speech(500), word, 0)
        out.pump(0)
        _, (spoken,) = out.interrupt(1_100)

        assert (spoken.text, spoken.lost_text) == ("one two", "three four")
        assert out.unheard_ms(1_100) == 0

    def test_held_pieces_go_on_with_those_that_came_meanwhile(self) -> None:
        out = playout()
        out.say_on(speech(1_000), "one ", 0)
        out.pump(0)
        out.hold(500)
        out.say_on(speech(500), "two", 600)
        assert out.pump(700) == []
        out.release(1_000)
        assert 1_000 <= sent_ms(out.pump(1_000)) <= 1_040, "from the last gap between words"

    def test_nothing_counts_as_heard_before_asterisk_says_so(self) -> None:
        out = playout()
        out.say(speech(100), "Hello")
        mark = mark_of(out.pump(0))
        assert [out.unheard_ms(now) for now in (0, 60, 100, 500)] == [100, 40, 1, 1]
        out.receive(MarkProcessed(mark), 510)
        assert out.unheard_ms(510) == 0

    def test_more_than_the_limit_is_refused(self) -> None:
        out = playout()
        out.say_on(speech(MAX_QUEUED_MS), "", 0)
        with pytest.raises(OverflowError):
            out.say_on(speech(20), "", 0)
