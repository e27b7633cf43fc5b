"""Where a caller can be sent. Pure data; made by `control` from what an agent or a person asks for."""

from __future__ import annotations

from dataclasses import dataclass

from asisso.agents.control import ToDialplan


@dataclass(frozen=True, slots=True)
class ToTarget:
    """To another telephone, through our bridge.

    Attributes:
        endpoint: what Asterisk dials, e.g. `PJSIP/6001`.
        caller_id: what the target's telephone shows; empty: the caller's own number.
        briefing: told to the target, out of the caller's hearing, before the two are joined; empty: blind transfer.
        must_confirm: the target has to press 1 to take the call, so that no voicemail takes it.
    """

    endpoint: str
    ring_timeout_ms: int
    caller_id: str = ""
    briefing: str = ""
    must_confirm: bool = False


@dataclass(frozen=True, slots=True)
class ToReferral:
    """By SIP REFER: the caller's own telephone or trunk calls the endpoint, if it honours that."""

    endpoint: str


__all__ = ["ToDialplan", "ToReferral", "ToTarget", "TransferPlan"]

TransferPlan = ToTarget | ToDialplan | ToReferral
