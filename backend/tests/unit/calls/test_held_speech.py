"""Speech that is held while somebody may be interrupting, and goes on when nobody was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.asterisk.media.protocol import MarkProcessed, MediaProtocol
from asisso.audio.frame import MediaFormat
from asisso.calls.playout import AGAIN_MS, MAX_HELD_MS, Playout, resume_at

pytestmark = pytest.mark.unit

RATE = 16_000
SLIN16 = MediaFormat.SLIN16
TEXT = "one two three four five six seven eight"


def words(count: int = 8) -> np.ndarray:
    """Words of 200 ms with gaps of 50 ms between them; each word has a level of its own."""
    word = [np.full(RATE // 5, 1_000 * (n + 1), np.int16) for n in range(count)]
    gap = np.zeros(RATE // 20, np.int16)
    return np.concatenate([np.concatenate((w, gap)) for w in word])


def speaking(*texts: str, now_ms: int = 0) -> tuple[Playout, list[str | bytes]]:
    out = Playout(SLIN16)
    out.attach(MediaProtocol())
    for text in texts:
        out.say(words(), text)
    return out, out.pump(now_ms)


def sound(messages: list[str | bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(m for m in messages if isinstance(m, bytes)), np.int16)


def marks(messages: list[str | bytes]) -> list[str]:
    return [
        m.split('"correlation_id":"')[1].split('"')[0] for m in messages if isinstance(m, str) and "MARK" in m
    ]


def test_hold_flushes_and_sends_nothing_more() -> None:
    out, _ = speaking(TEXT, "and another")
    held = out.hold(1_000)

    assert held is not None
    messages, left_ms = held
    assert "FLUSH_MEDIA" in str(messages)
    assert left_ms == 3_000
    assert out.pump(1_100) == []
    assert out.is_speaking
    assert out.hold(1_200) == (messages, left_ms), "a second time changes nothing"


def test_silent_agent_cannot_be_held() -> None:
    assert Playout(SLIN16).hold(0) is None


def test_released_speech_goes_on_from_the_word_it_broke_off_in() -> None:
    out, _ = speaking(TEXT)
    out.hold(850)
    out.release(2_000)
    again = sound(out.pump(2_000))

    assert again.size == (2_000 - 700) * 16, "from the gap before the fourth word"
    assert again[60 * 16] == 4_000


def test_sentence_that_was_held_is_one_sentence_in_the_transcript() -> None:
    out, first = speaking(TEXT)
    out.hold(850)
    out.release(2_000)
    (mark,) = marks(out.pump(2_000))

    assert out.receive(MarkProcessed(marks(first)[0]), 2_100) == [], "a mark from before the flush"
    (spoken,) = out.receive(MarkProcessed(mark), 3_260)
    assert (spoken.text, spoken.started_ms, spoken.is_interrupted) == (TEXT, 0, False)
    assert spoken.ended_ms == 3_260
    assert not out.is_speaking


def test_interruption_of_held_speech_counts_what_was_heard_before_it_was_held() -> None:
    out, _ = speaking(TEXT, "and another")
    out.hold(1_000)
    _, (spoken, unheard) = out.interrupt(2_500)

    assert (spoken.text, spoken.lost_text) == ("one two three four", "five six seven eight")
    assert spoken.ended_ms == 1_000
    assert (unheard.text, unheard.lost_text) == ("", "and another")


def test_interruption_after_speech_went_on_counts_from_where_it_went_on() -> None:
    out, _ = speaking(TEXT)
    out.hold(1_000)
    out.release(2_000)
    out.pump(2_000)
    _, (spoken,) = out.interrupt(2_510)

    assert spoken.text == "one two three four five six", "0.96 s before, and half a second since"


def test_recording_holds_what_was_heard_and_what_was_heard_again() -> None:
    out, _ = speaking(TEXT)
    out.hold(850)
    before = np.concatenate([pcm for _, pcm in out.take_played(1_900)])
    out.release(2_000)
    out.pump(2_000)
    (at_ms, after), *_ = out.take_played(3_000)

    assert before.size == 850 * 16
    assert at_ms == pytest.approx(2_000, abs=1)
    assert after[60 * 16] == 4_000


def test_sentence_that_was_heard_to_its_end_is_not_said_again() -> None:
    out, _ = speaking(TEXT)
    out.hold(2_020)
    out.release(3_000)

    assert sound(out.pump(3_000)).size == 0


def test_speech_that_is_held_and_forgotten_goes_on_by_itself() -> None:
    out, _ = speaking(TEXT)
    out.hold(500)

    assert sound(out.pump(500 + MAX_HELD_MS)).size > 0


def test_sentence_said_while_the_agent_is_held_waits_behind_it() -> None:
    out, _ = speaking(TEXT)
    out.hold(500)
    out.say(words(2), "nine ten")
    assert out.pump(600) == []
    out.release(1_000)

    assert sound(out.pump(1_000)).size == (2_000 - 460 + 500) * 16


def test_recovered_socket_says_a_held_sentence_from_its_beginning() -> None:
    out, _ = speaking(TEXT)
    out.hold(500)
    assert out.detach(600) == []
    out.attach(MediaProtocol())
    out.release(700)

    assert sound(out.pump(700)).size == 2_000 * 16


@given(heard_ms=st.integers(0, 2_500), gap_at=st.integers(0, 1_999))
def test_speech_goes_on_within_reach_and_never_ahead(heard_ms: int, gap_at: int) -> None:
    pcm = np.full(2 * RATE, 500, np.int16)
    pcm[gap_at * 16 : gap_at * 16 + 60 * 16] = 0
    frame = resume_at(pcm, heard_ms, SLIN16)

    assert max(0, min(heard_ms, 2_000) - AGAIN_MS - 20) <= frame * 20 <= min(heard_ms, 2_000)
