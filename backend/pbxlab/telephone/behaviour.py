"""What a telephone does when it is called; chosen by the number called.

Pure data.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """Ring, answer after a while, and say something."""

    after_ms: int = 0
    play: Path | None = None


@dataclass(frozen=True)
class Reject:
    """Refuse with a SIP status."""

    code: int = 486


@dataclass(frozen=True)
class Ring:
    """Ring until the test answers or rejects the call, or the caller gives up."""


@dataclass(frozen=True)
class EarlyMedia:
    """Say something before answering (183); answer after a while, or leave that to the test."""

    play: Path | None = None
    answer_after_ms: int | None = None


Behaviour = Answer | Reject | Ring | EarlyMedia
