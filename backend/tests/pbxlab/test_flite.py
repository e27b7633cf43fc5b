"""Other voices than the product's own, without installing anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pbxlab.errors import VoicesUnavailable
from pbxlab.flite import VOICES, Flite, flite
from pbxlab.telephone.timeline import rms

RATE_HZ = 8_000


@pytest.fixture(scope="module")
def voices() -> Flite:
    try:
        return flite()
    except VoicesUnavailable as error:
        if os.environ.get("CI", "").lower() in ("true", "1"):
            raise
        pytest.skip(error.reason)


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_speaks_and_no_two_alike(voices: Flite, voice: str) -> None:
    clips = {
        name: voices.speak("Where is my order?", name, RATE_HZ) for name in (voice, VOICES[0], VOICES[1])
    }

    assert RATE_HZ // 2 < len(clips[voice]) < 3 * RATE_HZ
    assert rms(clips[voice]) > 300
    assert len({clip.tobytes() for clip in clips.values()}) == len(clips)


def test_slow_speech_takes_longer(voices: Flite) -> None:
    usual = voices.speak("Where is my order?", "rms", RATE_HZ)
    slow = voices.speak("Where is my order?", "rms", RATE_HZ, slowness=1.5)

    assert 1.3 < len(slow) / len(usual) < 1.7


def test_program_that_does_not_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(VoicesUnavailable, match="does not run here"):
        Flite(tmp_path / "flite").speak("Hello.", "rms", RATE_HZ)
