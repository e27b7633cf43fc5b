"""The controls of a call as a language model's tools."""

from __future__ import annotations

from typing import Any

import pytest

from asisso.agents.control import ControlFailed, Destination, ToDialplan, ToReferral, ToTelephone
from asisso.agents.tools import TOOLS, describe_tools, use_tool

pytestmark = pytest.mark.unit


class Control:
    """A call that does what it is asked, or says why not."""

    def __init__(self, failure: str = "") -> None:
        self.done: list[object] = []
        self._failure = failure

    async def _do(self, what: object) -> None:
        if self._failure:
            raise ControlFailed(self._failure, code="transfer_failed", retryable=True)
        self.done.append(what)

    async def send_digits(self, digits: str) -> None:
        await self._do(digits)

    async def hold(self) -> None:
        await self._do("hold")

    async def resume(self) -> None:
        await self._do("resume")

    async def transfer(self, destination: Destination) -> None:
        await self._do(destination)


@pytest.mark.parametrize(
    ("name", "arguments", "done"),
    [
        ("send_digits", {"digits": "12#"}, "12#"),
        ("hold_caller", {}, "hold"),
        ("resume_caller", {}, "resume"),
        ("transfer_call", {"to": "6001"}, ToTelephone("6001")),
        (
            "transfer_call",
            {"to": "6001", "mode": "attended", "briefing": "Ada."},
            ToTelephone("6001", briefing="Ada."),
        ),
        ("transfer_call", {"to": "6001", "mode": "refer"}, ToReferral("6001")),
        (
            "hand_back_call",
            {"context": "desk", "extension": "200", "variables": {"A": "1"}},
            ToDialplan("desk", "200", variables={"A": "1"}),
        ),
    ],
)
async def test_a_tool_does_what_it_says(name: str, arguments: dict[str, Any], done: object) -> None:
    control = Control()
    answer = await use_tool(control, name, arguments)
    assert control.done == [done]
    assert answer.endswith(".")


async def test_a_model_is_told_why_something_failed_and_whether_to_try_again() -> None:
    answer = await use_tool(Control("The line was busy."), "transfer_call", {"to": "6001"})
    assert "The line was busy." in answer
    assert "again" in answer


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("fly", {}, "transfer_call"),
        ("send_digits", {"digits": "one"}, "digits"),
        ("transfer_call", {}, "to"),
        ("hold_caller", {"why": "x"}, "why"),
    ],
)
async def test_a_model_is_told_what_was_wrong(name: str, arguments: dict[str, Any], told: str) -> None:
    control = Control()
    assert told in await use_tool(control, name, arguments)
    assert control.done == []


def test_every_tool_is_described() -> None:
    described = {tool["function"]["name"]: tool["function"] for tool in describe_tools()}
    assert described.keys() == TOOLS.keys()
    assert all(tool["description"] and tool["parameters"]["type"] == "object" for tool in described.values())
