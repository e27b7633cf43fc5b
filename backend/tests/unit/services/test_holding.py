"""Who holds the application, as a check finds it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from asisso.asterisk.ari.failures import APPLICATION_TAKEN
from asisso.asterisk.diagnostics.subject import Holder
from asisso.services import holding
from asisso.services.holding import settled
from asisso.services.telephony import ConnectionState
from tests.fakes.telephony import FakeTelephony, connection_status

pytestmark = pytest.mark.unit


def telephony_in(state: ConnectionState) -> FakeTelephony:
    return FakeTelephony(statuses={"c": connection_status(state, reason="Because.")})


async def test_a_connected_configuration_is_ours() -> None:
    telephony = telephony_in(ConnectionState.CONNECTED)
    assert (await settled(telephony, "c", is_enabled=True)).holder is Holder.US
    assert telephony.reconnected == []


async def test_a_disabled_configuration_does_not_connect() -> None:
    telephony = telephony_in(ConnectionState.DISABLED)
    assert (await settled(telephony, "c", is_enabled=False)).holder is Holder.NOBODY_OF_US


@pytest.mark.parametrize("state", [ConnectionState.RETRYING, ConnectionState.NEEDS_ATTENTION])
async def test_a_waiting_connection_is_tried_now_and_awaited(state: ConnectionState) -> None:
    telephony = telephony_in(state)
    asking = asyncio.create_task(settled(telephony, "c", is_enabled=True))
    await asyncio.sleep(0)
    assert telephony.reconnected == ["c"]
    telephony.statuses["c"] = connection_status(ConnectionState.CONNECTED)
    assert (await asking).holder is Holder.US


async def test_a_connection_that_does_not_come_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "CONNECT_PATIENCE_S", 0.0)
    found = await settled(telephony_in(ConnectionState.RETRYING), "c", is_enabled=True)
    assert (found.holder, found.reason) == (Holder.CONNECTING, "Because.")


async def test_an_application_that_was_taken_is_not_taken_back() -> None:
    telephony = telephony_in(ConnectionState.NEEDS_ATTENTION)
    telephony.statuses["c"] = replace(telephony.statuses["c"], code=APPLICATION_TAKEN)
    assert (await settled(telephony, "c", is_enabled=True)).holder is Holder.LOST_TO_ANOTHER
    assert telephony.reconnected == []
