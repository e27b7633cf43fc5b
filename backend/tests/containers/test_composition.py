"""`docker compose --profile pbx up`, used from outside: by telephone, by HTTP, by whoever pulls plugs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import httpx
import pytest
import pytest_asyncio

from containerlab.composition import Composition, eventually
from containerlab.engine import Engine
from pbxlab.telephone.digest import Account
from pbxlab.telephone.telephone import Telephone
from tests.containers.scene import (
    RECOVERY_TIMEOUT_S,
    answered_and_greeted,
    answered_write,
    becomes_ready,
    becomes_unready,
    connection_state,
    finished_run,
    is_understood,
    workflow_names,
)

pytestmark = [pytest.mark.containers, pytest.mark.timeout(600)]

CONNECT_TIMEOUT_S = 60.0
OUTAGE_S = 10.0
OWN_USER = "10001"


@pytest.fixture(scope="module")
def admin(composition: Composition) -> Iterator[httpx.Client]:
    with closing(composition.signed_in()) as browser:
        yield browser


@pytest.fixture(scope="module")
def connected(composition: Composition, admin: httpx.Client) -> Composition:
    eventually(
        lambda: connection_state(admin), lambda s: s == "connected", "the connection", CONNECT_TIMEOUT_S
    )
    return composition


@pytest_asyncio.fixture(loop_scope="module")
async def telephone(connected: Composition) -> AsyncIterator[Telephone]:
    account = Account("6001", connected.printed_password("telephone 6001"))
    address = connected.gateway
    async with Telephone((address, connected.sip_port), host=address, account=account) as telephone:
        yield telephone


@pytest.mark.asyncio(loop_scope="module")
async def test_an_extension_answers_and_the_run_is_there(telephone: Telephone, admin: httpx.Client) -> None:
    call = await answered_and_greeted(telephone)
    await is_understood(call)
    await call.hang_up()
    run = await asyncio.to_thread(finished_run, admin)
    assert (run["outcome"], run["direction"], run["to"]) == ("caller_hung_up", "inbound", "8000")
    assert any("cannot help" in turn["text"] for turn in run["transcript"] if turn["speaker"] == "agent")
    recording = await asyncio.to_thread(admin.get, f"/runs/{run['id']}/recording")
    assert recording.status_code == 200
    assert len(recording.content) > 50_000


@pytest.mark.asyncio(loop_scope="module")
async def test_a_telephone_with_a_wrong_password_is_turned_away(connected: Composition) -> None:
    address = connected.gateway
    stranger = Account("6001", "not-the-password")
    async with Telephone((address, connected.sip_port), host=address, account=stranger) as telephone:
        call = await telephone.dial("8000")
        end = await call.ended()
    assert end.code in (401, 403)


def test_every_check_of_the_connection_passes_but_that_no_telephone_registered(
    connected: Composition, admin: httpx.Client
) -> None:
    (configuration,) = admin.get("/telephony-configurations").json()["items"]
    path = f"/telephony-configurations/{configuration['id']}/diagnostics"
    steps = admin.post(path, json={}, timeout=60).json()["steps"]
    assert len(steps) > 30
    assert [step["id"] for step in steps if step["state"] == "failed"] == ["endpoints_online"]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_stop_lets_the_call_that_is_up_end_by_itself(
    connected: Composition, telephone: Telephone, admin: httpx.Client
) -> None:
    call = await answered_and_greeted(telephone)
    stopping = asyncio.create_task(asyncio.to_thread(connected.compose, "stop", "app"))
    await becomes_unready(connected)
    await is_understood(call)
    await call.hang_up()
    await stopping
    assert connected.inspect("app")["State"]["ExitCode"] == 0
    await asyncio.to_thread(connected.compose, "start", "app")
    await becomes_ready(connected)
    run = await asyncio.to_thread(finished_run, admin)
    assert run["outcome"] == "caller_hung_up"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_caller_hears_the_agent_again_after_the_product_was_killed(
    connected: Composition, telephone: Telephone, admin: httpx.Client
) -> None:
    call = await answered_and_greeted(telephone)
    await asyncio.to_thread(connected.engine.docker, "kill", connected.container("app"))
    killed_at = time.time()
    await asyncio.to_thread(connected.compose, "start", "app")
    await call.hears_audio(RECOVERY_TIMEOUT_S, since=killed_at)
    await call.hears_silence(900)
    await is_understood(call)
    await call.hang_up()
    run = await asyncio.to_thread(finished_run, admin)
    assert run["outcome"] == "caller_hung_up"


@pytest.mark.asyncio(loop_scope="module")
async def test_calls_go_on_while_the_database_is_away(
    connected: Composition, telephone: Telephone, admin: httpx.Client
) -> None:
    call = await answered_and_greeted(telephone)
    before = [answered_write(admin, f"before {number}") for number in range(20)]
    await asyncio.to_thread(connected.engine.docker, "kill", connected.container("db"))
    killed_at = time.monotonic()
    assert "database" in await becomes_unready(connected)
    await is_understood(call)
    during = [answered_write(admin, f"during {number}") for number in range(3)]
    await asyncio.sleep(
        max(0.0, OUTAGE_S - (time.monotonic() - killed_at))
    )  # the outage, not a wait for something
    await is_understood(call)
    await asyncio.to_thread(connected.engine.docker, "start", connected.container("db"))
    await becomes_ready(connected)
    await is_understood(call)
    await call.hang_up()
    run = await asyncio.to_thread(finished_run, admin)
    assert run["outcome"] == "caller_hung_up"
    assert sum("cannot help" in turn["text"] for turn in run["transcript"]) >= 3
    answered = {name for name in [*before, *during] if name is not None}
    assert len(before) == 20
    assert answered <= workflow_names(admin)


def test_the_product_runs_as_a_user_of_its_own_on_a_read_only_system(connected: Composition) -> None:
    for service in ("app", "pbx"):
        state = connected.inspect(service)
        assert state["HostConfig"]["ReadonlyRootfs"]
        assert state["HostConfig"]["CapDrop"] == ["ALL"]
        who = connected.engine.docker("exec", connected.container(service), "id", "-u").strip()
        assert who == OWN_USER


def test_no_secret_is_in_a_layer_or_a_log(connected: Composition) -> None:
    engine = connected.engine
    shown = engine.docker("exec", connected.container("app"), "sh", "-c", "cat /secrets/*")
    secrets = [part for line in shown.split() for part in line.split(":") if len(part) >= 16]
    assert len(secrets) == 4
    layers = engine.docker("history", "--no-trunc", "asisso:latest") + engine.docker(
        "inspect", "asisso:latest"
    )
    logs = "".join(connected.logs(service) for service in ("app", "migrate", "connect", "pbx", "db"))
    environment = json.dumps(
        [connected.inspect(service)["Config"]["Env"] for service in ("app", "db", "pbx")]
    )
    for secret in secrets:
        assert secret not in layers + logs + environment
    inside = engine.docker(
        "run",
        "--rm",
        "--entrypoint",
        "sh",
        "asisso:latest",
        "-c",
        "find /opt /data /usr/local -name '.env*' -o -name '*.key'",
    )
    assert inside.strip() == ""


def test_nothing_is_left_when_all_is_taken_down(built: Composition, engine: Engine) -> None:
    other = Composition(engine)
    other.compose("up", "--detach", "--no-build", "db")
    other.compose("down", "--volumes", "--timeout", "20")
    assert other.leftovers() == {}
