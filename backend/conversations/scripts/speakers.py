"""Short names for what callers do, so that a conversation reads like one."""

from __future__ import annotations

from ..script import Plays, Presses, Says, Step, Voice

Parts = str | int


def _says(
    voice: Voice, parts: tuple[Parts, ...], slowness: float, gain_db: float, over_ms: int | None
) -> Step:
    return Says(parts, voice, slowness, gain_db, over_ms)


def ann(*parts: Parts, slowness: float = 1.0, gain_db: float = 0.0, over_ms: int | None = None) -> Step:
    """A woman with the product's own voice."""
    return _says("hibari", parts, slowness, gain_db, over_ms)


def sue(*parts: Parts, slowness: float = 1.0, gain_db: float = 0.0, over_ms: int | None = None) -> Step:
    """Another woman, less distinct."""
    return _says("slt", parts, slowness, gain_db, over_ms)


def rob(*parts: Parts, slowness: float = 1.0, gain_db: float = 0.0, over_ms: int | None = None) -> Step:
    """A man."""
    return _says("rms", parts, slowness, gain_db, over_ms)


def ian(*parts: Parts, slowness: float = 1.0, gain_db: float = 0.0, over_ms: int | None = None) -> Step:
    """A man from Scotland."""
    return _says("awb", parts, slowness, gain_db, over_ms)


def kal(*parts: Parts, slowness: float = 1.0, gain_db: float = 0.0, over_ms: int | None = None) -> Step:
    """A man with an old machine's voice."""
    return _says("kal16", parts, slowness, gain_db, over_ms)


def human(*parts: Parts, gain_db: float = 0.0, over_ms: int | None = None) -> Step:
    """A recorded human: names of prompts."""
    return Plays(parts, gain_db, over_ms)


def spelled(digits: str, *, gap_ms: int = 80, over_ms: int | None = None) -> Step:
    """A recorded human who reads digits out."""
    parts: list[Parts] = []
    for digit in digits:
        parts += [f"digits/{digit}", gap_ms]
    return Plays(tuple(parts[:-1]), over_ms=over_ms)


def keys(pressed: str, *, over_ms: int | None = None) -> Step:
    """Somebody who presses keys."""
    return Presses(pressed, over_ms)
