"""Errors as they are answered."""

from __future__ import annotations

from asisso.api.schemas.base import Output


class ErrorBody(Output):
    """`code` is for programs, `detail` a sentence a person can act on."""

    code: str
    detail: str


class Fault(Output):
    """One thing wrong with the input: `loc` says where, `msg` what."""

    type: str
    loc: list[str | int]
    msg: str


class ValidationErrorBody(Output):
    """Everything wrong with the input."""

    code: str
    detail: list[Fault]
