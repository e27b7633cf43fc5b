"""Errors as they are answered: one schema for each status, with the codes there are.

A code is part of the interface: it is added here when it is first raised, and never changes its meaning.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from asisso.api.schemas.base import Output


class ErrorBody(Output):
    """`code` is for programs, `detail` a sentence a person can act on."""

    code: str
    detail: str


class NotAuthenticatedError(ErrorBody):
    """The request has no credentials, or wrong ones."""

    code: Literal[
        "account_disabled",
        "not_authenticated",
        "invalid_credentials",
        "session_expired",
        "invalid_api_key",
        "api_key_expired",
    ] = Field(examples=["not_authenticated"])
    detail: str = Field(examples=["Sign in, or send an X-API-Key header."])


class ForbiddenError(ErrorBody):
    """Whoever asks may not do this."""

    code: Literal["forbidden", "cross_site_request", "metrics_are_local", "person_required"] = Field(
        examples=["forbidden"]
    )
    detail: str = Field(examples=["This needs the role admin."])


class NotFoundError(ErrorBody):
    """There is no such thing, or it is another organization's."""

    code: Literal[
        "not_found",
        "organization_not_found",
        "api_key_not_found",
        "delivery_not_found",
        "invitation_not_found",
        "phone_number_not_found",
        "recording_not_found",
        "run_not_found",
        "session_not_found",
        "telephony_configuration_not_found",
        "test_not_found",
        "user_not_found",
        "webhook_not_found",
        "workflow_not_found",
    ] = Field(examples=["workflow_not_found"])
    detail: str = Field(examples=["There is no such workflow."])


class ConflictError(ErrorBody):
    """The request is in conflict with what is there."""

    code: Literal[
        "address_taken",
        "application_taken",
        "call_ended",
        "call_not_live",
        "call_not_talking",
        "conflict",
        "delivery_pending",
        "email_taken",
        "last_administrator",
        "name_taken",
        "no_telephony_configuration",
        "pbx_refused",
        "setup_done",
        "telephony_configuration_disabled",
        "telephony_configuration_in_use",
        "telephony_configuration_not_connected",
        "tests_failed",
        "too_many_tests",
        "too_many_webhooks",
        "transfer_under_way",
        "user_disabled",
        "webhook_disabled",
        "workflow_in_use",
    ] = Field(examples=["workflow_in_use"])
    detail: str = Field(
        examples=["Reception answers the phone number 8000. Give them another workflow first."]
    )


class TooLargeError(ErrorBody):
    """The request's body is larger than this server takes."""

    code: Literal["too_large"] = Field(examples=["too_large"])
    detail: str = Field(examples=["The request is too large."])


class RangeError(ErrorBody):
    """The range begins behind the end of the recording."""

    code: Literal["range_not_satisfiable"] = Field(examples=["range_not_satisfiable"])
    detail: str = Field(examples=["The recording has 128044 bytes so far."])


class TooManyRequestsError(ErrorBody):
    """Too many attempts, or a limit is reached; `Retry-After` says when to try again."""

    code: Literal["too_many_requests", "quota_exceeded", "too_many_calls_started", "too_many_listeners"] = (
        Field(examples=["too_many_requests"])
    )
    detail: str = Field(examples=["Too many attempts; try again in 30 seconds."])


class UnavailableError(ErrorBody):
    """Not now; another time."""

    code: Literal[
        "unavailable",
        "database_unavailable",
        "draining",
        "models_not_ready",
        "no_capacity",
        "secret_key_changed",
        "trial_took_too_long",
    ] = Field(examples=["database_unavailable"])
    detail: str = Field(examples=["The database did not answer. Try again in a moment."])


class Fault(Output):
    """One thing wrong with the input: `loc` says where, `msg` what."""

    type: str = Field(examples=["string_too_long"])
    loc: list[str | int] = Field(examples=[["body", "name"]])
    msg: str = Field(examples=["String should have at most 100 characters"])


class InvalidInputError(Output):
    """Everything wrong with the input."""

    code: Literal["validation_error", "invalid_workflow"] = Field(examples=["validation_error"])
    detail: list[Fault]


ERROR_OF_STATUS: dict[int, type[ErrorBody] | type[InvalidInputError]] = {
    401: NotAuthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    413: TooLargeError,
    416: RangeError,
    422: InvalidInputError,
    429: TooManyRequestsError,
    503: UnavailableError,
}
