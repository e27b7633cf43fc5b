"""Sorts every failure of a connection into *try again* or *a person must act*. Pure.

Home Assistant's config entries (not ready, authentication failed, error) are the model.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..version import RECOMMENDED, AsteriskVersion, is_too_old
from .errors import (
    AriError,
    AriForbidden,
    AriNotAllowed,
    AriNotAsterisk,
    AriNotFound,
    AriNotLoaded,
    AriStatusError,
    AriTimeout,
    AriUnauthorized,
    AriUnprocessable,
    AriUnreachable,
)

APPLICATION_TAKEN = "application_taken"
STARTING_S = 20.0
"""An Asterisk that starts opens its HTTP port before ARI is loaded."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a failure means.

    Attributes:
        code: snake_case constant.
        needs_attention: True when trying again can't help before a person changes something.
        reason: what was seen, one sentence.
        hint: what to do about it, one sentence.
        patience_s: how long it may last before a person is called, because it often passes by itself.
    """

    code: str
    needs_attention: bool
    reason: str
    hint: str
    patience_s: float = 0.0


class VersionTooOld(AriError):
    """This Asterisk can't carry the media of a call."""

    retryable = False

    def __init__(self, version: AsteriskVersion | None, text: str) -> None:
        super().__init__(f"Asterisk {version or text} is too old")


class ApplicationTaken(AriError):
    """Somebody else registered our Stasis application (`ApplicationReplaced`)."""

    retryable = False


def classify(error: AriError) -> Verdict:
    """The meaning of a failed or broken connection to an ARI."""
    match error:
        case ApplicationTaken():
            return _attention(
                APPLICATION_TAKEN,
                f"{error}.",
                "Give every program its own Stasis app name, or stop the other one; then press Reconnect.",
            )
        case VersionTooOld():
            return _attention(
                "asterisk_too_old",
                f"{error}.",
                f"Voice agents need Asterisk 22.8, 20.18 or 23.2 at least; {RECOMMENDED} or later is recommended.",
            )
        case AriUnauthorized():
            return _attention(
                "authentication_failed",
                "Asterisk refused the user name or the password (401).",
                "The Stasis App Name must be the section name of the user in ari.conf and the App Password its "
                "password; look for spaces around them, and reload ARI after a change.",
            )
        case AriForbidden():
            return _attention(
                "forbidden",
                f"Asterisk knows the user but does not let it act (403: {error.reason}).",
                "Set read_only = no for this user in ari.conf, and allow this server's address in its access list.",
            )
        case AriNotLoaded():
            return Verdict(
                "ari_not_loaded",
                True,
                f"{error}.",
                "Set enabled = yes in ari.conf and load the module: module load res_ari.so; see "
                "module show like res_ari.",
                STARTING_S,
            )
        case AriNotAsterisk() | AriNotFound():
            return _attention(
                "not_ari",
                f"There is no ARI at this address: {error}.",
                "Check host and port of the ARI Endpoint URL, such as http://pbx:8088.",
            )
        case AriUnprocessable():
            return _attention(
                "bad_request",
                f"Asterisk could not use what it was sent: {error.reason}.",
                "Check the Stasis App Name for unusual characters.",
            )
        case AriNotAllowed():
            return _attention(
                "address_not_allowed",
                str(error),
                "Change the ARI Endpoint URL to an address at which a PBX may be.",
            )
        case AriTimeout():
            return _again(
                "timeout",
                f"Asterisk did not answer in time: {error}.",
                "Check that a firewall lets this server reach the ARI port, and how busy the PBX is.",
            )
        case AriUnreachable():
            return _again(
                "unreachable",
                f"Asterisk could not be reached: {error}.",
                "Check that Asterisk runs, that http.conf has enabled = yes, and that the port is open.",
            )
        case AriStatusError():
            return _again("asterisk_error", f"{error}.", "Look into Asterisk's own log for the reason.")
    return _again("ari_error", f"{error}.", "Look into Asterisk's own log for the reason.")


def require_version(version: AsteriskVersion | None, text: str) -> None:
    """Refuse an Asterisk whose chan_websocket can't do what a call needs; unknown builds pass.

    Raises:
        VersionTooOld: it is older than the oldest that works.
    """
    if version is not None and is_too_old(version):
        raise VersionTooOld(version, text)


def _attention(code: str, reason: str, hint: str) -> Verdict:
    return Verdict(code, True, reason, hint)


def _again(code: str, reason: str, hint: str) -> Verdict:
    return Verdict(code, False, reason, hint)


INTERNAL_ERROR = _again(
    "internal_error", "An error of this server broke the connection.", "The server's log has the details."
)
