"""Checks of a connection: values to try, and what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from asisso.api.schemas.base import Id, Input, Output
from asisso.api.schemas.telephony_configurations import (
    AriEndpoint,
    ClientName,
    DialTemplate,
    Extensions,
)
from asisso.asterisk.diagnostics.steps import StepState
from asisso.db.models import DiagnosisTrigger, MediaFormatName

Context = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]+$", max_length=79, examples=["from-internal"])]
Contexts = Annotated[list[Context], Field(max_length=5)]
UncheckedName = Annotated[str, Field(min_length=1, max_length=64, examples=["asisso"])]
UncheckedSecret = Annotated[str, Field(max_length=500, examples=["your_secure_password"])]


class DiagnosticsRequest(Input):
    """`contexts`: where in the dialplan callers arrive; the usual ones when empty."""

    contexts: Contexts = Field(default=[], examples=[["from-internal"]])


class ConnectionTrial(Input):
    """Values of the form that are not stored.

    `configuration_id` names the configuration being edited: its password is used where none is given. Spaces around
    the credentials are let through: saying so is what the check is for.
    """

    configuration_id: Id | None = None
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

    path: str = Field(examples=["/etc/asterisk/http.conf"])
    lines: list[str] = Field(examples=[["[general]", "enabled = yes"]])


class DiagnosticStepOut(Output):
    """One check: `detail` says what was seen, `fix` and `edit` what to change, `commands` what to run then."""

    id: str = Field(examples=["http"])
    title: str = Field(examples=["Asterisk's HTTP server answers"])
    state: StepState
    detail: str = Field(examples=["Asterisk 22.11.0 answers in 3 ms."])
    fix: str = Field(examples=[""])
    commands: list[str] = Field(examples=[["asterisk -rx 'http show status'"]])
    edit: EditOut | None = Field(examples=[None])


class DiagnosticsOut(Output):
    """A result: `verdict` names the first cause, `drift` what regular looks saw change or go wrong since."""

    steps: list[DiagnosticStepOut]
    verdict: str = Field(examples=["Everything works."])
    trigger: DiagnosisTrigger | None
    checked_at: datetime | None
    duration_ms: int
    drift: list[str] = Field(examples=[[]])
    compared_at: datetime | None
