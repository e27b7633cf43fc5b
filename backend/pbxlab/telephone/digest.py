"""Digest access authentication of a SIP request (RFC 3261 22.4, RFC 7616, RFC 8760). Pure."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

_HASHES = {"MD5": "md5", "SHA-256": "sha256"}
_QUOTED = ("username", "realm", "nonce", "uri", "response", "cnonce", "opaque")


@dataclass(frozen=True)
class Account:
    """What a PBX knows a telephone by."""

    user: str
    password: str


def authorization(challenge: str, account: Account, method: str, uri: str, cnonce: str | None = None) -> str:
    """The Authorization field that answers a WWW-Authenticate field.

    Raises:
        ValueError: not a digest challenge, or of a kind that is not spoken here.
    """
    asked = _parameters(challenge)
    algorithm = asked.get("algorithm", "MD5")
    if algorithm not in _HASHES or "nonce" not in asked:
        raise ValueError(f"cannot answer the challenge: {challenge[:80]}")
    told = {"username": account.user, "realm": asked.get("realm", ""), "nonce": asked["nonce"], "uri": uri}
    secret = _digest(algorithm, account.user, told["realm"], account.password)
    requested = _digest(algorithm, method, uri)
    if "auth" in re.split(r"\s*,\s*", asked.get("qop", "")):
        told |= {"cnonce": cnonce or secrets.token_hex(8), "nc": "00000001", "qop": "auth"}
        middle = [told["nonce"], told["nc"], told["cnonce"], "auth"]
    else:
        middle = [told["nonce"]]
    told["response"] = _digest(algorithm, secret, *middle, requested)
    if "opaque" in asked:
        told["opaque"] = asked["opaque"]
    return "Digest " + _written({**told, "algorithm": algorithm})


def _parameters(challenge: str) -> dict[str, str]:
    scheme, _, rest = challenge.partition(" ")
    if scheme.lower() != "digest":
        return {}
    found = re.findall(r'(\w+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s,]+))', rest)
    return {name.lower(): quoted or plain for name, quoted, plain in found}


def _digest(algorithm: str, *parts: str) -> str:
    return hashlib.new(_HASHES[algorithm], ":".join(parts).encode(), usedforsecurity=False).hexdigest()


def _written(parameters: Mapping[str, str]) -> str:
    return ", ".join(f'{k}="{v}"' if k in _QUOTED else f"{k}={v}" for k, v in parameters.items())
