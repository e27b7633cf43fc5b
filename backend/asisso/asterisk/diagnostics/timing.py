"""Judges how long Asterisk takes to answer, and whether its clock agrees with ours."""

from __future__ import annotations

import statistics

from .facts import Facts
from .steps import Check, Finding, ok, warning

ROUND_TRIPS_OF_A_CALL = 4
"""Media channel, its connection, the bridge, the answer: what a caller waits for before the first word."""

SLOW_MS = 150
CLOCK_TOLERANCE_S = 10


def round_trips(facts: Facts) -> Finding:
    each_ms = statistics.median(facts.pings_ms)
    seen = (
        f"One question to Asterisk takes {each_ms:.0f} ms, the {ROUND_TRIPS_OF_A_CALL} of a call's beginning "
    )
    seen += f"{each_ms * ROUND_TRIPS_OF_A_CALL:.0f} ms"
    if each_ms > SLOW_MS:
        return warning(
            f"{seen}: callers wait noticeably.",
            "Put this server close to the PBX, and look at the load of both.",
        )
    return ok(f"{seen}.")


def clock(facts: Facts) -> Finding:
    ahead_s = facts.clock_ahead_s
    if abs(ahead_s) > CLOCK_TOLERANCE_S:
        return warning(
            f"Asterisk's clock is {abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} this server's: logs "
            "and call records can't be compared, and certificates may seem invalid.",
            "Let both machines take their time from the network.",
            "timedatectl set-ntp true",
        )
    return ok("The clocks of Asterisk and this server agree.")


CHECKS = (
    Check("round_trips", "Asterisk answers quickly", round_trips, ("ari_modules",)),
    Check("clock", "The clocks agree", clock, ("ari_modules",)),
)
