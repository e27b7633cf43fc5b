"""When the first audio of each answer left for Asterisk: what a turn's entry in the timeline is completed with.

An agent notes its turn when it has handed over the answer's first sentence. That sentence may wait: for a socket that
is being made anew, or behind speech that is still to be heard. The entry waits with it.
"""

from __future__ import annotations

from .log import CallLog, Detail


class FirstFrame:
    """The answers of one call.

    Args:
        log: gets the entries, each exactly once.
    """

    def __init__(self, log: CallLog) -> None:
        self._log = log
        self._is_owed = False
        self._ordinal: int | None = None
        self._handed_ms = 0
        self._sent_ms: int | None = None
        self._waiting: Detail | None = None

    def owed(self) -> None:
        """The caller is done; whatever is said next is the answer."""
        self.forget()
        self._is_owed = True

    @property
    def is_owed(self) -> bool:
        """Whether nothing of the answer has been handed over yet."""
        return self._is_owed

    def handed(self, ordinal: int, now_ms: int) -> None:
        """A sentence was handed over; `ordinal` is the playout's."""
        if self._is_owed:
            self._is_owed = False
            self._ordinal, self._handed_ms = ordinal, now_ms

    def sent(self, newest: int, now_ms: int) -> None:
        """Something was sent of all sentences up to this ordinal."""
        if self._ordinal is None or self._sent_ms is not None or newest < self._ordinal:
            return
        self._sent_ms = now_ms
        self._tell()

    def note(self, detail: Detail) -> None:
        """The agent tells of its turn, up to the handing over."""
        self._tell()
        self._waiting = detail
        if self._ordinal is None or self._sent_ms is not None:
            self._tell()

    def forget(self) -> None:
        """The answer is not sent any more, or there is a new turn."""
        self._tell()
        self._is_owed = False
        self._ordinal = self._sent_ms = None

    def _tell(self) -> None:
        detail, self._waiting = self._waiting, None
        if detail is None:
            return
        if self._ordinal is not None and self._sent_ms is not None:
            first_frame_ms = self._sent_ms - self._handed_ms
            detail = {**detail, "first_frame_ms": first_frame_ms}
            latency_ms = detail.get("turn_latency_ms")
            if isinstance(latency_ms, int | float):
                detail["turn_latency_ms"] = latency_ms + first_frame_ms
        self._log.note("turn", **detail)
