"""What goes wrong with an answer. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Self


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail.

    Attributes:
        status: an HTTP error instead of an answer; 0 for none.
        retry_after_s: sent with it.
        waits_s: how long nothing comes before the first piece of the answer.
        after: how many pieces come before `then` happens; None: nothing happens.
        then: `stall` keeps the connection and says no more, `disconnect` cuts it, `garble` sends what is no protocol.
    """

    status: int = 0
    retry_after_s: float | None = None
    waits_s: float = 0.0
    after: int | None = None
    then: Literal["stall", "disconnect", "garble"] = "stall"

    @classmethod
    def refuses(cls, status: int, retry_after_s: float | None = None) -> Self:
        """Answer with an HTTP error."""
        return cls(status=status, retry_after_s=retry_after_s)

    @classmethod
    def slow(cls, seconds: float) -> Self:
        """Begin late."""
        return cls(waits_s=seconds)

    @classmethod
    def stalls(cls, after: int = 0) -> Self:
        """Say no more after so many pieces, for ever."""
        return cls(after=after)

    @classmethod
    def disconnects(cls, after: int = 0) -> Self:
        """Cut the connection after so many pieces."""
        return cls(after=after, then="disconnect")

    @classmethod
    def garbles(cls, after: int = 0) -> Self:
        """Send something else after so many pieces."""
        return cls(after=after, then="garble")


FINE = Fault()


@dataclass
class Faults:
    """What goes wrong with the requests to come: those of `next`, one each, then `always`."""

    always: Fault = FINE
    next: list[Fault] = field(default_factory=list)

    def take(self) -> Fault:
        """What happens to this request."""
        return self.next.pop(0) if self.next else self.always
