"""What an agent may do with its call besides talking: keys, hold, transfers. The call offers it as `Line.control`.

Pure data and an interface; `calls.control` is the implementation, `tools` the form for language models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

DEFAULT_RING_TIMEOUT_S: Final = 25
DEFAULT_BRIEFING: Final = "There is a caller for you."


@dataclass(frozen=True, slots=True)
class ToTelephone:
    """To another telephone, joined with the caller in our bridge.

    Attributes:
        to: a number, which the telephony configuration's dial template makes an endpoint of, or an endpoint such as
            `PJSIP/6001`.
        briefing: told to whoever answers, while the caller hears music; empty joins the two at once.
        must_confirm: whoever answers has to press 1 to take the call, 2 to refuse it.
        caller_id: what the telephone shows; empty: the caller's own number.
    """

    to: str
    briefing: str = ""
    must_confirm: bool = False
    ring_timeout_s: int = DEFAULT_RING_TIMEOUT_S
    caller_id: str = ""


@dataclass(frozen=True, slots=True)
class ToDialplan:
    """Back to Asterisk's dialplan; the call is no longer ours. Variables are set on the channel before."""

    context: str
    extension: str
    priority: int = 1
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToReferral:
    """By SIP REFER: the caller's own telephone or trunk is told to call somebody else, if it honours that."""

    to: str


Destination = ToTelephone | ToDialplan | ToReferral


class ControlFailed(Exception):
    """What was asked of the call could not be done; the conversation goes on.

    Attributes:
        code: snake_case constant for programs.
        retryable: whether the same wish may succeed a moment later.
    """

    def __init__(self, reason: str, *, code: str, retryable: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.retryable = retryable


class CallControl(Protocol):
    """Every method waits until Asterisk has done it, within limits, and raises `ControlFailed` when it can't."""

    async def send_digits(self, digits: str) -> None:
        """Press keys (0-9, A-D, *, #) towards the caller's telephone."""

    async def hold(self) -> None:
        """Let the caller hear music; neither side hears the other. A second time changes nothing."""

    async def resume(self) -> None:
        """Bring the caller back from the music."""

    async def transfer(self, destination: Destination) -> None:
        """Send the caller to somebody else.

        Returns only when that is done, and then the agent's conversation is over. Fails with the reason (`busy`,
        nobody answered, ...) when the caller is back with the agent.
        """
