"""The clients that are generated from the description, at work on a running server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.contract.server import LiveServer

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[3]
TOOLS = ROOT / ".apitools" / "bin"
GENERATION_LIMIT_S = 60
ROUND_TRIP_LIMIT_S = 120


@pytest.fixture(scope="module")
def python_client(live: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client that openapi-python-client makes of what the running server says of itself."""
    folder = tmp_path_factory.mktemp("client")
    description = folder / "openapi.json"
    description.write_text(httpx.get(f"{live.url}/openapi.json").text)
    command = [
        TOOLS / "openapi-python-client",
        "generate",
        "--path",
        description,
        "--config",
        ROOT / "backend" / "apitools" / "python_client.yml",
        "--output-path",
        folder / "python",
        "--fail-on-warning",
    ]
    made = subprocess.run(command, capture_output=True, text=True, timeout=GENERATION_LIMIT_S)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder / "python"


def test_python_client_makes_the_round_trip(live: LiveServer, python_client: Path) -> None:
    done = subprocess.run(
        [TOOLS / "python", ROOT / "backend" / "apitools" / "python_round_trip.py"],
        env=_environment(live) | {"PYTHONPATH": str(python_client)},
        capture_output=True,
        text=True,
        timeout=ROUND_TRIP_LIMIT_S,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "role": "admin",
        "conflict": "name_taken",
        "greeting": "Hello.",
        "invalid": ["invalid_workflow", "no_start"],
        "numbers": ["8123"],
        "pages": True,
        "recording": "RIFF",
        "gone": "telephony_configuration_not_found",
    }


def test_typescript_client_makes_the_round_trip(live: LiveServer) -> None:
    done = subprocess.run(
        [ROOT / "scripts" / "npm", "run", "test:client"],
        env=_environment(live),
        capture_output=True,
        text=True,
        timeout=ROUND_TRIP_LIMIT_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout, done.stdout


def _environment(live: LiveServer) -> dict[str, str]:
    key = live.demo.keys["admin"]
    return {**os.environ, "ASISSO_URL": live.url, "ASISSO_KEY": key, "NO_COLOR": "1"}
