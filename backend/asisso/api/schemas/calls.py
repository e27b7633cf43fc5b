"""Making a call, and what can be asked of a live one."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, model_validator

from asisso.agents.control import (
    DEFAULT_BRIEFING,
    DEFAULT_RING_TIMEOUT_S,
    Destination,
    ToDialplan,
    ToReferral,
    ToTelephone,
)
from asisso.api.schemas.base import Id, Input, strip
from asisso.api.schemas.text import ONE_LINE
from asisso.services.calls import CallWish
from asisso.whole_number import WHOLE

MAX_CONTEXT_BYTES = 16_384


def _bounded(context: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(context)) > MAX_CONTEXT_BYTES:
        raise ValueError(f"is larger than {MAX_CONTEXT_BYTES} bytes")
    return context


Address = Annotated[str, Field(max_length=200, examples=["6001"]), ONE_LINE, AfterValidator(strip)]
RingTimeout = Annotated[int, Field(strict=True, ge=1, le=600), WHOLE]
Context = Annotated[
    dict[str, Any],
    Field(max_length=200, examples=[{"customer_id": "4711"}]),
    AfterValidator(_bounded),
]


class NewCall(Input):
    """An outbound call. `from` is the caller id the telephone shows; left out, the configuration's default."""

    # `from` is a word of the language, so the attribute needs another name.
    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, validate_by_name=False, validate_by_alias=True
    )

    workflow_id: Id
    to: Address = Field(examples=["6001", "+4930123456", "PJSIP/6001"])
    telephony_configuration_id: Id | None = Field(
        None, description="Left out: the default for outbound calls."
    )
    from_number: Annotated[str, Field(max_length=200, pattern=r"^[0-9A-Za-z+*#@_./\-]*$")] | None = Field(
        None, alias="from"
    )
    context: Context = Field(default={}, description="Given to the workflow beside the call's own facts.")
    ring_timeout_s: RingTimeout | None = Field(None, description="Left out: the configuration's.")

    def wish(self) -> CallWish:
        """What the service makes of it."""
        return CallWish(**self.model_dump(by_alias=False))


class Digits(Input):
    """Keys to press towards the caller's telephone."""

    digits: Annotated[str, Field(pattern=r"^[0-9A-Da-d*#]+$", max_length=64, examples=["42#"])]


class TransferMode(StrEnum):
    """`attended` briefs whoever answers first; `dialplan` hands the call back to Asterisk; `refer` asks the caller's
    own telephone to call somebody else."""

    BLIND = "blind"
    ATTENDED = "attended"
    DIALPLAN = "dialplan"
    REFER = "refer"


class Transfer(Input):
    """Where a caller is sent: `to` somebody, or for `dialplan` to `context`, `extension` and `priority`."""

    mode: TransferMode = TransferMode.BLIND
    to: Address | None = Field(None, examples=["6001", "PJSIP/6001"])
    briefing: Annotated[str, Field(max_length=1000)] = Field(
        DEFAULT_BRIEFING,
        description="Told to whoever answers an attended transfer, before the caller is put through.",
    )
    must_confirm: StrictBool = Field(
        False, description="Whoever answers an attended transfer has to press 1 to take the call."
    )
    ring_timeout_s: RingTimeout = DEFAULT_RING_TIMEOUT_S
    context: Annotated[str, Field(max_length=80)] | None = None
    extension: Annotated[str, Field(max_length=80)] | None = None
    priority: Annotated[int, Field(strict=True, ge=1, le=10_000), WHOLE] = 1
    variables: Annotated[
        dict[Annotated[str, Field(max_length=82)], Annotated[str, Field(max_length=1000)]],
        Field(max_length=50),
    ] = Field(default={}, description="Channel variables set before the dialplan goes on.")

    @model_validator(mode="after")
    def _has_a_destination(self) -> Self:
        if self.mode is TransferMode.DIALPLAN:
            if not self.context or not self.extension:
                raise ValueError("a transfer into the dialplan needs context and extension")
        elif not self.to:
            raise ValueError("a transfer needs to: whom to call")
        return self

    def destination(self) -> Destination:
        """What the call makes of it."""
        match self.mode:
            case TransferMode.DIALPLAN:
                return ToDialplan(self.context or "", self.extension or "", self.priority, self.variables)
            case TransferMode.REFER:
                return ToReferral(self.to or "")
            case TransferMode.BLIND:
                return ToTelephone(self.to or "", ring_timeout_s=self.ring_timeout_s)
            case TransferMode.ATTENDED:
                return ToTelephone(
                    self.to or "",
                    briefing=self.briefing.strip() or DEFAULT_BRIEFING,
                    must_confirm=self.must_confirm,
                    ring_timeout_s=self.ring_timeout_s,
                )
