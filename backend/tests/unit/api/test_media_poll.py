"""Sockets that are read by the clock."""

from __future__ import annotations

import asyncio
import socket

import pytest
from websockets.frames import Frame, Opcode

from asisso.api.media_poll import MediaPoll, PolledSocket
from asisso.calls.call_clock import CallClock
from asisso.calls.caller_sound import CallerSound
from asisso.calls.intake import Intake

pytestmark = pytest.mark.unit

SOUND = bytes(range(160)) * 4


class Call:
    """One end of a connection, as the poll sees it.

    Attributes:
        heard: frames of sound.
        other: what was no whole frame of sound.
        told: how it ended.
    """

    def __init__(self, poll: MediaPoll) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.heard: list[bytes] = []
        self.other: list[bytes] = []
        self.told: list[str] = []
        self.came = asyncio.Event()
        sound = CallerSound(CallClock(), Intake(), None, None, self._hear, lambda frames: None)
        sound.is_connected = sound.is_open = True
        self.polled = PolledSocket(self.ours.fileno(), sound, 1_000, self)
        poll.join(self.polled)

    def _hear(self, payload: bytes, at_ms: int) -> None:
        self.heard.append(payload)
        self.came.set()

    def data_received(self, data: bytes) -> None:
        self.other.append(data)
        self.came.set()

    def poll_ended(self) -> None:
        self.polled.close()
        self.told.append("ended")
        self.came.set()

    def poll_failed(self) -> None:
        self.told.append("failed")
        self.came.set()

    async def until_something_came(self) -> None:
        async with asyncio.timeout(5):
            await self.came.wait()
        self.came.clear()

    def close(self) -> None:
        self.polled.close()
        self.ours.close()
        self.theirs.close()


def frame(payload: bytes, opcode: Opcode = Opcode.BINARY) -> bytes:
    return Frame(opcode, payload).serialize(mask=True)


async def test_whole_frames_of_sound_go_to_the_call_and_all_else_to_the_owner() -> None:
    call = Call(MediaPoll())
    rest = frame(b"words", Opcode.TEXT) + frame(SOUND)
    call.theirs.sendall(frame(SOUND) * 3 + rest)
    await call.until_something_came()
    assert call.heard == [SOUND] * 3
    assert call.other == [rest], "its owner knows how to go on from there"
    call.close()


async def test_in_the_middle_of_a_frame_everything_is_the_owners() -> None:
    call = Call(MediaPoll())
    call.polled.is_between = False
    rest = frame(SOUND)
    call.theirs.sendall(rest)
    await call.until_something_came()
    assert (call.heard, call.other) == ([], [rest])
    call.close()


async def test_a_frame_that_is_too_long_is_the_owners() -> None:
    call = Call(MediaPoll())
    long = frame(bytes(1_001))
    call.theirs.sendall(long)
    await call.until_something_came()
    assert (call.heard, call.other) == ([], [long])
    call.close()


async def test_the_end_is_told_once_and_the_clock_stands_still_behind_the_last() -> None:
    poll = MediaPoll()
    call = Call(poll)
    assert not poll.is_still
    call.theirs.close()
    await call.until_something_came()
    async with asyncio.timeout(5):
        while not poll.is_still:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)
    assert call.told == ["ended"]
    call.close()


async def test_a_call_that_breaks_is_told_so_and_the_others_go_on() -> None:
    poll = MediaPoll()
    broken, whole = Call(poll), Call(poll)
    broken.heard = None  # type: ignore[assignment]
    broken.theirs.sendall(frame(SOUND))
    whole.theirs.sendall(frame(SOUND))
    await broken.until_something_came()
    await whole.until_something_came()
    assert (broken.told, whole.told, whole.heard) == (["failed"], [], [SOUND])
    broken.close()
    whole.close()
