"""Forms of text that requests may carry, told to programs as a pattern and to people as a sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

MAX_DEPTH = 32
MAX_NUMBER = 2**53 - 1
"""The largest whole number that every JSON reader takes as it is."""

CONTROL = r"\x00-\x1f\x7f-\x9f"
WITHOUT_NUL = r"^[^\x00]*$"
"""PostgreSQL cannot keep the character NUL in a text."""


@dataclass(frozen=True, slots=True)
class Form:
    """An annotation of a `str`: what does not match is refused, and the pattern stands in the API's description.

    Attributes:
        pattern: whole texts, in the common subset of Python's and ECMAScript's regular expressions.
        message: what is wrong with a text that does not match.
    """

    pattern: str
    message: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self.pattern}

    def _check(self, text: str) -> str:
        # `$` would let a line's end pass.
        if re.fullmatch(self.pattern.removesuffix("$"), text) is None:
            raise ValueError(self.message)
        return text


AT_MOST_ONE_LINE = Form(rf"^[^{CONTROL}]*$", "must be one line")
ONE_LINE = Form(rf"^[^{CONTROL}]*[^\s{CONTROL}][^{CONTROL}]*$", "must not be empty, and must be one line")
NO_OUTER_SPACES = Form(
    rf"^[^\s{CONTROL}]([^{CONTROL}]*[^\s{CONTROL}])?$", "begins or ends with a space; leave it out"
)


def unbearable(value: object) -> str | None:
    """Why a JSON value can't be kept and given back as it came; None when it can.

    NUL and halves of surrogate pairs have no place in a database's text, NaN and Infinity are no JSON, and whole
    numbers beyond 2^53 are not the same in every reader.
    """
    return next(_faults(value, 0), None)


def _faults(value: object, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        yield f"is nested more than {MAX_DEPTH} deep"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _faults(key, depth + 1)
            yield from _faults(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _faults(inner, depth + 1)
    elif isinstance(value, str):
        if "\x00" in value:
            yield "holds the character NUL, which cannot be kept"
        elif not _is_encodable(value):
            yield "holds half a character (a lone surrogate)"
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield "holds a number that is not finite"
    elif isinstance(value, int) and abs(value) > MAX_NUMBER:
        yield f"holds a number beyond {MAX_NUMBER}"


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
