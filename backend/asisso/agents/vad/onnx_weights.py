"""Reads the named weights out of an ONNX file: protocol buffers' wire format and four fields of it.

Source: onnx/onnx.proto of github.com/onnx/onnx; developers.google.com/protocol-buffers/docs/encoding. The `onnx`
package would be 20 MB of code in memory for this.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

_MODEL_GRAPH: Final = 7
_GRAPH_INITIALIZER: Final = 5
_FLOAT: Final = 1
_FIXED_BYTES: Final = {1: 8, 5: 4}
"""Wire types of a fixed length; type 0 is a number, and all else begins with its length."""

Weights = dict[str, npt.NDArray[np.float32]]


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


def _tensor(message: memoryview) -> tuple[str, npt.NDArray[np.float32]] | None:
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
