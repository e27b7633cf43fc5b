"""From what people write to what Asterisk is asked about: endpoints of From Extensions, examples of patterns. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from asisso.calls.addresses import normalize
from asisso.vocabulary import AddressType

LONGEST_EXTENSION = 6
"""Longer runs of digits are telephone numbers, which Asterisk knows no endpoint for."""

_PLACES = {"X": "5", "Z": "5", "N": "5", ".": "5", "!": ""}


def endpoint_names(from_extensions: Sequence[str], dial_template: str) -> list[str]:
    """The endpoints (`PJSIP/6001`) behind From Extensions; caller numbers of a trunk stand for none."""
    names = []
    for given in from_extensions:
        text = given.strip()
        if "/" not in text:
            if text.startswith("+") or (text.isdigit() and len(text) > LONGEST_EXTENSION):
                continue
            text = dial_template.replace("{number}", text)
        technology, _, rest = text.partition("/")
        resource = rest.partition("/")[0].rpartition("@")[2]
        if resource and technology.lower() != "local":
            names.append(f"{technology}/{resource}")
    return list(dict.fromkeys(names))


def example_of(address: str, kind: AddressType) -> str:
    """An extension that the dialplan can be asked about; for a pattern one that it stands for."""
    if kind is not AddressType.PATTERN:
        return normalize(address, kind) if kind is AddressType.E164 else address
    parts = re.findall(r"\[[^\]]+\]|.", address[1:])
    return "".join(part[1] if len(part) > 1 else _PLACES.get(part.upper(), part) for part in parts)
