"""The sound of the load: recorded human speech, two fifths of the time, and a quiet line between."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from asisso.audio.resample import resample_clip
from pbxlab import sounds
from pbxlab.provision import AsteriskRoot

HZ = 16_000
PROMPTS = 60
SPEECH_SHARE = 0.4
LINE_NOISE = 8.0
"""Standard deviation: -72 dBFS, a good line."""


def write_speech(path: Path, root: AsteriskRoot) -> float:
    """Write it as slin16; gives its length in seconds."""
    known = [prompt for prompt in sounds.prompts(root).values() if prompt.is_speech][:PROMPTS]
    noise = np.random.default_rng(1)
    pieces = []
    for prompt in known:
        spoken = resample_clip(np.asarray(prompt.load()), sounds.SAMPLE_RATE_HZ, HZ)
        quiet = int(len(spoken) * (1 / SPEECH_SHARE - 1))
        pieces += [spoken, noise.normal(0, LINE_NOISE, quiet).astype(np.int16)]
    sound = np.concatenate(pieces)
    path.write_bytes(sound.astype("<i2").tobytes())
    return len(sound) / HZ
