"""Marks in the generated dialplan by which Asterisk itself tells which calls reached the Stasis application. Pure.

The PBX is the witness, not the product: a call the product never wrote down must be found missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bench.calls import AGENT_EXTENSION

_MARK = re.compile(r'"chaos: (\d+) (\w+)"')
_FAILED = "FAILED"


def marked(files: Mapping[str, str], app: str = "asisso") -> dict[str, str]:
    """The generated files, with the dialplan logging each caller before Stasis and what Stasis gave."""
    entry = f"exten => {AGENT_EXTENSION},1,Stasis({app})"
    dialplan = files["extensions.conf"]
    assert entry in dialplan, f"the generated dialplan has no {entry}"
    watched = (
        f"exten => {AGENT_EXTENSION},1,NoOp(chaos: ${{CALLERID(num)}} arrived)\n"
        f" same => n,Stasis({app})\n"
        " same => n,NoOp(chaos: ${CALLERID(num)} ${STASISSTATUS})"
    )
    return {**files, "extensions.conf": dialplan.replace(entry, watched)}


def callers_in_stasis(pbx_log: str) -> tuple[set[str], set[str]]:
    """Who entered the application, and whom Asterisk turned away because nobody was connected to it."""
    marks = _MARK.findall(pbx_log)
    turned_away = {number for number, mark in marks if mark == _FAILED}
    return {number for number, _ in marks} - turned_away, turned_away
