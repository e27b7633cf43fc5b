"""Sentences that outlive a process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from asisso.agents.speech import SpeechModels
from asisso.agents.tts import kept
from asisso.agents.tts.kept import KeptSentences
from tests.fakes.conversation import embedded_agent, greeting_and_farewell
from tests.fakes.speech import LoudnessDetector, ScriptedRecognizer, ToneSynthesizer

pytestmark = pytest.mark.unit

CLIP = np.arange(-200, 200, dtype=np.int16)


def models_keeping(folder: Path) -> SpeechModels:
    return SpeechModels(
        load_recognizer=ScriptedRecognizer,
        load_synthesizer=ToneSynthesizer,
        load_voice_model=LoudnessDetector,
        kept=KeptSentences(folder, "voice"),
    )


def test_a_kept_sentence_is_found_by_the_same_voice_only(tmp_path: Path) -> None:
    KeptSentences(tmp_path / "new", "voice").put("Sorry.", CLIP)
    found = KeptSentences(tmp_path / "new", "voice").get("Sorry.")
    assert found is not None
    assert np.array_equal(found, CLIP)
    assert KeptSentences(tmp_path / "new", "other voice").get("Sorry.") is None
    assert KeptSentences(tmp_path / "new", "voice").get("Hello.") is None


def test_the_folder_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MAX_FILES", 3)
    sentences = KeptSentences(tmp_path, "voice")
    for number in range(5):
        sentences.put(str(number), CLIP)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    sentences = KeptSentences(tmp_path / "file", "voice")
    sentences.put("Sorry.", CLIP)
    assert sentences.get("Sorry.") is None


def test_a_damaged_clip_is_none(tmp_path: Path) -> None:
    sentences = KeptSentences(tmp_path, "voice")
    sentences.put("Sorry.", CLIP)
    (clip,) = tmp_path.iterdir()
    clip.write_bytes(b"\x01\x02\x03")
    assert sentences.get("Sorry.") is None


async def test_an_agent_can_say_what_is_kept_before_its_models_are_there(tmp_path: Path) -> None:
    before = models_keeping(tmp_path)
    await before.load()
    await before.keep("Sorry.")
    before.close()
    models = models_keeping(tmp_path)
    agent = embedded_agent(greeting_and_farewell("Sorry.", ""), models)
    await agent.prepare()
    assert not models.is_ready
    models.close()
