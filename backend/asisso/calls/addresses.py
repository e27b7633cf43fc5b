"""Addresses that can be called, and how two of them are compared. Pure.

An address is an extension (`8000`), an E.164 number (`+4930123456`), a SIP address (`sip:sales@example.com`) or a
dialplan pattern (`_8XXX`, the syntax of Asterisk's extensions.conf). Its kind is told by its form: only a leading
`+` makes a number E.164, since an extension may have any number of digits.
"""

from __future__ import annotations

import re

from asisso.vocabulary import AddressType

MAX_ADDRESS_LENGTH = 200

_SEPARATORS = re.compile(r"[\s().\-/]+")
_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_EXTENSION = re.compile(r"[0-9A-Za-z*#_.\-]+")
_SIP = re.compile(r"sips?:(?:[^\s@;?]+@)?[^\s@;?]+", re.IGNORECASE)
_PATTERN = re.compile(r"_(?=.)(?:[0-9A-Za-z*#+]|\[[0-9A-Za-z*#\-]+\])*[.!]?")


def classify(address: str) -> AddressType:
    """The kind of address this looks like; anything without a mark of its own is an extension."""
    if address.startswith("_"):
        return AddressType.PATTERN
    if address.startswith("+"):
        return AddressType.E164
    if address.lower().startswith(("sip:", "sips:")):
        return AddressType.SIP
    return AddressType.EXTENSION


def normalize(address: str, kind: AddressType) -> str:
    """The form in which an address is compared.

    Numbers lose the separators people write, SIP addresses their parameters; case never matters.

    Raises:
        ValueError: it is not an address of this kind; the message says what one looks like.
    """
    if kind is AddressType.E164:
        return _normalize_e164(address)
    if kind is AddressType.SIP:
        return _normalize_sip(address)
    if kind is AddressType.PATTERN:
        if not _PATTERN.fullmatch(address):
            raise ValueError(
                "a pattern is _ and then digits, X, Z, N or [1-5], with . or ! at most at its end, like _8XXX"
            )
        return address.lower()
    if not _EXTENSION.fullmatch(address):
        raise ValueError("an extension is made of digits, letters, * and #, without spaces, like 8000")
    return address.lower()


def pattern_matches(pattern: str, dialled: str) -> bool:
    """Whether a normalised pattern (`_8xxx`) takes what was dialled, by the rules of Asterisk's extensions.conf.

    X is 0-9, Z is 1-9, N is 2-9, `[...]` any of its characters, `.` one or more of anything, `!` none or more.
    """
    return re.fullmatch(_as_regex(pattern), dialled.lower()) is not None


_WILDCARDS = {"x": "[0-9]", "z": "[1-9]", "n": "[2-9]", ".": ".+", "!": ".*"}


def _as_regex(pattern: str) -> str:
    parts = re.findall(r"\[[^\]]+\]|.", pattern[1:])
    return "".join(part if len(part) > 1 else _WILDCARDS.get(part, re.escape(part)) for part in parts)


def _normalize_e164(address: str) -> str:
    number = _SEPARATORS.sub("", address)
    if not number.startswith("+"):
        number = f"+{number}"
    if not _E164.fullmatch(number):
        raise ValueError("an E.164 number is + and 2 to 15 digits with the country first, like +4930123456")
    return number


def _normalize_sip(address: str) -> str:
    bare = re.split(r"[;?]", address.strip(), maxsplit=1)[0]
    if not _SIP.fullmatch(bare):
        raise ValueError("a SIP address looks like sip:sales@pbx.example.com")
    return bare.lower()


def specificity(normalized: str) -> tuple[int, tuple[int, ...]]:
    """How closely an address names what was dialled; the greatest wins, as in Asterisk's own dialplan.

    An address without wildcards comes before every pattern; of two patterns the one that leaves less open at the
    first place where they differ (`_8XXX` before `_X.` before `_.`).
    """
    if not normalized.startswith("_"):
        return (1, ())
    return (0, tuple(-_openness(part) for part in re.findall(r"\[[^\]]+\]|.", normalized[1:])))


_OPENNESS = {"n": 8, "z": 9, "x": 10, ".": 1_000, "!": 1_001}


def _openness(part: str) -> int:
    """How many characters may stand at a place."""
    if len(part) == 1:
        return _OPENNESS.get(part, 1)
    inner = part[1:-1]
    ranges = [(a, b) for a, b in re.findall(r"(.)-(.)", inner) if a <= b]
    return len(re.sub(r".-.", "", inner)) + sum(ord(b) - ord(a) + 1 for a, b in ranges)
