"""What is known of a call's way, from the channel that arrived to the workflow that answers it. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asisso.vocabulary import AddressType, MediaFormatName, OnFailure, Outcome

from .machine import CAUSE_BUSY, CAUSE_CONGESTION, CAUSE_SUBSCRIBER_ABSENT, CAUSE_UNALLOCATED

RELEASE_CAUSES = {
    Outcome.REFUSED_NO_NUMBER: CAUSE_UNALLOCATED,
    Outcome.REFUSED_NO_WORKFLOW: CAUSE_SUBSCRIBER_ABSENT,
    Outcome.REFUSED_INACTIVE: CAUSE_SUBSCRIBER_ABSENT,
    Outcome.REFUSED_QUOTA: CAUSE_BUSY,
    Outcome.REFUSED_CAPACITY: CAUSE_CONGESTION,
}
"""What a refused caller's channel is hung up with; Asterisk makes SIP 404, 480, 480, 486 and 503 of them."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A channel that entered our Stasis application.

    Attributes:
        variables: channel variables the PBX sends with its events (`channelvars` in ari.conf).
        arguments: what the dialplan gave to Stasis() behind the application's name.
    """

    configuration_id: str
    channel_id: str
    caller_number: str
    caller_name: str
    called_number: str
    variables: dict[str, str]
    arguments: tuple[str, ...] = ()

    @property
    def context(self) -> dict[str, Any]:
        """The run's context: the guide's five fields first."""
        return {
            "caller_number": self.caller_number,
            "called_number": self.called_number,
            "direction": "inbound",
            "call_id": self.channel_id,
            "provider": "ari",
            "caller_name": self.caller_name,
            "telephony_configuration_id": self.configuration_id,
            "channel_variables": self.variables,
            "dialplan_arguments": list(self.arguments),
            "sip_headers": {},
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is not served.

    Attributes:
        detail: a sentence for the administrator.
        warning: the event for the log, without the caller's data.
    """

    outcome: Outcome
    detail: str
    warning: str

    @property
    def reason(self) -> str:
        """The outcome in a word: no_number, no_workflow, inactive, quota, capacity."""
        return self.outcome.removeprefix("refused_")

    @property
    def release_cause(self) -> int:
        return RELEASE_CAUSES[self.outcome]


@dataclass(frozen=True, slots=True)
class Limits:
    """What an organization may use; None is no limit."""

    organization_id: str
    max_concurrent_calls: int | None
    monthly_minutes: int | None


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a call needs of its telephony configuration.

    Attributes:
        channel_variables, sip_headers: what of the caller's channel goes into the run's context.
    """

    id: str
    name: str
    is_enabled: bool
    ws_client_name: str
    media_format: MediaFormatName
    media_username: str
    require_media_credentials: bool
    dial_template: str
    on_failure: OnFailure
    channel_variables: list[str]
    sip_headers: list[str]


@dataclass(frozen=True, slots=True)
class Number:
    """The phone number that took the call."""

    id: str
    address: str
    address_normalized: str
    address_type: AddressType
    is_active: bool


@dataclass(frozen=True, slots=True)
class PublishedWorkflow:
    """The version the call runs to its end, whatever is published meanwhile.

    Attributes:
        agent: without its secrets, which `agent_secrets_encrypted` holds, sealed for the row `version_id`.
    """

    id: str
    version: int
    definition: dict[str, Any]
    agent: dict[str, Any]
    version_id: str = ""
    agent_secrets_encrypted: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one call, as it was when the call arrived; edits never touch running calls."""

    limits: Limits
    configuration: Configuration
    number: Number | None = None
    workflow: PublishedWorkflow | None = None
    refusal: Refusal | None = None
