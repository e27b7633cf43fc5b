"""Schemathesis on a running server: made-up requests, good and bad, as each role and as nobody.

`python -m tests.contract.fuzz` is the long form, 20 minutes' worth; the suite runs a short one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.contract.server import LiveServer, live_server

ROOT = Path(__file__).parents[3]
TOOLS = ROOT / "backend" / "apitools"
NOBODY = "nobody"
WHO = ("admin", "operator", "viewer", NOBODY)
LONG_EXAMPLES = 60
LONG_LIMIT_S = 3600
REQUEST_LIMIT_S = 30
"""A connection check may take 15 s."""


@dataclass(frozen=True)
class Outcome:
    """What came of one run.

    Attributes:
        cases: requests that were made.
        failures: what the fuzzer found; empty when nothing.
        report: its own words.
    """

    cases: int
    failures: str
    report: str


def fuzz(server: LiveServer, who: str, arguments: list[str], limit_s: float) -> Outcome:
    """Let the fuzzer loose as one role.

    Raises:
        subprocess.TimeoutExpired: it did not end in time.
    """
    environment = {
        **os.environ,
        "ASISSO_FUZZ_KEY": server.demo.keys.get(who, "your_api_key"),
        "ASISSO_FUZZ_IDS": json.dumps(server.demo.ids),
        "ASISSO_FUZZ_KEPT": ",".join(server.demo.kept),
        "PYTHONPATH": str(TOOLS),
        "NO_COLOR": "1",
    }
    command = [
        str(ROOT / ".apitools" / "bin" / "schemathesis"),
        "--config-file",
        str(TOOLS / "schemathesis.toml"),
        "run",
        f"{server.url}/openapi.json",
        "--request-timeout",
        str(REQUEST_LIMIT_S),
        "--output-truncate",
        "false",
        *arguments,
    ]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command,
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit_s,
        )
    report = done.stdout + done.stderr
    cases = re.search(r"(\d+) generated", report)
    found = "" if done.returncode == 0 else report
    return Outcome(int(cases.group(1)) if cases else 0, found, report)


def errors_of_ours(server: LiveServer) -> list[str]:
    """The lines of the server's log that tell of a bug, or of an error nobody planned."""
    lines = server.log.read_text(errors="replace").splitlines()
    return [line for line in lines if '"level": "error"' in line or "Traceback" in line]


def main() -> int:
    """Run as each role after the other and print one JSON object a role."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=LONG_EXAMPLES, help="cases an operation and phase")
    parser.add_argument("--who", choices=WHO, nargs="*", default=WHO, help="as whom")
    parser.add_argument("--database-url", help="an empty PostgreSQL database in the place of SQLite")
    wanted = parser.parse_args()
    failed = False
    for who in wanted.who:
        with (
            tempfile.TemporaryDirectory() as folder,
            live_server(Path(folder), wanted.database_url) as server,
        ):
            outcome = fuzz(server, who, ["--max-examples", str(wanted.examples)], LONG_LIMIT_S)
            errors = errors_of_ours(server)
        sys.stdout.write(
            json.dumps({"who": who, "cases": outcome.cases, "failed": bool(outcome.failures)}) + "\n"
        )
        sys.stdout.flush()
        sys.stderr.write(outcome.failures + "\n".join(errors))
        failed = failed or bool(outcome.failures or errors)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
