"""The doctor on a PBX in use, by the command line, by itself, and what it tells when the PBX changes under it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import pytest
import pytest_asyncio

from bench.product import Product
from bench.stage import Stage, eventually
from pbxlab.telephone import Telephone
from tests.pbx.clinic import Clinic
from tests.pbx.doctor_load import run_doctor_under_calls
from tests.pbx.stages import OpenStage, add_number, changed

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

IS_LONG = os.environ.get("LONG") == "1"
CALLS, RUNS = (20, 50) if IS_LONG else (8, 10)
"""`make load` takes the long form."""

NOTICED_WITHIN_S = 15.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clinic(lab: Stage) -> Clinic:
    """The module's PBX, on the generated files alone; 8001 leads to an agent that echoes."""
    await add_number(lab, "8001", agent={"kind": "echo"})
    clinic = await Clinic.open(lab)
    await clinic.restart()
    await lab.api.post(f"{lab.path}/reconnect")
    await lab.becomes("connected")
    return clinic


@pytest.mark.timeout(180 if IS_LONG else 60)
async def test_calls_do_not_notice_it(clinic: Clinic, telephone: Telephone) -> None:
    outcome = await run_doctor_under_calls(clinic, telephone, CALLS, RUNS)
    sys.stdout.write(f"{outcome}\n")

    assert outcome.dropped == 0
    assert outcome.verdicts == {"healthy"}
    assert outcome.during.median_ms < 25, "audio comes at its pace"
    assert outcome.during.p99_ms < max(3 * outcome.before.p99_ms, 100), "and without new gaps"
    await clinic.on.asterisk.ari.empty()
    assert await clinic.on.asterisk.ari.applications() == ["asisso"]
    assert clinic.on.asterisk.is_running


async def test_what_changes_on_the_pbx_is_noticed(clinic: Clinic) -> None:
    await clinic.diagnose()
    text = clinic.changed("websocket_client.conf", "/ws/ari", "/ws/twilio")
    async with clinic.broken(websocket_client_conf=text, without_module="codec_alaw"):
        kept = await _kept_when(clinic, lambda kept: bool(kept["drift"]))
        told = " ".join(kept["drift"])
        assert "The module codec_alaw is not running" in told
        assert "Changed: uri of [asisso], from " in told
        assert kept["compared_at"] is not None
    await clinic.on.api.post(f"{clinic.on.path}/reconnect")
    await clinic.on.becomes("connected")
    await _kept_when(clinic, lambda kept: not kept["drift"])


async def test_needed_person_finds_the_cause_already_there(product: Product, open_stage: OpenStage) -> None:
    def read_only(files: dict[str, str]) -> dict[str, str]:
        return files | {"ari.conf": files["ari.conf"].replace("read_only = no", "read_only = yes")}

    on = await open_stage(product, files=read_only)
    kept = await _kept_when(await Clinic.open(on), lambda kept: kept["trigger"] == "needs_attention")
    assert "may only read" in kept["verdict"]


class TestCommandLine:
    async def test_running_server_is_asked(self, clinic: Clinic) -> None:
        name = (await clinic.on.api.get(clinic.on.path))["name"]
        status, out = await asisso_doctor(clinic.on.product, name, "--json")
        result = json.loads(out)
        assert (status, result["verdict"].startswith("Everything is in order")) == (0, True), out
        assert {s["id"]: s["state"] for s in result["steps"]}["media_audio"] == "ok"
        keys = (await clinic.on.api.get("/api-keys"))["items"]
        assert [key["name"] for key in keys] == ["bench"], "its own key is gone"

    async def test_failure_is_told_with_its_instructions_and_in_the_status(self, clinic: Clinic) -> None:
        async with changed(clinic.on, ws_client_name="elsewhere"):
            status, out = await asisso_doctor(clinic.on.product, clinic.on.configuration_id)
        assert status == 1
        assert "FAILED  Asterisk has the WebSocket client (client_exists)" in out
        assert '$ asterisk -rx "module reload res_websocket_client.so"' in out

    async def test_without_a_server_the_rest_is_checked_from_the_shell(self, clinic: Clinic) -> None:
        status, out = await asisso_doctor(clinic.on.product, clinic.on.configuration_id, "--json", PORT="1")
        result = json.loads(out)
        states = {s["id"]: s["state"] for s in result["steps"]}
        assert (status, states["server"], states["write_right"]) == (1, "failed", "ok")
        assert states["media_audio"] == states["dialplan_leads"] == "skipped", "nothing is made on the PBX"


async def test_refused_call_is_looked_into_by_itself(clinic: Clinic, telephone: Telephone) -> None:
    # Last in the file: what was refused within the hour stays a warning.
    text = clinic.generated["extensions.conf"] + "exten => 8999,1,Stasis(asisso)\n same => n,Hangup()\n"
    async with clinic.broken(extensions_conf=text):
        await clinic.on.api.post(f"{clinic.on.path}/reconnect")
        await clinic.on.becomes("connected")
        await (await telephone.dial("8999")).ended()
        kept = await _kept_when(clinic, lambda kept: kept["trigger"] == "refused_call")
        assert "8999" in kept["verdict"]


async def asisso_doctor(product: Product, *arguments: str, **settings: str) -> tuple[int, str]:
    """Run the command beside a server; gives its status and what it printed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ASISSO_")}
    own = {"DATA_DIR": str(product.data_dir), "PORT": str(product.port)} | settings
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "asisso", "doctor", *arguments),
        env=environment | {f"ASISSO_{name}": value for name, value in own.items()},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def _kept_when(clinic: Clinic, is_so: Any) -> dict[str, Any]:
    kept: dict[str, Any] = await eventually(
        lambda: clinic.on.api.get(f"{clinic.on.path}/diagnostics"), is_so, "a kept result", NOTICED_WITHIN_S
    )
    return kept
