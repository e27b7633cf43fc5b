"""The errors a client of the product can meet, and how they are told.

    AsissoError
    +-- ConfigurationError     the installation itself is set up wrongly; ends the start
    +-- NotAuthenticated       401
    +-- Forbidden              403
    +-- NotFound               404   also for what belongs to another organization
    +-- Conflict               409
    +-- InvalidInput           422   names the field, in the shape of FastAPI's own list
    +-- TooManyRequests        429
    +-- Unavailable            503

Knows nothing of HTTP beyond the status number; `api/errors.py` renders them.
"""

from __future__ import annotations


class AsissoError(Exception):
    """Something that was asked for cannot be done.

    Attributes:
        code: snake_case constant for programs.
        detail: one sentence a person can act on.
        status_code: the HTTP status it is answered with.
        retryable: whether the same request may succeed a moment later.
    """

    code = "error"
    status_code = 500
    retryable = False

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if code is not None:
            self.code = code


class ConfigurationError(AsissoError):
    code = "configuration_error"


class NotAuthenticated(AsissoError):
    code = "not_authenticated"
    status_code = 401

    def __init__(
        self, detail: str = "Sign in, or send an X-API-Key header.", *, code: str | None = None
    ) -> None:
        super().__init__(detail, code=code)


class Forbidden(AsissoError):
    code = "forbidden"
    status_code = 403


class NotFound(AsissoError):
    """The thing does not exist for whoever asks.

    Args:
        noun: what was looked for, e.g. "phone number".
    """

    code = "not_found"
    status_code = 404

    def __init__(self, noun: str, *, code: str | None = None) -> None:
        super().__init__(f"There is no such {noun}.", code=code or f"{noun.replace(' ', '_')}_not_found")


class Conflict(AsissoError):
    code = "conflict"
    status_code = 409


class InvalidInput(AsissoError):
    """A value was understood but cannot be accepted.

    Args:
        location: where it stands, e.g. `("body", "address")`.
    """

    code = "validation_error"
    status_code = 422

    def __init__(self, detail: str, *, location: tuple[str | int, ...], kind: str = "value_error") -> None:
        super().__init__(detail)
        self.location = location
        self.kind = kind


class TooManyRequests(AsissoError):
    code = "too_many_requests"
    status_code = 429
    retryable = True

    def __init__(self, detail: str, *, retry_after_s: int, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after_s = retry_after_s


class Unavailable(AsissoError):
    """This server can't do it now; another time it can."""

    code = "unavailable"
    status_code = 503
    retryable = True


def as_sentence(error: Exception) -> str:
    """An error's text for a person: a large first letter and a full stop; names in it stay as they are written."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
