import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.agents.turns import BargeIn, SpeechStarted, TurnEnded, TurnPolicy, TurnTaking
from asisso.agents.vad.detector import WINDOW_MS

pytestmark = pytest.mark.unit

SPEECH, SILENCE = 0.9, 0.0


class Call:
    """Feeds a `TurnTaking` and keeps what it said."""

    def __init__(self, **policy):
        self.turns = TurnTaking(TurnPolicy(**policy))
        self.at_ms = 10_000
        self.events = []

    def hear(self, probability, duration_ms, *, is_agent_speaking=False):
        for _ in range(-(-duration_ms // WINDOW_MS)):
            self.at_ms += WINDOW_MS
            self.events += self.turns.feed(probability, self.at_ms, is_agent_speaking=is_agent_speaking)
        return self

    @property
    def kinds(self):
        return [type(event) for event in self.events]


def test_turn_is_reported_with_its_first_and_last_speech():
    call = Call().hear(SPEECH, 960).hear(SILENCE, 960)

    assert call.events == [
        SpeechStarted(at_ms=10_096, started_ms=10_000),
        TurnEnded(at_ms=11_568, started_ms=10_000, ended_ms=10_960),
    ]


def test_turn_survives_pauses_shorter_than_the_time_out():
    call = Call().hear(SPEECH, 320).hear(SILENCE, 500).hear(SPEECH, 320).hear(SILENCE, 700)

    assert call.kinds == [SpeechStarted, TurnEnded]
    assert call.events[1].ended_ms == 10_000 + 320 + 512 + 320


def test_click_is_no_turn():
    assert Call().hear(SPEECH, 64).hear(SILENCE, 2_000).events == []


def test_speech_with_a_plosive_gap_at_its_beginning_is_one_turn_from_its_first_sound():
    call = Call().hear(SPEECH, 64).hear(SILENCE, 64).hear(SPEECH, 320).hear(SILENCE, 1_000)

    assert call.kinds == [SpeechStarted, TurnEnded]
    assert call.events[0].started_ms == 10_000


def test_probability_just_below_the_threshold_keeps_a_turn_but_begins_none():
    assert Call().hear(0.45, 2_000).events == []
    assert Call().hear(SPEECH, 320).hear(0.45, 2_000).kinds == [SpeechStarted]


def test_agent_is_interrupted_by_speech_but_not_by_a_cough():
    cough = Call().hear(SPEECH, 160, is_agent_speaking=True).hear(SILENCE, 1_000, is_agent_speaking=True)
    speech = Call().hear(SPEECH, 320, is_agent_speaking=True)

    assert cough.events == []
    assert speech.events == [SpeechStarted(10_224, 10_000), BargeIn(10_224)]


def test_agent_that_begins_to_speak_into_a_turn_is_interrupted_at_once_and_once():
    call = Call().hear(SPEECH, 640).hear(SPEECH, 640, is_agent_speaking=True)

    assert call.events[1:] == [BargeIn(10_640 + WINDOW_MS)]


def test_silence_in_a_turn_does_not_interrupt():
    call = Call().hear(SPEECH, 640).hear(SILENCE, 320, is_agent_speaking=True)

    assert call.kinds == [SpeechStarted]


def test_sound_of_a_turn_begins_before_its_first_speech():
    call = Call(look_back_ms=300).hear(SPEECH, 320)

    assert call.turns.sound_from_ms == 9_700


def test_endless_turn_is_cut_and_goes_on_without_losing_or_repeating_sound():
    call = Call(max_turn_ms=5_000).hear(SPEECH, 6_000)

    first_end = next(event for event in call.events if isinstance(event, TurnEnded))
    assert first_end.ended_ms - first_end.started_ms + 300 <= 5_000 + WINDOW_MS
    assert call.kinds == [SpeechStarted, TurnEnded, SpeechStarted]
    assert call.turns.sound_from_ms == first_end.ended_ms


@pytest.mark.parametrize(
    "policy",
    [{"speech_probability": 0.1}, {"min_speech_ms": 300}, {"end_silence_ms": 0}, {"max_turn_ms": 500}],
)
def test_policy_refuses_times_that_cannot_work(policy):
    with pytest.raises(ValueError, match=next(iter(policy))):
        TurnPolicy(**policy)


WINDOWS = st.lists(
    st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 4).map(lambda lost: (1 + 10 * lost) * WINDOW_MS))
)


@given(windows=WINDOWS)
def test_any_sound_gives_well_formed_turns(windows):
    call = Call(max_turn_ms=4_000)
    for probability, is_agent_speaking, step_ms in windows:
        call.at_ms += step_ms - WINDOW_MS
        call.hear(probability, WINDOW_MS, is_agent_speaking=is_agent_speaking)
    call.hear(SILENCE, 700)

    assert call.turns.is_idle
    turn = []
    previous_end_ms = 0
    for event in call.events:
        turn.append(type(event))
        if isinstance(event, TurnEnded):
            assert turn in ([SpeechStarted, TurnEnded], [SpeechStarted, BargeIn, TurnEnded])
            assert previous_end_ms <= event.started_ms < event.ended_ms <= event.at_ms
            previous_end_ms = event.ended_ms
            turn = []
    assert turn == []
    assert [event.at_ms for event in call.events] == sorted(event.at_ms for event in call.events)
