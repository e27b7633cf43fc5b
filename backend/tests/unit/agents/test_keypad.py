import asyncio

import pytest

from asisso.agents.keypad import MAX_ENTRY_KEYS, Keypad

pytestmark = pytest.mark.unit


async def test_keys_become_one_entry_after_a_pause():
    entries = asyncio.Queue()
    keypad = Keypad(entries.put_nowait, pause_s=0.02)
    for key in "12*":
        keypad.press(key)

    async with asyncio.timeout(2):
        assert await entries.get() == "12*"
    keypad.press("3")
    async with asyncio.timeout(2):
        assert await entries.get() == "3"


async def test_full_entry_does_not_wait_for_the_pause():
    entries = []
    keypad = Keypad(entries.append, pause_s=60)
    for _ in range(MAX_ENTRY_KEYS):
        keypad.press("7")

    assert entries == ["7" * MAX_ENTRY_KEYS]


async def test_closed_keypad_forgets_a_half_made_entry():
    entries = []
    keypad = Keypad(entries.append, pause_s=0)
    keypad.press("1")
    keypad.close()
    for _ in range(3):
        await asyncio.sleep(0)

    assert entries == []
