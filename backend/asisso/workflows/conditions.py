"""The small language of an edge's `when`. Pure.

name                a value was gathered (and is not "no")
not name            there is none, or it is "no"
name == "value"     also !=, <, >, <=, >=; numbers compare as numbers, words without regard to capitals
a and b, a or b, (a or b) and c
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

MAX_DEPTH: Final = 50
"""Brackets and negations inside each other."""

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>\"[^\"]*\"|'[^']*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<sign>==|!=|<=|>=|<|>|\(|\))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*))"
)
_COMPARISONS: Final = ("==", "!=", "<", ">", "<=", ">=")
_KEYWORDS: Final = ("and", "or", "not")


class ConditionError(ValueError):
    """Not a condition; the text is a sentence that says where it breaks off."""


class Condition(Protocol):
    """Something that holds or does not."""

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether it does, with these values."""

    def names(self) -> Iterator[str]:
        """The names it looks at."""


@dataclass(frozen=True, slots=True)
class _Known:
    name: str

    def holds(self, values: Mapping[str, object]) -> bool:
        value = value_of(self.name, values)
        return value is not None and value is not False and value != ""

    def names(self) -> Iterator[str]:
        yield self.name


@dataclass(frozen=True, slots=True)
class _Name:
    name: str


@dataclass(frozen=True, slots=True)
class _Constant:
    value: str | float | bool


@dataclass(frozen=True, slots=True)
class _Comparison:
    left: _Name | _Constant
    sign: str
    right: _Name | _Constant

    def holds(self, values: Mapping[str, object]) -> bool:
        left, right = (_operand(side, values) for side in (self.left, self.right))
        if self.sign in ("==", "!="):
            return _is_equal(left, right) == (self.sign == "==")
        order = _order(left, right)
        if order is None:
            return False
        return {"<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}[self.sign]

    def names(self) -> Iterator[str]:
        yield from (side.name for side in (self.left, self.right) if isinstance(side, _Name))


@dataclass(frozen=True, slots=True)
class _Not:
    inner: Condition

    def holds(self, values: Mapping[str, object]) -> bool:
        return not self.inner.holds(values)

    def names(self) -> Iterator[str]:
        return self.inner.names()


@dataclass(frozen=True, slots=True)
class _Many:
    parts: tuple[Condition, ...]
    is_any: bool

    def holds(self, values: Mapping[str, object]) -> bool:
        held = (part.holds(values) for part in self.parts)
        return any(held) if self.is_any else all(held)

    def names(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.names()


def parse_condition(text: str) -> Condition:
    """Read a `when`.

    Raises:
        ConditionError: it is none.
    """
    return _Reader(text).read()


def value_of(name: str, values: Mapping[str, object]) -> object:
    """The value a name with dots leads to; None when there is none."""
    found: object = values
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0

    def read(self) -> Condition:
        condition = self._any()
        if self._peek() is not None:
            raise ConditionError(f"{self._here()} is not expected; join conditions with and, or.")
        return condition

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else _Many(tuple(parts), is_any=True)

    def _all(self) -> Condition:
        parts = [self._negation()]
        while self._take("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else _Many(tuple(parts), is_any=False)

    def _negation(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ConditionError(f"there are more than {MAX_DEPTH} brackets and nots.")
        try:
            if self._take("not"):
                return _Not(self._negation())
            if self._take("("):
                inner = self._any()
                if not self._take(")"):
                    raise ConditionError(f"a closing bracket is missing before {self._here()}.")
                return inner
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Condition:
        left = self._operand()
        sign = self._peek()
        if sign is None or sign.text not in _COMPARISONS or sign.kind != "sign":
            if isinstance(left, _Name):
                return _Known(left.name)
            raise ConditionError("a value alone is no condition; compare it with a name.")
        self._at += 1
        return _Comparison(left, sign.text, self._operand())

    def _operand(self) -> _Name | _Constant:
        token = self._peek()
        if token is None or token.kind == "sign" or (token.kind == "name" and token.text in _KEYWORDS):
            raise ConditionError(f"a name or a value is missing before {self._here()}.")
        self._at += 1
        match token.kind:
            case "text":
                return _Constant(token.text[1:-1])
            case "number":
                return _Constant(float(token.text))
        if token.text in ("true", "false"):
            return _Constant(token.text == "true")
        return _Name(token.text)

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, text: str) -> bool:
        token = self._peek()
        is_next = token is not None and token.text == text and token.kind in ("name", "sign")
        self._at += is_next
        return is_next

    def _here(self) -> str:
        token = self._peek()
        return "the end" if token is None else token.text


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise ConditionError(f"{text[at:].strip()[:20]!r} cannot be read.")
        yield _Token(match.lastgroup, match.group(match.lastgroup))
        at = match.end()


def _operand(side: _Name | _Constant, values: Mapping[str, object]) -> object:
    return value_of(side.name, values) if isinstance(side, _Name) else side.value


def _is_equal(left: object, right: object) -> bool:
    if left is None or right is None:
        return False
    numbers = _numbers(left, right)
    return numbers[0] == numbers[1] if numbers else _plain(left) == _plain(right)


def _order(left: object, right: object) -> int | None:
    if left is None or right is None or isinstance(left, bool) or isinstance(right, bool):
        return None
    numbers = _numbers(left, right)
    if numbers:
        return (numbers[0] > numbers[1]) - (numbers[0] < numbers[1])
    a, b = _plain(left), _plain(right)
    return (a > b) - (a < b)


def _numbers(left: object, right: object) -> tuple[float, float] | None:
    """Both as numbers, when at least one is meant as one and the other can be read as one."""
    if isinstance(left, bool) or isinstance(right, bool):
        return None
    if isinstance(left, str) and isinstance(right, str):
        return None
    try:
        return float(str(left)), float(str(right))
    except ValueError:
        return None


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value).strip().casefold()
    return {"true": "yes", "false": "no"}.get(text, text)
