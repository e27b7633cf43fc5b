"""What a call says by itself, with and without a voice of its own."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import numpy as np
import pytest

from asisso.agents.agent import AgentUnavailable
from asisso.agents.call_settings import Phrases
from asisso.audio.frame import Pcm
from asisso.calls.announcer import Announcer
from asisso.calls.caller_leg import CallerLeg
from asisso.calls.line import CallLine
from asisso.calls.log import CallLog
from asisso.calls.machine import Phrase

pytestmark = pytest.mark.unit


class Line:
    """A line on which everything is heard at once."""

    def __init__(self, *, is_connected: bool) -> None:
        self.is_connected = is_connected
        self.said: list[str] = []

    def announce(self, pcm: Pcm, sample_rate: int, text: str) -> None:
        self.said.append(text)

    async def drained(self) -> None:
        """It has been heard."""


class Caller:
    """The caller's leg, as far as announcements go."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.prompts: list[str] = []

    async def hear_prompts(self, sounds: list[str]) -> None:
        self.prompts += sounds


async def voice(_text: str) -> Pcm:
    return np.zeros(320, np.int16)


async def no_voice(_text: str) -> Pcm:
    raise AgentUnavailable("hoarse")


def an_announcer(line: Line, caller: Caller, speak: Any = voice, phrases: Phrases | None = None) -> Announcer:
    return Announcer(
        cast("CallLine", line), cast("CallerLeg", caller), phrases or Phrases(), speak, CallLog()
    )


async def test_a_phrase_is_spoken_in_the_workflows_words() -> None:
    line, caller = Line(is_connected=True), Caller()
    await an_announcer(line, caller, phrases=Phrases(apology="Oh no.")).say(Phrase.APOLOGY)
    assert (line.said, caller.prompts) == (["Oh no."], [])


@pytest.mark.parametrize(("is_connected", "speak"), [(False, voice), (True, no_voice)])
async def test_asterisk_speaks_where_there_is_no_media_or_no_voice(is_connected: bool, speak: Any) -> None:
    line, caller = Line(is_connected=is_connected), Caller()
    await an_announcer(line, caller, speak).say(Phrase.APOLOGY)
    assert line.said == []
    assert caller.prompts


async def test_an_empty_phrase_is_not_said() -> None:
    line, caller = Line(is_connected=True), Caller()
    await an_announcer(line, caller, phrases=Phrases(time_limit="")).say(Phrase.TIME_LIMIT)
    assert (line.said, caller.prompts) == ([], [])


async def test_a_phrase_waits_until_the_caller_is_back_from_the_music() -> None:
    line, caller = Line(is_connected=True), Caller()
    async with caller.turn:
        saying = asyncio.create_task(an_announcer(line, caller).say(Phrase.APOLOGY))
        await asyncio.sleep(0)
        assert line.said == []
    await saying
    assert len(line.said) == 1


async def test_a_briefing_leaves_no_transcript() -> None:
    line = Line(is_connected=True)
    await an_announcer(line, Caller()).brief("Ada is calling.")
    assert line.said == [""]
