"""The kinds of PBX, and the fields of their forms."""

from __future__ import annotations

from pydantic import Field

from asisso.api.schemas.base import Output
from asisso.services.providers import FieldType
from asisso.vocabulary import Provider


class ChoiceOut(Output):
    """One value of a `choice` field."""

    value: str = Field(examples=["refuse"])
    label: str = Field(examples=["Refuse it"])


class FormFieldOut(Output):
    """`name` is the field of the telephony configuration; a `list` field holds several texts.

    A form may fold `advanced` fields away; a new configuration begins with each field's `default`.
    """

    name: str = Field(examples=["app_name"])
    label: str = Field(examples=["Stasis App Name"])
    type: FieldType = Field(examples=["text"])
    required: bool
    secret: bool = Field(examples=[False])
    help: str = Field(examples=["The name of the user's section in ari.conf."])
    example: str = Field(examples=["asisso"])
    advanced: bool = Field(examples=[False])
    default: str | int | bool | None = Field(examples=[None])
    choices: list[ChoiceOut] = Field(examples=[[]])
    minimum: int | None = Field(examples=[None])
    maximum: int | None = Field(examples=[None])


class TelephonyProviderOut(Output):
    """A kind of PBX, and the fields of its form."""

    provider: Provider
    name: str = Field(examples=["Asterisk ARI"])
    description: str = Field(examples=["An Asterisk PBX of your own."])
    fields: list[FormFieldOut]
