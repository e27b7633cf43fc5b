import numpy as np
import pytest

from asisso.agents.vad.detector import WINDOW_MS, WINDOW_SAMPLES
from asisso.agents.vad.gate import EnergyGate

pytestmark = pytest.mark.unit

RNG = np.random.default_rng(7)


def noise(dbfs):
    return (
        (RNG.standard_normal(WINDOW_SAMPLES) * 32768 * 10 ** (dbfs / 20)).clip(-32768, 32767).astype(np.int16)
    )


def power(window):
    return float(np.mean(np.square(window.astype(np.float64))))


def admitted(gate, windows):
    return [gate.admit(power(window)) for window in windows]


def test_gate_stays_shut_in_silence():
    assert not any(admitted(EnergyGate(), [np.zeros(WINDOW_SAMPLES, np.int16)] * 200))


def test_gate_opens_at_the_first_word_of_a_call():
    assert EnergyGate().admit(power(noise(-40)))


def test_gate_stays_open_through_the_gaps_between_words_and_shuts_after_them():
    gate = EnergyGate()
    gate.admit(power(noise(-20)))
    after = admitted(gate, [np.zeros(WINDOW_SAMPLES, np.int16)] * 50)

    assert sum(after) * WINDOW_MS == 320
    assert after == sorted(after, reverse=True)


def test_gate_gets_used_to_a_noisy_line_and_still_opens_for_speech_above_it():
    gate = EnergyGate()
    admitted(gate, [noise(-35) for _ in range(150)])

    assert not any(admitted(gate, [noise(-35) for _ in range(150)]))
    assert gate.admit(power(noise(-25)))


def test_gate_opens_for_soft_speech_soon_after_the_noise_has_gone():
    gate = EnergyGate()
    admitted(gate, [noise(-30) for _ in range(150)])
    admitted(gate, [noise(-70) for _ in range(20)])

    assert gate.admit(power(noise(-45)))
