"""The modules that are compiled where there is a compiler: see docs/decisions/0025."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BACKEND = Path(__file__).resolve().parents[2]
TESTS = [
    "tests/unit/agents/test_ear.py",
    "tests/unit/agents/test_gate.py",
    "tests/unit/agents/test_listening.py",
    "tests/unit/api/test_direct_websocket.py",
    "tests/unit/api/test_media_poll.py",
    "tests/unit/api/test_wire.py",
    "tests/unit/audio/test_samples.py",
    "tests/unit/calls/test_caller_sound.py",
    "tests/unit/calls/test_intake.py",
    "tests/unit/calls/test_line.py",
    "tests/unit/calls/test_recorder.py",
    "tests/unit/calls/test_track.py",
    "tests/integration/test_media_socket.py",
]


def modules() -> list[Path]:
    return sorted(BACKEND.glob("asisso/**/*.pxd"))


@pytest.mark.unit
@pytest.mark.parametrize("typed", modules(), ids=lambda path: path.stem)
def test_what_is_compiled_is_what_the_source_says(typed: Path) -> None:
    made = list(typed.parent.glob(f"{typed.stem}.*.so"))
    if not made:
        pytest.skip("not compiled on this machine")
    sources = [typed.with_suffix(kind) for kind in (".py", ".pyx", ".pxd")]
    newest = max(path.stat().st_mtime for path in sources if path.exists())
    assert all(path.stat().st_mtime >= newest for path in made), "make setup"


@pytest.mark.integration
@pytest.mark.timeout(240)
def test_the_plain_form_behaves_the_same() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.plain_form", "-q", "-p", "no:cacheprovider", *TESTS],
        cwd=BACKEND,
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4_000:] + run.stderr[-2_000:]
