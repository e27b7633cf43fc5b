"""Silero VAD: a small recurrent network that looks at 32 ms of many calls in one run.

Source: github.com/snakers4/silero-vad, model v6 (MIT). It wants the 64 samples before each window, and its state from
one window to the next. The published graph spends most of its time laying out short convolutions; the same weights in
products of matrices take 0.05 ms for one call and 0.014 ms a call for fifty, a third to a quarter of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Self, cast

import numpy as np
import onnxruntime

from asisso.agents import weights
from asisso.agents.vad.detector import WINDOW_SAMPLES, Probabilities, VoiceMemory
from asisso.agents.vad.onnx_file import Graph, Matrix, Weights, read_weights
from asisso.audio.frame import Pcm

_CONTEXT: Final = 64
_TOLD: Final = _CONTEXT + WINDOW_SAMPLES
_PADDED: Final = _TOLD + 64
"""Samples the network sees: its context, the window, and 64 mirrored at the end."""

_FFT: Final = 256
_HOP: Final = 128
_BANDS: Final = _FFT // 2 + 1
_CELLS: Final = 128


class SileroMemory:
    """The network's memory of one call, 1.3 kB: context, and the recurrent layer's output and cells."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values = np.zeros(_CONTEXT + 2 * _CELLS, np.float32)

    def reset(self) -> None:
        self.values[:] = 0


