"""The kinds of PBX, and the fields of their forms."""

from __future__ import annotations

from asisso.api.schemas.base import Output
from asisso.services.providers import FieldType
from asisso.vocabulary import Provider


class ChoiceOut(Output):
    value: str
    label: str


class FormFieldOut(Output):
    """`name` is the field of the telephony configuration; a `list` field holds several texts.

    A form may fold `advanced` fields away; a new configuration begins with each field's `default`.
    """

    name: str
    label: str
    type: FieldType
    required: bool
    secret: bool
    help: str
    example: str
    advanced: bool
    default: str | int | bool | None
    choices: list[ChoiceOut]
    minimum: int | None
    maximum: int | None


class TelephonyProviderOut(Output):
    provider: Provider
    name: str
    description: str
    fields: list[FormFieldOut]
