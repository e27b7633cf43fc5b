"""Reads the weights of one ONNX model and writes another one around them: as much of the format as that takes.

Source: onnx/onnx.proto of github.com/onnx/onnx; developers.google.com/protocol-buffers/docs/encoding. The `onnx`
package would be 20 MB of code in memory for this.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_MODEL_GRAPH: Final = 7
_GRAPH_INITIALIZER: Final = 5
_FLOAT: Final = 1
_INT64: Final = 7
_IR_VERSION: Final = 8
_OPSET: Final = 13
_ATTRIBUTE_INT: Final = 2
_FIXED_BYTES: Final = {1: 8, 5: 4}
"""Wire types of a fixed length; type 0 is a number, and all else begins with its length."""

Matrix = npt.NDArray[np.float32]
Weights = dict[str, Matrix]


def read_weights(model: bytes) -> Weights:
    """The float tensors of a model's graph by name, read-only.

    Raises:
        ValueError: it is no ONNX model, or a truncated one.
    """
    try:
        graphs = [value for key, value in _fields(memoryview(model)) if key == _MODEL_GRAPH]
        tensors = [v for graph in graphs for k, v in _fields(_bytes(graph)) if k == _GRAPH_INITIALIZER]
        return dict(filter(None, (_tensor(_bytes(tensor)) for tensor in tensors)))
    except IndexError:
        raise ValueError("The model file ends in the middle of something.") from None


def _tensor(message: memoryview) -> tuple[str, Matrix] | None:
    shape: list[int] = []
    name, raw, is_float = "", memoryview(b""), False
    for field, value in _fields(message):
        match field, value:
            case 1, int(length):
                shape.append(length)
            case 2, kind:
                is_float = kind == _FLOAT
            case 8, memoryview():
                name = str(value, "utf-8")
            case 9, memoryview():
                raw = value
    if not is_float or len(raw) != 4 * math.prod(shape):
        return None
    return name, np.frombuffer(raw, "<f4").reshape(shape)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    at = 0
    while at < len(message):
        tag, at = _number(message, at)
        if tag & 7 == 0:
            number, at = _number(message, at)
            yield tag >> 3, number
            continue
        length = _FIXED_BYTES.get(tag & 7)
        if length is None:
            length, at = _number(message, at)
        if at + length > len(message):
            raise IndexError
        yield tag >> 3, message[at : at + length]
        at += length


def _number(message: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where what follows it begins."""
    number = shift = 0
    while True:
        byte = message[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7


def _bytes(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("The file is no ONNX model.")
    return value


class Graph:
    """A model as it is put together: every method gives the name of what it computes."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._values = 0

    def operator(self, kind: str, *inputs: str | Matrix, axis: int | None = None) -> str:
        """One operator with one result; a matrix among the inputs becomes a weight of the model."""
        return self.split(kind, *inputs, axis=axis, results=1)[0]

    def split(self, kind: str, *inputs: str | Matrix, axis: int | None = None, results: int) -> list[str]:
        """One operator with several results."""
        names = [self._constant(value) if isinstance(value, np.ndarray) else value for value in inputs]
        outputs = [f"value{self._values + index}" for index in range(results)]
        self._values += results
        node = [_field(1, name) for name in names] + [_field(2, name) for name in outputs] + [_field(4, kind)]
        if axis is not None:
            node.append(_field(5, _field(1, "axis") + _field(3, axis) + _field(20, _ATTRIBUTE_INT)))
        self._nodes.append(b"".join(node))
        return outputs

    def columns(self, matrix: str, first: int, end: int) -> str:
        """A part of each row."""
        return self._slice(matrix, first, end, 1)

    def mirrored(self, matrix: str, first: int, end: int) -> str:
        """A part of each row, the last column of it first; it must not reach back to column 0."""
        return self._slice(matrix, end - 1, first - 1, -1)

    def _slice(self, matrix: str, start: int, end: int, step: int) -> str:
        bounds = [self._constant(np.array([bound])) for bound in (start, end, 1, step)]
        return self.operator("Slice", matrix, *bounds)

    def _constant(self, value: npt.NDArray[Any]) -> str:
        name = f"weight{len(self._constants)}"
        kind = _FLOAT if value.dtype == np.float32 else _INT64
        shape = [_field(1, size) for size in value.shape]
        raw = value.astype("<f4" if kind == _FLOAT else "<i8").tobytes()
        self._constants.append(b"".join([*shape, _field(2, kind), _field(8, name), _field(9, raw)]))
        return name

    def model(self, inputs: dict[str, int], outputs: dict[str, int]) -> bytes:
        """The model's file; inputs and outputs are matrices of any number of rows, of so many columns each."""
        graph = [_field(1, node) for node in self._nodes]
        graph += [_field(2, "graph")]
        graph += [_field(_GRAPH_INITIALIZER, constant) for constant in self._constants]
        graph += [_field(11, _matrix(name, columns)) for name, columns in inputs.items()]
        graph += [_field(12, _matrix(name, columns)) for name, columns in outputs.items()]
        opset = _field(1, "") + _field(2, _OPSET)
        return _field(1, _IR_VERSION) + _field(8, opset) + _field(_MODEL_GRAPH, b"".join(graph))


def _matrix(name: str, columns: int) -> bytes:
    shape = _field(1, _field(2, "rows")) + _field(1, _field(1, columns))
    return _field(1, name) + _field(2, _field(1, _field(1, _FLOAT) + _field(2, shape)))


def _field(field: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _encoded(field << 3) + _encoded(value)
    data = value.encode() if isinstance(value, str) else value
    return _encoded(field << 3 | 2) + _encoded(len(data)) + data


def _encoded(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
