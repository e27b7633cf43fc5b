"""What the engine says in its own words. English, short, made to be heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

NOT_CAUGHT: Final = "Sorry, I did not catch that."
NOT_RIGHT: Final = "Sorry about that."
CANNOT: Final = "I am sorry, I cannot help with that here. Say goodbye to end the call."
NOT_TAKEN: Final = "I am sorry, nobody can take your call at the moment. How else can I help you?"
NOBODY: Final = "I am sorry, nobody can take your call at the moment."
NO_ANSWER: Final = "I am sorry, I cannot look that up at the moment."
GO_AHEAD: Final = "Please tell me what you need."
NO_PERSON: Final = "I am sorry, I cannot put you through to anybody here."
GIVING_UP: Final = "I am sorry, I cannot help you any further today. Goodbye."
YES_OR_NO: Final = "You can say yes or no."
YES_OR_NO_KEYS: Final = "Press 1 for yes, 2 for no."

_QUESTIONS: Final = {
    "yes_no": "{name}, yes or no?",
    "name": "What is your {name}?",
    "date": "Which {name}?",
    "time": "Which {name}?",
}
_HINTS: Final = {
    "digits": "Please say the digits one by one.",
    "number": "Please say a number, for example, twenty one.",
    "date": "For example, next Tuesday, or the third of March.",
    "time": "For example, half past two, or ten AM.",
    "yes_no": YES_OR_NO,
    "name": "For example, my name is John Smith.",
}
_KEY_HINTS: Final = {
    "digits": "You can also key them in on your telephone.",
    "number": "You can also key it in on your telephone.",
    "date": "You can also key in the month and the day, two digits each.",
    "time": "You can also key in the hour and the minutes, two digits each.",
    "yes_no": YES_OR_NO_KEYS,
}


def question(kind: str, name: str, options: Sequence[str]) -> str:
    """Ask for a value nobody has written a question for; `name` is its name in words."""
    if kind == "choice" and options:
        return f"Which {name}? {_sentence(listed(options, 'or'))}?"
    return _sentence(_QUESTIONS.get(kind, "What is the {name}?").format(name=name))


def confirmation(value: str) -> str:
    """Whether a value was understood."""
    return f"I have {value.rstrip('.!?, ')}. Is that right?"


def noted(value: str) -> str:
    """An earlier value was corrected."""
    return f"All right, {value.rstrip('.!?, ')}."


def which_one(labels: Sequence[str]) -> str:
    """Two things sound likely."""
    return f"Did you mean {listed(labels, 'or')}?"


def can_say(labels: Sequence[str]) -> str:
    """What can be said."""
    return f"You can say {listed(labels, 'or')}."


def can_press(keys: Sequence[tuple[str, str]]) -> str:
    """Which keys there are: (keys, what for) each."""
    return f"Press {', '.join(f'{key} for {label}' for key, label in keys)}."


def hint(kind: str, options: Sequence[str]) -> str:
    """How a value of this type can be said."""
    return can_say(options) if kind == "choice" else _HINTS.get(kind, "")


def key_hint(kind: str, options: Sequence[str]) -> str:
    """How a value of this type can be keyed; empty when it can't."""
    if kind == "choice":
        return can_press([(str(place), option) for place, option in enumerate(options, 1)])
    return _KEY_HINTS.get(kind, "")


def listed(items: Sequence[str], last: str) -> str:
    """ "a, b, or c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])}, {last} {items[-1]}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
