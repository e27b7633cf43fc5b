import pytest

from asisso.agents.keypad import MAX_ENTRY_KEYS, Keypad

pytestmark = pytest.mark.unit


def test_keys_become_one_entry_after_a_pause():
    keypad = Keypad(pause_ms=1_500, terminator="#")
    assert [keypad.press(key, at_ms) for key, at_ms in (("1", 0), ("2", 1_000), ("*", 2_400))] == [None] * 3

    assert keypad.look(3_899) is None
    assert not keypad.is_empty
    assert keypad.look(3_900) == "12*"
    assert keypad.is_empty
    assert keypad.look(9_000) is None


def test_terminator_completes_an_entry_and_is_no_part_of_it():
    keypad = Keypad(pause_ms=1_500, terminator="#")
    keypad.press("4", 0)
    keypad.press("2", 100)

    assert keypad.press("#", 200) == "42"
    assert keypad.press("#", 300) == "#", "alone it is a key like any other"


def test_without_a_terminator_every_key_is_part_of_the_entry():
    keypad = Keypad(pause_ms=1_500, terminator="")

    assert [keypad.press(key, 0) for key in "4#"] == [None, None]
    assert keypad.look(1_500) == "4#"


def test_full_entry_does_not_wait_for_the_pause():
    keypad = Keypad(pause_ms=60_000, terminator="#")
    entries = [keypad.press("7", 0) for _ in range(MAX_ENTRY_KEYS)]

    assert entries == [None] * (MAX_ENTRY_KEYS - 1) + ["7" * MAX_ENTRY_KEYS]
