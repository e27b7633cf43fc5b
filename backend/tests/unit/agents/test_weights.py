import dataclasses

import pytest

from asisso.agents import weights
from asisso.agents.weights import WeightFile, WeightsCorrupt, WeightsMissing, verified_path

pytestmark = pytest.mark.unit


def test_every_model_file_is_the_one_the_product_was_measured_with():
    files = [value for value in vars(weights).values() if isinstance(value, WeightFile)]

    assert all(verified_path(file).is_file() for file in [*files, *weights.HIBARI])
    assert len(files) == 7


def test_missing_package_is_named_with_the_version_to_install():
    missing = WeightFile("no_such_voice", "voice.onnx", "0" * 64, "no-such-voice==1.0")

    with pytest.raises(WeightsMissing, match=r"no-such-voice==1\.0; install it") as caught:
        verified_path(missing)
    assert not caught.value.retryable


def test_missing_file_is_named():
    with pytest.raises(WeightsMissing, match="reinstall the package"):
        verified_path(dataclasses.replace(weights.SILERO, path="data/gone.onnx"))


def test_altered_file_is_not_opened():
    with pytest.raises(WeightsCorrupt, match="damaged or of another version") as caught:
        weights.open_session(dataclasses.replace(weights.SILERO, sha256="0" * 64))
    assert caught.value.code == "speech_models_corrupt"
