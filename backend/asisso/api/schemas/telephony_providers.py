"""The kinds of PBX, and the fields of their forms."""

from __future__ import annotations

from typing import Literal

from asisso.api.schemas.base import Output
from asisso.db.models import Provider


class FormFieldOut(Output):
    """`name` is the field of the telephony configuration; a `list` field holds several texts."""

    name: str
    label: str
    type: Literal["url", "text", "password", "list"]
    required: bool
    secret: bool
    help: str
    example: str


class TelephonyProviderOut(Output):
    provider: Provider
    name: str
    description: str
    fields: list[FormFieldOut]
