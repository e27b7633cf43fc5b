"""Steps of a script as sound: human recordings, five synthetic voices, and what surrounds a caller.

All at telephone rate, and at one level unless a step wants another: what differs is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

from asisso.agents.tts.hibari import Hibari
from asisso.agents.tts.synthesizer import SYNTHESIS_HZ
from pbxlab import sounds
from pbxlab.flite import flite
from pbxlab.telephone.codecs import resample
from pbxlab.telephone.g711 import Pcm
from pbxlab.telephone.timeline import rms

from .script import Noise, Plays, Says, Voice

Samples = npt.NDArray[np.float64]

RATE_HZ = 8_000
SPEECH_DBFS = -20.0
"""Of active speech, as a telephone network has it."""

_FULL_SCALE = 32768.0
_FRAME = RATE_HZ // 50
_ACTIVE_SHARE = 0.1
"""Frames 20 dB below the loudest are pauses."""

_SURROUNDINGS_S = 20
_SURROUNDINGS_SEED = 7
_BABBLERS = 8


def sound_of(step: Says | Plays) -> Pcm:
    """All of a step in one clip, pauses included.

    Raises:
        VoicesUnavailable, SoundsUnavailable: the voice can't be had here.
    """
    return np.concatenate(list(_pieces(step)))


def _pieces(step: Says | Plays) -> Iterator[Pcm]:
    for part in step.parts:
        if isinstance(part, int):
            yield np.zeros(part * RATE_HZ // 1000, np.int16)
            continue
        spoken = (
            sounds.prompt(part).load(RATE_HZ)
            if isinstance(step, Plays)
            else _synthetic(part, step.voice, step.slowness)
        )
        yield levelled(without_margins(spoken), SPEECH_DBFS + step.gain_db)


@cache
def _synthetic(text: str, voice: Voice, slowness: float) -> Pcm:
    if voice != "hibari":
        return flite().speak(text, voice, RATE_HZ, slowness=slowness)
    spoken = _hibari().synthesize(text)
    # Resampling would change the pitch with the speed: somebody else's voice, which is as good.
    return resample(spoken, round(SYNTHESIS_HZ / slowness), RATE_HZ)


@cache
def _hibari() -> Hibari:
    return Hibari.load()


def levelled(pcm: Pcm, dbfs: float) -> Pcm:
    """The clip with its active speech at this level."""
    level = active_rms(pcm)
    if level == 0:
        return pcm
    gain = _FULL_SCALE * 10 ** (dbfs / 20) / level
    return _as_pcm(pcm * gain)


def active_rms(pcm: Pcm) -> float:
    """The root mean square of a clip without its pauses."""
    loud = [level for level in _levels(pcm) if level > 0]
    if not loud:
        return 0.0
    active = [level for level in loud if level >= max(loud) * _ACTIVE_SHARE]
    return float(np.sqrt(np.mean(np.square(active))))


def without_margins(pcm: Pcm) -> Pcm:
    """The clip from its first to its last audible frame: then "the caller has ended" is when the clip has."""
    levels = _levels(pcm)
    audible = [number for number, level in enumerate(levels) if level >= max(levels) * _ACTIVE_SHARE / 3]
    return pcm[audible[0] * _FRAME : (audible[-1] + 1) * _FRAME] if audible else pcm


def _as_pcm(samples: npt.NDArray[np.floating]) -> Pcm:
    return np.asarray(np.clip(samples, -32768, 32767), np.int16)


def _levels(pcm: Pcm) -> list[float]:
    return [rms(pcm[at : at + _FRAME]) for at in range(0, len(pcm), _FRAME)]


@cache
def surroundings(noise: Noise) -> Pcm:
    """Twenty seconds of noise, to be heard again and again."""
    made = _pink() if noise.kind == "pink" else _babble()
    level = _FULL_SCALE * 10 ** ((SPEECH_DBFS - noise.snr_db) / 20)
    return _as_pcm(made * (level / np.sqrt(np.mean(made**2))))


def _pink() -> Samples:
    """As much power in each octave: traffic, wind, a hall."""
    generator = np.random.default_rng(_SURROUNDINGS_SEED)
    spectrum = np.fft.rfft(generator.standard_normal(_SURROUNDINGS_S * RATE_HZ))
    octaves = np.sqrt(np.maximum(np.arange(spectrum.size), 1))
    return np.fft.irfft(spectrum / octaves)


def _babble() -> Samples:
    """Many people at once, none of whom can be understood."""
    spoken = [prompt for _, prompt in sorted(sounds.prompts().items()) if prompt.is_speech]
    length = _SURROUNDINGS_S * RATE_HZ
    mixed = np.zeros(length)
    for number in range(_BABBLERS):
        clips = [levelled(without_margins(p.load(RATE_HZ)), SPEECH_DBFS) for p in spoken[number::_BABBLERS]]
        voice = np.concatenate(clips).astype(np.float64)
        mixed += np.roll(np.resize(voice, length), number * length // _BABBLERS)
    return mixed
