"""Everything that can go wrong between us and ARI.

AriError
+-- AriUnreachable       no TCP connection: address, port, firewall, Asterisk down
|   +-- AriTimeout       connected or not, no answer in time
|   +-- AriNotAllowed    this server does not connect to that address
+-- AriNotAsterisk       something answers, but it is not ARI
+-- AriStatusError       ARI answered with an error status
    +-- AriUnauthorized      401
    +-- AriForbidden         403
    +-- AriNotFound          404
    +-- AriConflict          409
    +-- AriUnprocessable     400, 422
    +-- AriServerError       5xx
"""

from __future__ import annotations


class AriError(Exception):
    """ARI could not do what was asked.

    Attributes:
        retryable: whether the same request may succeed later without anybody changing anything.
    """

    retryable = True


class AriUnreachable(AriError):
    pass


class AriTimeout(AriUnreachable):
    pass


class AriNotAllowed(AriUnreachable):
    retryable = False


class AriNotAsterisk(AriError):
    retryable = False


class AriNotLoaded(AriNotAsterisk):
    retryable = True


class AriStatusError(AriError):
    """ARI's own refusal.

    Attributes:
        status: the HTTP status.
        reason: the sentence in Asterisk's `message` or `error` field.
    """

    retryable = False

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"ARI answered {status}: {reason}")
        self.status = status
        self.reason = reason


class AriUnauthorized(AriStatusError):
    pass


class AriForbidden(AriStatusError):
    pass


class AriNotFound(AriStatusError):
    pass


class AriConflict(AriStatusError):
    pass


class AriUnprocessable(AriStatusError):
    pass


class AriServerError(AriStatusError):
    retryable = True


_BY_STATUS: dict[int, type[AriStatusError]] = {
    400: AriUnprocessable,
    401: AriUnauthorized,
    403: AriForbidden,
    404: AriNotFound,
    409: AriConflict,
    422: AriUnprocessable,
}


def status_error(status: int, reason: str) -> AriStatusError:
    """The error class that belongs to an HTTP status of 400 or more."""
    kind = AriServerError if status >= 500 else _BY_STATUS.get(status, AriStatusError)
    return kind(status, reason)


def not_ari(status: int, server: str) -> AriNotAsterisk:
    """What an answer that is not ARI's means; `server` is its Server header.

    Asterisk answers 404 in HTML below `/ari` for as long as the module is not loaded, also while it starts.
    """
    if server.startswith("Asterisk"):
        return AriNotLoaded(f"Asterisk answers, but without ARI ({status})")
    return AriNotAsterisk(f"{server or 'a server without a name'} answered {status}")
