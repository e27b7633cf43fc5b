"""A telephone conversation as it is written down: what the caller does, and how it has to end. Pure values.

Every step but an interruption waits until the agent has spoken and is silent: that is when people speak.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from .words import word_errors

Sample = Literal["reception", "orders", "appointments"]
Voice = Literal["hibari", "slt", "rms", "awb", "kal16"]

WORDS_OFF: Final = 1 / 3


@dataclass(frozen=True, slots=True)
class Says:
    """The caller speaks with a synthetic voice.

    Attributes:
        parts: texts, and pauses in ms between them: somebody who hesitates inside a sentence.
        voice: whose.
        slowness: 1.25 takes a quarter longer.
        gain_db: louder or softer than the usual -20 dBFS.
        over_ms: begun over the agent, so long after its first sound; None waits for it to end.
    """

    parts: tuple[str | int, ...]
    voice: Voice
    slowness: float = 1.0
    gain_db: float = 0.0
    over_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Plays:
    """The caller is a recorded human voice: prompts cut together, with pauses in ms between them; see `Says`."""

    parts: tuple[str | int, ...]
    gain_db: float = 0.0
    over_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Presses:
    """The caller presses keys; see `Says` for `over_ms`."""

    keys: str
    over_ms: int | None = None


@dataclass(frozen=True, slots=True)
class IsSilent:
    """The caller says nothing until the agent has spoken again."""


@dataclass(frozen=True, slots=True)
class HangsUp:
    """The caller has enough."""


Step = Says | Plays | Presses | IsSilent | HangsUp


@dataclass(frozen=True, slots=True)
class InDays:
    """Expected of a date: so many days from today."""

    days: int

    def means(self, value: object, today: date) -> bool:
        """Whether it is what was gathered."""
        return value == (today + timedelta(self.days)).isoformat()


@dataclass(frozen=True, slots=True)
class Next:
    """Expected of a date: the first such day of the week after today; 0 is Monday."""

    weekday: int

    def means(self, value: object, today: date) -> bool:
        """Whether it is what was gathered."""
        return value == (today + timedelta((self.weekday - today.weekday() - 1) % 7 + 1)).isoformat()


@dataclass(frozen=True, slots=True)
class Yearly:
    """Expected of a date: the next such day from today on."""

    month: int
    day: int

    def means(self, value: object, today: date) -> bool:
        """Whether it is what was gathered."""
        this_year = date(today.year, self.month, self.day)
        return (
            value == (this_year if this_year >= today else this_year.replace(year=today.year + 1)).isoformat()
        )


@dataclass(frozen=True, slots=True)
class Words:
    """Expected of a text: these words, but for one in three; it is kept as it was recognised."""

    text: str

    def means(self, value: object, today: date) -> bool:
        """Whether it is what was gathered."""
        return word_errors(self.text, str(value)).rate <= WORDS_OFF


Expected = str | bool | InDays | Next | Yearly | Words
"""A name, digits, a time as `15:30`, a yes or no, or what the others describe."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What is around the caller all the time, and how far below the caller's voice."""

    kind: Literal["pink", "babble"]
    snr_db: float


@dataclass(frozen=True, slots=True)
class Conversation:
    """One call.

    Attributes:
        name: what happens in it, in words.
        sample: the workflow that is called.
        steps: what the caller does.
        ends_at: the node it has to end in.
        gathered: values it has to have gathered, those and no others.
        outcome: of the run.
        says: what the agent has to have said, in any case of letters.
        has_barge_in: whether the agent has to have been interrupted.
        noise: around the caller.
        variant: of what stands behind the workflow: who takes transferred calls, what the shop's server answers.
    """

    name: str
    sample: Sample
    steps: tuple[Step, ...]
    ends_at: str
    gathered: Mapping[str, Expected] = field(default_factory=dict)
    outcome: str = "completed"
    says: tuple[str, ...] = ()
    has_barge_in: bool = False
    noise: Noise | None = None
    variant: Literal["usual", "nobody_there", "shop_down"] = "usual"
