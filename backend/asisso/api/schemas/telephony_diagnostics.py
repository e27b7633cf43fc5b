"""Checks of a connection: values to try, and what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from asisso.api.schemas.base import Input, Output
from asisso.api.schemas.telephony_configurations import (
    AriEndpoint,
    ClientName,
    DialTemplate,
    Extensions,
)
from asisso.asterisk.diagnostics.steps import StepState
from asisso.db.models import DiagnosisTrigger, MediaFormatName

Context = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]+$", max_length=79)]
Contexts = Annotated[list[Context], Field(max_length=5)]
UncheckedName = Annotated[str, Field(min_length=1, max_length=64)]
UncheckedSecret = Annotated[str, Field(max_length=500)]


class DiagnosticsRequest(Input):
    """`contexts`: where in the dialplan callers arrive; the usual ones when empty."""

    contexts: Contexts = Field(default=[])


class ConnectionTrial(Input):
    """Values of the form that are not stored.

    `configuration_id` names the configuration being edited: its password is used where none is given. Spaces around
    the credentials are let through: saying so is what the check is for.
    """

    configuration_id: str | None = None
    ari_endpoint: AriEndpoint
    app_name: UncheckedName
    ari_username: UncheckedName | None = None
    app_password: UncheckedSecret = ""
    ws_client_name: ClientName = ""
    from_extensions: Extensions = Field(default=[])
    dial_template: DialTemplate = "PJSIP/{number}"
    media_format: MediaFormatName = MediaFormatName.SLIN16


class EditOut(Output):
    """A file to change: the lines of its section, its name first; no lines: the generated file as it stands."""

    path: str
    lines: list[str]


class DiagnosticStepOut(Output):
    """One check: `detail` says what was seen, `fix` and `edit` what to change, `commands` what to run then."""

    id: str
    title: str
    state: StepState
    detail: str
    fix: str
    commands: list[str]
    edit: EditOut | None


class DiagnosticsOut(Output):
    """A result: `verdict` names the first cause, `drift` what regular looks saw change or go wrong since."""

    steps: list[DiagnosticStepOut]
    verdict: str
    trigger: DiagnosisTrigger | None
    checked_at: datetime | None
    duration_ms: int
    drift: list[str]
    compared_at: datetime | None
