"""Times of day: "half past two", "quarter to five", "2:30 pm", "fourteen thirty", "noon". Pure; English."""

from __future__ import annotations

from typing import Final, NamedTuple

from asisso.workflows.values.cardinal import below_hundred, figures
from asisso.workflows.values.found import Found

DAY_BEGINS_AT: Final = 7
"""Hours without a.m. or p.m. are meant between 7:00 and 18:59, when people have appointments."""

_FIXED: Final = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}
_PARTS: Final = {"quarter": 15, "half": 30}
_PAST: Final = {"past": 1, "passed": 1, "after": 1, "to": -1, "till": -1, "before": -1, "of": -1}
_HALVES: Final = {
    "am": "am", "a.m": "am", "a.m.": "am", "morning": "am", "pm": "pm", "p.m": "pm", "p.m.": "pm", "afternoon": "pm",
    "evening": "pm", "night": "pm", "tonight": "pm",
}  # fmt: skip
_BETWEEN: Final = frozenset({"in", "the", "at", "o'clock", "oclock", "this", "sharp", "on"})
_SPLIT_HALVES: Final[dict[tuple[str, ...], str]] = {("a", "m"): "am", ("p", "m"): "pm"}
_OPENINGS: Final = frozenset({"at", "around", "about", "by", "before", "after"})


class _Clock(NamedTuple):
    hour: int
    minute: int
    end: int
    is_clear: bool


def read_time(words: tuple[str, ...], *, is_asked: bool) -> Found | None:
    """The first time of day among the words, as `14:30`.

    Unasked, it must be clear: with a.m. or p.m., o'clock, "half past", a colon, or "at" before it.
    """
    for at, word in enumerate(words):
        if word in _FIXED:
            return Found(_FIXED[word], at, at + 1)
        clock = _clock(words, at)
        if clock is None:
            continue
        half, end = _half(words, clock.end)
        is_clear = clock.is_clear or half is not None or end > clock.end
        if not (
            is_asked or is_clear or (at > 0 and words[at - 1] in _OPENINGS and _stands_alone(words, end))
        ):
            continue
        hour = _in_half(clock.hour, half or _half_before(words, at))
        if hour is not None:
            return Found(f"{hour:02}:{clock.minute:02}", at, end)
    return None


def read_time_keys(keys: str) -> str | None:
    """`1430` and `0230` are hours and minutes, `9` and `14` hours."""
    if not keys.isdigit() or len(keys) > 4:
        return None
    hour, minute = (int(keys[:-2]), int(keys[-2:])) if len(keys) > 2 else (int(keys), 0)
    if hour > 23 or minute > 59:
        return None
    if len(keys) == 4 and (keys[0] == "0" or hour > 12):
        return f"{hour:02}:{minute:02}"
    return f"{_in_half(hour, None) or 0:02}:{minute:02}"


def _clock(words: tuple[str, ...], at: int) -> _Clock | None:
    return _by_parts(words, at) or _by_figures(words, at) or _by_numbers(words, at)


def _by_parts(words: tuple[str, ...], at: int) -> _Clock | None:
    """ "half past two", "a quarter to five", "ten to six", "twenty minutes past three", "half eight"."""
    minutes: int | None = _PARTS.get(words[at])
    next_at = at + 1
    if minutes is None:
        number = _small(words, at)
        if number is None:
            return None
        minutes, next_at = number
    if words[next_at : next_at + 1] in (("minutes",), ("minute",)):
        next_at += 1
    direction = _PAST.get(words[next_at]) if next_at < len(words) else None
    if direction is None:
        hour = _small(words, next_at) if words[at] == "half" else None
        return _Clock(hour[0], 30, hour[1], True) if hour and 1 <= hour[0] <= 12 else None
    if next_at + 1 < len(words) and words[next_at + 1] in _FIXED:
        hour = (12 if words[next_at + 1] != "midnight" else 24, next_at + 2)
    else:
        hour = _small(words, next_at + 1)
    if hour is None or not 1 <= hour[0] <= 24 or minutes > 59:
        return None
    total = hour[0] * 60 + direction * minutes
    is_clear = words[at] in _PARTS or words[next_at] in ("past", "till")
    return _Clock(total // 60 % 24, total % 60, hour[1], is_clear)


def _by_figures(words: tuple[str, ...], at: int) -> _Clock | None:
    """ "2:30", "14:30"."""
    hour, colon, minute = words[at].partition(":")
    if not colon or int(hour) > 23 or int(minute) > 59:
        return None
    return _Clock(int(hour) if int(hour) else 24, int(minute), at + 1, True)


def _by_numbers(words: tuple[str, ...], at: int) -> _Clock | None:
    """ "two", "two thirty", "ten oh five", "fourteen hundred", "1430"."""
    if len(words[at]) in (3, 4) and figures(words[at]) is not None:
        hour, minute = divmod(figures(words[at]) or 0, 100)
        return _Clock(hour or 24, minute, at + 1, False) if hour <= 23 and minute <= 59 else None
    start = at + 1 if words[at] in ("oh", "zero") else at
    hour_found = _small(words, start)
    if hour_found is None or not 1 <= hour_found[0] <= 23:
        return None
    hour, end = hour_found
    if words[end : end + 1] == ("hundred",):
        return _Clock(hour, 0, end + 1, True)
    if words[end : end + 1] in (("oh",), ("o",)):
        minute_found = _small(words, end + 1)
        return (
            _Clock(hour, minute_found[0], minute_found[1], True)
            if minute_found and minute_found[0] < 10
            else None
        )
    minute_found = _small(words, end)
    if minute_found is not None and 10 <= minute_found[0] <= 59:
        return _Clock(hour, minute_found[0], minute_found[1], False)
    return _Clock(hour, 0, end, False)


def _small(words: tuple[str, ...], at: int) -> tuple[int, int] | None:
    if at < len(words) and len(words[at]) <= 2 and figures(words[at]) is not None:
        return int(words[at]), at + 1
    number = below_hundred(words, at)
    return None if number is None else (number.value, number.end)


def _half(words: tuple[str, ...], at: int) -> tuple[str | None, int]:
    """a.m. or p.m. behind a time, and where that ends."""
    end = at
    for next_at in range(at, min(at + 4, len(words))):
        word = words[next_at]
        split = _SPLIT_HALVES.get(words[next_at : next_at + 2])
        if word in _HALVES:
            return _HALVES[word], next_at + 1
        if split is not None:
            return split, next_at + 2
        if word in ("o'clock", "oclock"):
            end = next_at + 1
        elif word not in _BETWEEN:
            break
    return None, end


def _half_before(words: tuple[str, ...], at: int) -> str | None:
    """ "in the afternoon at three", "tomorrow morning at eight"."""
    return next((_HALVES[word] for word in reversed(words[max(0, at - 3) : at]) if word in _HALVES), None)


def _in_half(hour: int, half: str | None) -> int | None:
    if hour == 24:
        return 0
    if half == "am":
        return hour % 12 if hour <= 12 else None
    if half == "pm":
        return hour if hour > 12 else hour % 12 + 12
    return hour + 12 if 1 <= hour < DAY_BEGINS_AT else hour


def _stands_alone(words: tuple[str, ...], end: int) -> bool:
    """Whether no noun follows that the number could count ("at two people")."""
    return end == len(words) or words[end] in (
        "on",
        "tomorrow",
        "today",
        "please",
        "|",
        "and",
        "for",
        "next",
        "this",
    )
