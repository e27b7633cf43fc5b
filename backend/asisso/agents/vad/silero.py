"""Silero VAD: a small recurrent network that looks at 32 ms of many calls in one run.

Source: github.com/snakers4/silero-vad, model v6 (MIT), the graph of its 16 kHz ONNX file. It wants the 64 samples
before each window, and its state from one window to the next.

Nearly all of it is products of matrices, so it is written as such: on a batch numpy's BLAS needs a third of the time
of onnxruntime, which lays out every short convolution anew. The tests compare both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Self, cast

import numpy as np
import numpy.typing as npt

from asisso.agents import weights
from asisso.agents.vad.detector import WINDOW_SAMPLES, Probabilities, VoiceMemory
from asisso.agents.vad.onnx_weights import Weights, read_weights
from asisso.audio.frame import Pcm

_CONTEXT: Final = 64
_TOLD: Final = _CONTEXT + WINDOW_SAMPLES
_PADDED: Final = _TOLD + 64
"""Samples the network sees: its context, the window, and 64 mirrored at the end."""

_FFT: Final = 256
_HOP: Final = 128
_STEPS: Final = 4
_BANDS: Final = _FFT // 2 + 1
_CELLS: Final = 128

Matrix = npt.NDArray[np.float32]


class SileroMemory:
    """The network's memory of one call, 1.3 kB: context, and the recurrent layer's output and cells."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values = np.zeros(_CONTEXT + 2 * _CELLS, np.float32)

    def reset(self) -> None:
        self.values[:] = 0


class SileroModel:
    """A `VoiceModel`."""

    def __init__(self, named: Weights) -> None:
        """Lay the weights out once as every run needs them: inputs down, outputs across.

        Raises:
            KeyError: they are another network's.
        """
        self._spectrum = _across(named["model.stft.forward_basis_buffer"][:, 0])
        convolutions = [named[f"model.encoder.{n}.reparam_conv.weight"] for n in range(4)]
        self._taps = [[_across(of_all[:, :, tap]) for tap in range(3)] for of_all in convolutions]
        self._biases = [named[f"model.encoder.{n}.reparam_conv.bias"] for n in range(4)]
        rnn = [named[f"model.decoder.rnn.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        self._gates = _across(_sigmoids_first(np.concatenate(rnn[:2], axis=1)))
        self._gate_bias = _sigmoids_first(rnn[2] + rnn[3])
        self._last = named["model.decoder.decoder.2.weight"][0, :, 0]
        self._last_bias = named["model.decoder.decoder.2.bias"][0]

    @classmethod
    def load(cls) -> Self:
        """Read the model.

        Raises:
            AgentUnavailable: the model file is missing or damaged.
        """
        return cls(read_weights(weights.verified_path(weights.SILERO).read_bytes()))

    def memory(self) -> SileroMemory:
        return SileroMemory()

    def probabilities(self, memories: Sequence[VoiceMemory], windows: Pcm) -> Probabilities:
        ours = cast("Sequence[SileroMemory]", memories)
        kept = np.stack([memory.values for memory in ours])
        sound = np.empty((len(ours), _PADDED), np.float32)
        sound[:, :_CONTEXT] = kept[:, :_CONTEXT]
        np.multiply(windows, np.float32(1 / 32768), out=sound[:, _CONTEXT:_TOLD])
        sound[:, _TOLD:] = sound[:, _TOLD - 2 : 2 * _TOLD - _PADDED - 2 : -1]
        kept[:, :_CONTEXT] = sound[:, WINDOW_SAMPLES:_TOLD]
        said = self._remember(self._features(self._magnitudes(sound)), kept)
        for memory, values in zip(ours, kept, strict=True):
            # In place: a view would keep the memory of everybody's run alive.
            memory.values[:] = values
        return _sigmoid(np.maximum(said, 0) @ self._last + self._last_bias)

    def _magnitudes(self, sound: Matrix) -> Matrix:
        """Four spectra a window, shape (4, calls, 129): step by step, so that neighbours in time lie together."""
        calls, sample = len(sound), sound.itemsize
        # The view ends where `sound` does: 3 hops and 256 samples are its 640.
        steps = np.lib.stride_tricks.as_strided(
            sound, (_STEPS, calls, _FFT), (_HOP * sample, _PADDED * sample, sample), writeable=False
        )
        both: Matrix = np.matmul(steps, self._spectrum)
        np.square(both, out=both)
        power: Matrix = both[..., :_BANDS] + both[..., _BANDS:]
        np.sqrt(power, out=power)
        return power

    def _features(self, spectra: Matrix) -> Matrix:
        """Four convolutions of three taps: over four steps, twice over every second one, and over what is left."""
        _, calls, _ = spectra.shape
        spectra = spectra.reshape(-1, _BANDS)
        before, at, behind = self._taps[0]
        first = spectra @ at
        first[calls:] += spectra[:-calls] @ before
        first[:-calls] += spectra[calls:] @ behind
        steps = _relu(first, self._biases[0]).reshape(_STEPS, calls, -1)
        before, at, behind = self._taps[1]
        early = _relu(steps[0] @ at + steps[1] @ behind, self._biases[1])
        late = _relu(steps[1] @ before + steps[2] @ at + steps[3] @ behind, self._biases[1])
        _, at, behind = self._taps[2]
        only = _relu(early @ at + late @ behind, self._biases[2])
        return _relu(only @ self._taps[3][1], self._biases[3])

    def _remember(self, features: Matrix, kept: Matrix) -> Matrix:
        """The recurrent layer: changes output and cells in `kept`; gives the output."""
        output, cells = kept[:, _CONTEXT:-_CELLS], kept[:, -_CELLS:]
        gates = np.concatenate((features, output), axis=1) @ self._gates
        gates += self._gate_bias
        opened, new = _sigmoid(gates[:, : 3 * _CELLS]), np.tanh(gates[:, 3 * _CELLS :])
        cells *= opened[:, _CELLS : 2 * _CELLS]
        cells += opened[:, :_CELLS] * new
        np.multiply(opened[:, 2 * _CELLS :], np.tanh(cells), out=output)
        return output


def _across(weight: Matrix) -> Matrix:
    return np.ascontiguousarray(weight.T)


def _sigmoids_first(gates: Matrix) -> Matrix:
    """From in, forget, new, out to in, forget, out, new: what is treated alike lies together."""
    enters, forgets, new, leaves = np.split(gates, 4)
    return np.concatenate((enters, forgets, leaves, new))


def _relu(sound: Matrix, bias: Matrix) -> Matrix:
    sound += bias
    np.maximum(sound, 0, out=sound)
    return sound


def _sigmoid(values: Matrix) -> Matrix:
    """Of -90 it is zero, as it should be, without an overflow on the way."""
    opened: Matrix = np.tanh(0.5 * values)
    opened *= 0.5
    opened += 0.5
    return opened
