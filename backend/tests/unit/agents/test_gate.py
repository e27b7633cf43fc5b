import numpy as np
import pytest

from asisso.agents.vad.detector import WINDOW_MS, WINDOW_SAMPLES
from asisso.agents.vad.gate import EnergyGates

pytestmark = pytest.mark.unit

RNG = np.random.default_rng(7)


def noise(dbfs):
    return (
        (RNG.standard_normal(WINDOW_SAMPLES) * 32768 * 10 ** (dbfs / 20)).clip(-32768, 32767).astype(np.int16)
    )


class EnergyGate:
    """One of many gates."""

    def __init__(self, gates=None):
        self.gates = gates or EnergyGates()
        self.seat = self.gates.take_seat()

    def admits(self, window):
        admitted, _ = self.gates.admit([self.seat], window[np.newaxis])
        return bool(admitted[0])


def admitted(gate, windows):
    return [gate.admits(window) for window in windows]


def test_gate_stays_shut_in_silence():
    assert not any(admitted(EnergyGate(), [np.zeros(WINDOW_SAMPLES, np.int16)] * 200))


def test_gate_opens_at_the_first_word_of_a_call():
    assert EnergyGate().admits(noise(-40))


def test_gate_stays_open_through_the_gaps_between_words_and_shuts_after_them():
    gate = EnergyGate()
    gate.admits(noise(-20))
    after = admitted(gate, [np.zeros(WINDOW_SAMPLES, np.int16)] * 50)

    assert sum(after) * WINDOW_MS == 320
    assert after == sorted(after, reverse=True)


def test_gate_gets_used_to_a_noisy_line_and_still_opens_for_speech_above_it():
    gate = EnergyGate()
    admitted(gate, [noise(-35) for _ in range(150)])

    assert not any(admitted(gate, [noise(-35) for _ in range(150)]))
    assert gate.admits(noise(-25))


def test_gate_opens_for_soft_speech_soon_after_the_noise_has_gone():
    gate = EnergyGate()
    admitted(gate, [noise(-30) for _ in range(150)])
    admitted(gate, [noise(-70) for _ in range(20)])

    assert gate.admits(noise(-45))


def test_gates_of_many_calls_do_not_know_of_each_other():
    gates = EnergyGates()
    calls = [EnergyGate(gates) for _ in range(100)]
    loud = np.stack([noise(-20 if index % 3 == 0 else -80) for index in range(100)])
    admitted_calls, power = gates.admit([call.seat for call in calls], loud)

    assert admitted_calls.tolist() == [index % 3 == 0 for index in range(100)]
    assert power[0] == pytest.approx(32768**2 * 10**-2, rel=0.2)


def test_seat_that_was_left_begins_anew():
    gates = EnergyGates()
    before = EnergyGate(gates)
    admitted(before, [noise(-35) for _ in range(150)])
    gates.leave(before.seat)
    after = EnergyGate(gates)

    assert after.seat == before.seat
    assert after.admits(noise(-40))
