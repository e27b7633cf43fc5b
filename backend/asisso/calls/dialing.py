"""From a number as people write it to what Asterisk dials. Pure.

A number (`6001`, `+49 30 123456`) goes into the configuration's dial template (`PJSIP/{number}@trunk`); what names
its technology itself (`PJSIP/6001`, `Local/200@office`) is dialled as it stands.
"""

from __future__ import annotations

import re

NUMBER_PLACE = "{number}"
MAX_ADDRESS_LENGTH = 200

_SEPARATORS = re.compile(r"[\s().\-/]+")
_NUMBER = re.compile(r"\+?[0-9A-Za-z*#_.\-]+")
_PHONE_LIKE = re.compile(r"\+?[0-9\s().\-/]+")
_SIP = re.compile(r"sips?:(?:[^\s@;?&,/]+@)?[^\s@;?&,/]+", re.IGNORECASE)
_ENDPOINT = re.compile(r"[A-Za-z][A-Za-z0-9]*/[0-9A-Za-z_.+*#@:;=/\-\[\]]+")
"""One endpoint: `&` would dial several at once and `,` begin Dial()'s options."""


def endpoint_for(to: str, dial_template: str) -> str:
    """What Asterisk has to dial.

    Raises:
        ValueError: it is neither a number nor an endpoint; the message says what one looks like.
    """
    address = to.strip()
    if _ENDPOINT.fullmatch(address) and not _PHONE_LIKE.fullmatch(address):
        return address
    return dial_template.replace(NUMBER_PLACE, _number(address))


def caller_id_of(from_extension: str) -> str:
    """The number to show: a From Extension such as `PJSIP/6001` or `6001@trunk` without its technology and trunk."""
    return from_extension.strip().rpartition("/")[2].partition("@")[0]


def is_dial_template(template: str) -> bool:
    """Whether a template names one endpoint with exactly one place for the number."""
    return template.count(NUMBER_PLACE) == 1 and bool(
        _ENDPOINT.fullmatch(template.replace(NUMBER_PLACE, "6001"))
    )


def _number(address: str) -> str:
    bare = _SEPARATORS.sub("", address) if _PHONE_LIKE.fullmatch(address) else address
    if len(bare) <= MAX_ADDRESS_LENGTH and (_NUMBER.fullmatch(bare) or _SIP.fullmatch(bare)):
        return bare
    raise ValueError(
        "write a number such as 6001 or +4930123456, or an endpoint such as PJSIP/6001 or Local/200@office"
    )
