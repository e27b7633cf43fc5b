"""The worker of one connection, where its supervision matters: nothing may end it but its own owner."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from asisso.asterisk.ari.errors import AriError, AriUnauthorized, AriUnreachable
from asisso.asterisk.ari.rest import AriAddress, AriClient
from asisso.calls.directory import Directory
from asisso.calls.plan import CallServices
from asisso.runtime.ari_worker import AriWorker, Target
from asisso.runtime.connection import Connection
from asisso.runtime.recovery import Recovery
from asisso.services.telephony import ConnectionState

pytestmark = pytest.mark.unit

NOTHING_LEFT = cast("Recovery", SimpleNamespace(waits_for=lambda _: False))


@pytest.fixture
def attempts() -> asyncio.Queue[None]:
    return asyncio.Queue()


async def state_after_an_attempt_with(
    failure: Exception, attempts: asyncio.Queue[None], monkeypatch: pytest.MonkeyPatch
) -> tuple[ConnectionState, str | None, bool]:
    """State and reason of a connection whose first request fails so, and whether it is tried again when asked."""

    async def fail(_: AriClient) -> Any:
        attempts.put_nowait(None)
        raise failure

    monkeypatch.setattr(AriClient, "system_info", fail)
    connection = Connection("c1", "node", lambda: None)
    services = cast("CallServices", SimpleNamespace(directory=Directory()))
    worker = AriWorker(
        Target("c1", AriAddress("http://pbx", "u", "p"), "app"), services, connection, NOTHING_LEFT
    )
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(5):
        await attempts.get()
        worker.reconnect()
        await attempts.get()
    status = connection.status(0)
    is_running = not running.done()
    running.cancel()
    await asyncio.wait([running])
    return status.state, status.reason, is_running


async def test_error_of_ours_is_shown_and_tried_again(
    attempts: asyncio.Queue[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    state, reason, is_running = await state_after_an_attempt_with(ValueError("bug"), attempts, monkeypatch)

    assert state is not ConnectionState.CONNECTED
    assert reason is not None
    assert "error of this server" in reason
    assert is_running


@pytest.mark.parametrize("failure", [AriUnreachable("refused"), AriUnauthorized(401, "no")])
async def test_failed_connection_is_tried_again_when_a_person_asks(
    attempts: asyncio.Queue[None], monkeypatch: pytest.MonkeyPatch, failure: AriError
) -> None:
    _, reason, is_running = await state_after_an_attempt_with(failure, attempts, monkeypatch)

    assert reason
    assert is_running