class SileroModel:
    """A `VoiceModel`."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session

    @classmethod
    def load(cls) -> Self:
        """Read the weights and build the network.

        Raises:
            AgentUnavailable: the model file is missing or damaged.
        """
        named = read_weights(weights.verified_path(weights.SILERO).read_bytes())
        return cls(weights.session_of(_network(named)))

    def memory(self) -> SileroMemory:
        return SileroMemory()

    def probabilities(self, memories: Sequence[VoiceMemory], windows: Pcm) -> Probabilities:
        ours = cast("Sequence[SileroMemory]", memories)
        kept = np.concatenate([memory.values for memory in ours]).reshape(len(ours), -1)
        sound = np.empty((len(ours), _PADDED), np.float32)
        sound[:, :_CONTEXT] = kept[:, :_CONTEXT]
        np.multiply(windows, np.float32(1 / 32768), out=sound[:, _CONTEXT:_TOLD])
        sound[:, _TOLD:] = sound[:, _TOLD - 2 : 2 * _TOLD - _PADDED - 2 : -1]
        feed = {"sound": sound, "state": kept[:, _CONTEXT:]}
        probabilities, kept[:, _CONTEXT:-_CELLS], kept[:, -_CELLS:] = self._session.run(None, feed)
        kept[:, :_CONTEXT] = sound[:, WINDOW_SAMPLES:_TOLD]
        for memory, values in zip(ours, kept, strict=True):
            # In place: a view would keep the memory of everybody's run alive.
            memory.values[:] = values
        return cast("Probabilities", probabilities[:, 0])


def _network(named: Weights) -> bytes:
    """The network of the published file as a model of `sound` and `state`, a row a call.

    Raises:
        KeyError: the weights are another network's.
    """
    graph = Graph()
    output, cells = _recurrent(graph, _encoder(graph, _spectra(graph, named), named), named)
    weight = named["model.decoder.decoder.2.weight"][0]
    heard = graph.operator("Relu", output)
    said = graph.operator("Gemm", heard, weight, named["model.decoder.decoder.2.bias"])
    probability = graph.operator("Sigmoid", said)
    return graph.model(
        {"sound": _PADDED, "state": 2 * _CELLS}, {probability: 1, output: _CELLS, cells: _CELLS}
    )


def _spectra(graph: Graph, named: Weights) -> list[str]:
    """The magnitudes of four spectra, one each 8 ms.

    Around the middle of a step the cosines of the basis are even and its sines odd, and its window takes away the first
    sample: with one half of the step folded over the other, half the products give the same.
    """
    basis = named["model.stft.forward_basis_buffer"][:, 0].T
    cosines, sines, middle = basis[:, :_BANDS], basis[:, _BANDS:], _FFT // 2
    if basis[0].any() or (cosines[1:] != cosines[:0:-1]).any() or (sines[1:] != -sines[:0:-1]).any():
        raise KeyError("a basis that can be folded")
    steps = [graph.columns("sound", at, at + _FFT) for at in range(0, _PADDED - _FFT + 1, _HOP)]
    stacked = graph.operator("Concat", *steps, axis=0)
    early, late = graph.columns(stacked, 1, middle), graph.mirrored(stacked, middle + 1, _FFT)
    even = graph.operator("Add", early, late), graph.columns(stacked, middle, middle + 1)
    real = graph.operator("MatMul", graph.operator("Concat", *even, axis=1), cosines[1 : middle + 1])
    imaginary = graph.operator("MatMul", graph.operator("Sub", early, late), sines[1:middle])
    powers = graph.operator("Mul", real, real), graph.operator("Mul", imaginary, imaginary)
    magnitudes = graph.operator("Sqrt", graph.operator("Add", *powers))
    return graph.split("Split", magnitudes, axis=0, results=4)


def _encoder(graph: Graph, spectra: list[str], named: Weights) -> str:
    """Four convolutions of three taps: of every step, twice of every second one, and of the one that is left.

    What a tap would see before the first step or behind the last one is zero, so it is left out.
    """

    def convolved(layer: int, taps: slice, steps: str) -> str:
        weight = named[f"model.encoder.{layer}.reparam_conv.weight"].transpose(2, 1, 0)[taps]
        bias = named[f"model.encoder.{layer}.reparam_conv.bias"]
        matrix = weight.reshape(-1, weight.shape[-1])
        return graph.operator("Relu", graph.operator("Gemm", steps, matrix, bias))

    def beside(*steps: str) -> str:
        return graph.operator("Concat", *steps, axis=1)

    every, but_first, but_last, middle = slice(3), slice(1, 3), slice(2), slice(1, 2)
    inner = graph.operator("Concat", beside(*spectra[:3]), beside(*spectra[1:]), axis=0)
    first = convolved(0, but_first, beside(*spectra[:2]))
    second, third = graph.split("Split", convolved(0, every, inner), axis=0, results=2)
    fourth = convolved(0, but_last, beside(*spectra[2:]))
    early = convolved(1, but_first, beside(first, second))
    late = convolved(1, every, beside(second, third, fourth))
    return convolved(3, middle, convolved(2, but_first, beside(early, late)))


def _recurrent(graph: Graph, features: str, named: Weights) -> tuple[str, str]:
    """The long short-term memory: its new output and cells."""
    rnn = [named[f"model.decoder.rnn.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    weight, bias = _sigmoids_first(np.concatenate(rnn[:2], axis=1)), _sigmoids_first(rnn[2] + rnn[3])
    before = graph.columns("state", 0, _CELLS), graph.columns("state", _CELLS, 2 * _CELLS)
    gates = graph.operator("Gemm", graph.operator("Concat", features, before[0], axis=1), weight.T, bias)
    opened = graph.operator("Sigmoid", graph.columns(gates, 0, 3 * _CELLS))
    enters, stays, leaves = graph.split("Split", opened, axis=1, results=3)
    new = graph.operator("Tanh", graph.columns(gates, 3 * _CELLS, 4 * _CELLS))
    kept = graph.operator("Mul", stays, before[1])
    cells = graph.operator("Add", kept, graph.operator("Mul", enters, new))
    return graph.operator("Mul", leaves, graph.operator("Tanh", cells)), cells


def _sigmoids_first(gates: Matrix) -> Matrix:
    """From in, forget, new, out to in, forget, out, new: what is treated alike lies together."""
    enters, stays, new, leaves = np.split(gates, 4)
    return np.concatenate((enters, stays, leaves, new))
