import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.agents.turn_policy import TurnPolicy
from asisso.agents.turns import (
    DECIDE_WITHIN_MS,
    NEARLY_DONE_MS,
    PAUSE_MS,
    AgentHeld,
    AgentResumed,
    BargeIn,
    KeyPressed,
    KeysEntered,
    PauseBegan,
    SpeechStarted,
    TurnEnded,
    TurnTaking,
    WordsWanted,
)
from asisso.agents.vad.detector import WINDOW_MS

pytestmark = pytest.mark.unit

SPEECH, SILENCE = 0.9, 0.0


class Call:
    """Feeds a `TurnTaking` and keeps what it said; pauses, of which there are many, only when asked to."""

    def __init__(self, **policy):
        self.turns = TurnTaking(TurnPolicy(**policy))
        self.at_ms = 10_000
        self.everything = []

    def hear(self, probability, duration_ms, *, is_agent_speaking=False, power=0.0):
        for _ in range(-(-duration_ms // WINDOW_MS)):
            self.at_ms += WINDOW_MS
            self.everything += self.turns.feed(
                probability, self.at_ms, is_agent_speaking=is_agent_speaking, power=power
            )
        return self

    def say_over_agent(self, duration_ms, **sound):
        return self.hear(SPEECH, duration_ms, is_agent_speaking=True, **sound)

    def pause_over_agent(self, duration_ms=PAUSE_MS):
        return self.hear(SILENCE, duration_ms, is_agent_speaking=True)

    def held(self, left_ms=5_000):
        self.everything += self.turns.held(left_ms)
        return self

    def words(self, text, **more):
        """Answer the last question for words."""
        asked = [event for event in self.everything if isinstance(event, WordsWanted)][-1]
        self.everything += self.turns.words(text, asked.at_ms, **more)
        return self

    def press(self, keys):
        for key in keys:
            self.everything += self.turns.press(key, self.at_ms)
        return self

    @property
    def events(self):
        return [event for event in self.everything if not isinstance(event, PauseBegan | WordsWanted)]

    @property
    def kinds(self):
        return [type(event) for event in self.events]

    @property
    def turn_silence_ms(self):
        """How long the silence was that ended the last turn."""
        ended = self.events[-1]
        return ended.at_ms - ended.ended_ms


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


class TestSpeakingOverTheAgent:
    def test_silences_it_within_a_tenth_of_a_second(self):
        call = Call().say_over_agent(320)

        assert call.events == [AgentHeld(10_064)]

    def test_with_words_interrupts_it(self):
        call = Call().say_over_agent(400).held().pause_over_agent().words("Stop, please.")

        assert call.kinds == [AgentHeld, SpeechStarted, BargeIn]
        assert call.events[1].started_ms == 10_000
        call.hear(SILENCE, 1_000)
        assert call.events[-1] == TurnEnded(at_ms=call.events[-1].at_ms, started_ms=10_000, ended_ms=10_416)

    @pytest.mark.parametrize("hum", ["Uh-huh.", "Mm-hmm.", "Yeah.", "OK.", "Oh, I see.", "Yeah, right."])
    def test_with_a_back_channel_lets_it_go_on(self, hum):
        call = Call().say_over_agent(400).held().pause_over_agent().words(hum)

        assert call.events == [AgentHeld(10_064), AgentResumed(call.at_ms, "back_channel")]
        assert call.turns.is_idle

    def test_without_words_lets_it_go_on(self):
        call = Call().say_over_agent(400).held().pause_over_agent().words("")

        assert call.events[-1] == AgentResumed(call.at_ms, "noise")

    def test_asks_for_words_at_a_pause_and_after_half_a_second(self):
        short = Call().say_over_agent(320).held().pause_over_agent()
        long = Call().say_over_agent(640).held()

        assert [type(event) for event in short.everything] == [AgentHeld, WordsWanted]
        assert [type(event) for event in long.everything] == [AgentHeld, WordsWanted]
        assert WordsWanted(10_480, 10_000) in long.everything

    def test_is_not_settled_by_words_that_came_before_the_last_ones(self):
        call = Call().say_over_agent(480).held()
        call.say_over_agent(320).pause_over_agent(160).words("Uh.")

        assert call.kinds == [AgentHeld]
        call.pause_over_agent(32).words("Uh, stop it.")
        assert call.kinds == [AgentHeld, SpeechStarted, BargeIn]

    def test_takes_as_many_words_as_the_policy_says(self):
        call = Call(min_words=2).say_over_agent(400).held().pause_over_agent().words("Wait.")

        assert call.events[-1] == AgentResumed(call.at_ms, "back_channel")

    def test_with_a_yes_to_what_it_nearly_has_said_is_an_answer(self):
        call = Call().say_over_agent(400).held(NEARLY_DONE_MS - 1).pause_over_agent().words("Yes.")

        assert call.kinds == [AgentHeld, SpeechStarted, BargeIn]

    def test_that_had_just_fallen_silent_is_an_ordinary_turn(self):
        call = Call().say_over_agent(96).held(None)

        assert call.kinds == [AgentHeld, SpeechStarted]

    def test_by_a_noise_that_does_not_stop_is_given_up_and_not_begun_again_before_a_pause(self):
        call = Call().say_over_agent(480).held().words("")
        call.say_over_agent(DECIDE_WITHIN_MS).say_over_agent(3_000)
        assert call.kinds == [AgentHeld, AgentResumed]

        call.pause_over_agent(320).say_over_agent(96)
        assert call.kinds == [AgentHeld, AgentResumed, AgentHeld]

    def test_is_settled_by_its_length_when_there_is_no_time_for_words(self):
        long = Call().say_over_agent(960).held().words(None)
        short = Call().say_over_agent(320).held().pause_over_agent().words(None)
        unanswered = Call().say_over_agent(DECIDE_WITHIN_MS + 200).held()

        assert long.kinds == [AgentHeld, SpeechStarted, BargeIn]
        assert short.kinds == [AgentHeld, AgentResumed]
        assert unanswered.kinds == [AgentHeld, SpeechStarted, BargeIn]

    def test_with_the_agents_own_words_is_its_echo_and_then_has_to_be_louder(self):
        said = "We are open every day from nine in the morning."
        call = Call().say_over_agent(400, power=1_000.0).held().pause_over_agent()
        call.words("every day from nine", agent_text=said)
        assert call.events[-1] == AgentResumed(call.at_ms, "echo")

        call.pause_over_agent(320).say_over_agent(1_000, power=2_000.0)
        assert call.kinds == [AgentHeld, AgentResumed]
        call.say_over_agent(96, power=10_000.0)
        assert call.kinds == [AgentHeld, AgentResumed, AgentHeld]

    def test_interrupts_at_once_where_any_sound_does(self):
        cough = Call(barge_in="sound").say_over_agent(160).pause_over_agent(1_000)
        speech = Call(barge_in="sound").say_over_agent(320)

        assert cough.events == []
        assert speech.events == [SpeechStarted(10_224, 10_000), BargeIn(10_224)]

    def test_is_heard_but_does_not_interrupt_where_that_is_off(self):
        call = Call(barge_in="off").say_over_agent(640).pause_over_agent(1_000)

        assert call.kinds == [SpeechStarted, TurnEnded]


def test_agent_that_begins_to_speak_into_a_turn_is_interrupted_at_once_and_once():
    call = Call().hear(SPEECH, 640).hear(SPEECH, 640, is_agent_speaking=True)

    assert call.events[1:] == [BargeIn(10_640 + WINDOW_MS)]


def test_silence_in_a_turn_does_not_interrupt():
    call = Call().hear(SPEECH, 640).hear(SILENCE, 320, is_agent_speaking=True)

    assert call.kinds == [SpeechStarted]


class TestEndOfATurn:
    @staticmethod
    def pausing(**policy):
        return Call(**policy).hear(SPEECH, 960).hear(SILENCE, 192)

    def test_is_asked_about_once_a_pause(self):
        call = self.pausing().hear(SILENCE, 200).hear(SPEECH, 320).hear(SILENCE, 320)

        pauses = [event for event in call.everything if isinstance(event, PauseBegan)]
        assert pauses == [PauseBegan(11_120, 10_000, 10_960), PauseBegan(11_856, 10_000, 11_696)]

    @pytest.mark.parametrize(
        ("probability", "silence_ms"), [(None, 608), (0.9, 416), (0.6, 608), (0.3, 1_024)]
    )
    def test_comes_sooner_or_later_as_predicted(self, probability, silence_ms):
        call = self.pausing()
        call.turns.predicted(probability, 10_960)

        assert call.hear(SILENCE, 2_000).turn_silence_ms == silence_ms

    @pytest.mark.parametrize("words", ["My phone number is", "I would like an apple and...", "Um,"])
    def test_is_waited_for_behind_words_that_want_another_one(self, words):
        call = self.pausing()
        call.turns.predicted(0.99, 10_960)
        call.turns.transcribed(words, 10_960)

        assert call.hear(SILENCE, 2_000).turn_silence_ms == 1_024

    def test_does_not_follow_hints_about_an_earlier_pause(self):
        call = self.pausing().hear(SPEECH, 320)
        call.turns.predicted(0.1, 10_960)
        call.turns.transcribed("My name is", 10_960)

        assert call.hear(SILENCE, 2_000).turn_silence_ms == 608

    def test_goes_by_silence_alone_where_hints_are_off(self):
        call = self.pausing(end_of_turn="off")
        call.turns.predicted(0.1, 10_960)

        assert call.hear(SILENCE, 2_000).turn_silence_ms == 608


class TestKeys:
    def test_are_one_entry_up_to_the_terminator(self):
        call = Call().press("12#")

        assert call.events == [KeyPressed(10_000)] * 3 + [KeysEntered(10_000, "12")]
        assert call.turns.is_idle

    def test_are_one_entry_after_a_pause(self):
        call = Call(key_pause_ms=1_000).press("12").hear(SILENCE, 2_000)

        assert call.events[2:] == [KeysEntered(11_024, "12")]

    def test_silence_an_agent_that_was_held(self):
        call = Call().say_over_agent(320).held().press("0")

        assert call.kinds == [AgentHeld, KeyPressed]
        call.pause_over_agent(5_000)
        assert call.kinds == [AgentHeld, KeyPressed, KeysEntered]


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
    ("policy", "reason"),
    [
        ({"speech_probability": 0.1}, "speech_probability"),
        ({"end_silence_ms": 0}, "end_silence_ms"),
        ({"end_silence_complete_ms": 700}, "end_silence_complete_ms"),
        ({"max_turn_ms": 2_000, "end_silence_unfinished_ms": 3_000}, "max_turn_ms"),
        ({"max_turn_ms": 31_000}, "max_turn_ms"),
        ({"barge_in": "never"}, "barge_in"),
        ({"key_terminator": "1"}, "key_terminator"),
        ({"back_channels": [""]}, "back_channels"),
    ],
)
def test_policy_refuses_what_cannot_work(policy, reason):
    with pytest.raises(ValueError, match=reason):
        TurnPolicy(**policy)


SOUND = st.tuples(
    st.just("sound"),
    st.floats(0, 1),
    st.booleans(),
    st.integers(0, 4).map(lambda lost: (1 + 10 * lost) * WINDOW_MS),
    st.floats(0, 1e9),
)
TEXT = st.sampled_from(["", "Uh-huh.", "Stop.", "My name is", "every day from nine"])
LATE = st.integers(-3, 3).map(lambda windows: windows * WINDOW_MS)
ANSWERS = st.one_of(
    st.tuples(st.just("held"), st.none() | st.integers(0, 9_000)),
    st.tuples(st.just("words"), st.none() | TEXT, LATE),
    st.tuples(st.just("predicted"), st.none() | st.floats(0, 1), LATE),
    st.tuples(st.just("transcribed"), TEXT, LATE),
    st.tuples(st.just("press"), st.sampled_from("0123456789*#ABCD")),
)
STEPS = st.lists(st.one_of(SOUND, SOUND, SOUND, ANSWERS), max_size=150)
POLICIES = st.builds(
    TurnPolicy,
    barge_in=st.sampled_from(["words", "sound", "off"]),
    hold_after_ms=st.sampled_from([32, 96, 200]),
    min_words=st.integers(1, 3),
    max_turn_ms=st.sampled_from([4_000, 28_000]),
)


NOTHING_TO_HOLD = "the agent was silent"
"""In the place of an event: after this answer nobody is held, so nobody has to be let go on."""


def play(turns, steps):
    """Do the steps in their order and give every event, and in the end enough silence for everything to settle."""
    at_ms, asked_ms, paused_ms, events = 10_000, 0, 0, []
    silence = [("sound", 0.0, False, WINDOW_MS, 0.0)] * (DECIDE_WITHIN_MS // WINDOW_MS + 20)
    for kind, *step in [*steps, *silence]:
        new = []
        match kind:
            case "sound":
                probability, is_agent_speaking, step_ms, power = step
                at_ms += step_ms
                new = turns.feed(probability, at_ms, is_agent_speaking=is_agent_speaking, power=power)
            case "held":
                new = turns.held(step[0])
                if step[0] is None:
                    events.append(NOTHING_TO_HOLD)
            case "words":
                new = turns.words(step[0], asked_ms + step[1], agent_text="We are open every day from nine.")
            case "predicted":
                turns.predicted(step[0], paused_ms + step[1])
            case "transcribed":
                turns.transcribed(step[0], paused_ms + step[1])
            case "press":
                new = turns.press(step[0], at_ms)
        for event in new:
            assert event.at_ms == at_ms
            asked_ms = event.at_ms if isinstance(event, WordsWanted) else asked_ms
            paused_ms = event.ended_ms if isinstance(event, PauseBegan) else paused_ms
        events += new
    return events


@given(policy=POLICIES, steps=STEPS)
def test_any_order_of_sound_keys_and_answers_gives_well_formed_turns(policy, steps):
    turns = TurnTaking(policy)
    events = play(turns, steps)

    assert turns.is_idle
    is_held = is_turn = has_interrupted = False
    previous_end_ms = 0
    for event in events:
        match event:
            case str():
                is_held = False
            case AgentHeld():
                assert not is_held
                assert not is_turn
                assert policy.barge_in == "words"
                is_held = True
            case AgentResumed():
                assert is_held
                is_held = False
            case KeyPressed():
                is_held = False
            case WordsWanted():
                assert is_held
            case SpeechStarted():
                assert not is_turn
                is_turn, is_held, has_interrupted = True, False, False
            case BargeIn():
                assert is_turn
                assert not has_interrupted
                assert policy.barge_in != "off"
                has_interrupted = True
            case PauseBegan():
                assert is_turn
            case TurnEnded(at_ms, started_ms, ended_ms):
                assert is_turn
                assert previous_end_ms <= started_ms < ended_ms <= at_ms
                previous_end_ms = ended_ms
                is_turn = False
            case KeysEntered(_, keys):
                assert keys
    assert not is_held, "an agent that was held goes on or is interrupted"
    assert not is_turn


@pytest.mark.parametrize(("wants_more", "ends_after_ms"), [(False, 400), (None, 600), (True, 1_000)])
def test_what_was_asked_for_tells_how_long_a_pause_may_be(wants_more, ends_after_ms):
    call = Call().hear(SPEECH, 960).hear(SILENCE, PAUSE_MS)
    call.turns.transcribed("four two", 10_960, wants_more=wants_more)
    call.hear(SILENCE, 2_000)

    (ended,) = [event for event in call.everything if isinstance(event, TurnEnded)]
    assert ended.at_ms - ended.ended_ms == pytest.approx(ends_after_ms, abs=WINDOW_MS)


def test_who_reads_out_a_number_gets_time_although_nobody_knows_the_words_yet():
    call = Call()
    call.turns.expect(longest_keys=6, is_patient=True)
    call.hear(SPEECH, 960).hear(SILENCE, 900).hear(SPEECH, 960).hear(SILENCE, 1_300)

    (ended,) = [event for event in call.everything if isinstance(event, TurnEnded)]
    assert ended.at_ms - ended.ended_ms == pytest.approx(1_000, abs=WINDOW_MS)


def test_entry_of_all_keys_there_can_be_is_complete_at_once():
    call = Call()
    call.turns.expect(longest_keys=1, is_patient=False)
    call.press("7")

    assert KeysEntered(call.at_ms, "7") in call.everything
