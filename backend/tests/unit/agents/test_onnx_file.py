"""As much of the ONNX format as the voice detector takes; onnxruntime says whether what was written is right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.agents import weights
from asisso.agents.vad.onnx_file import Graph, read_weights

pytestmark = pytest.mark.unit

WEIGHT = np.arange(6, dtype=np.float32).reshape(3, 2)
BIAS = np.array([0.5, -300.0], np.float32)


def a_model():
    """The larger column of two, over a product with weights."""
    graph = Graph()
    product = graph.operator("Gemm", "sound", WEIGHT, BIAS)
    left, right = graph.split("Split", product, axis=1, results=2)
    larger = graph.operator("Max", left, right)
    return graph.model({"sound": 3}, {larger: 1, graph.columns(product, 1, 2): 1})


def test_a_written_model_computes_what_was_put_together():
    sound = np.array([[1, 2, 3], [100, 100, 100]], np.float32)

    larger, right = weights.session_of(a_model()).run(None, {"sound": sound})

    product = sound @ WEIGHT + BIAS
    assert np.array_equal(larger[:, 0], product.max(axis=1))
    assert np.array_equal(right[:, 0], product[:, 1])


def test_weights_that_were_written_are_read_again():
    named = read_weights(a_model())

    assert any(np.array_equal(weight, WEIGHT) for weight in named.values())
    assert any(np.array_equal(weight, BIAS) for weight in named.values())
    assert all(weight.dtype == np.float32 for weight in named.values())


def test_a_truncated_model_is_refused():
    whole = a_model()

    with pytest.raises(ValueError, match="in the middle"):
        read_weights(whole[:-1])


@given(st.binary(max_size=300))
def test_arbitrary_bytes_have_weights_or_are_refused(data):
    try:
        named = read_weights(data)
    except ValueError:
        return
    assert all(isinstance(name, str) for name in named)
