"""Addresses and dialplan patterns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.calls.addresses import classify, normalize, pattern_matches, specificity
from asisso.vocabulary import AddressType

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("address", "kind", "normalized"),
    [
        ("8000", AddressType.EXTENSION, "8000"),
        ("12345678", AddressType.EXTENSION, "12345678"),
        ("*97", AddressType.EXTENSION, "*97"),
        ("Sales-2", AddressType.EXTENSION, "sales-2"),
        ("+49 (30) 12-34.56", AddressType.E164, "+4930123456"),
        ("sip:Sales@PBX.example.com;transport=tcp", AddressType.SIP, "sip:sales@pbx.example.com"),
        ("SIPS:pbx.example.com", AddressType.SIP, "sips:pbx.example.com"),
        ("_8XXX", AddressType.PATTERN, "_8xxx"),
        ("_[2-5]Z.", AddressType.PATTERN, "_[2-5]z."),
        ("_.", AddressType.PATTERN, "_."),
        ("_!", AddressType.PATTERN, "_!"),
    ],
)
def test_address_is_told_by_its_form(address: str, kind: AddressType, normalized: str) -> None:
    assert classify(address) is kind
    assert normalize(address, kind) == normalized


def test_address_of_a_given_kind_may_lack_its_mark() -> None:
    assert normalize("0049 30".removeprefix("00"), AddressType.E164) == "+4930"


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("80 00", AddressType.EXTENSION),
        ("8000,1", AddressType.EXTENSION),
        ("+0301", AddressType.E164),
        ("+1234567890123456", AddressType.E164),
        ("sip:", AddressType.SIP),
        ("sip:a@b@c", AddressType.SIP),
        ("_", AddressType.PATTERN),
        ("_8[X", AddressType.PATTERN),
        ("_8..", AddressType.PATTERN),
        ("_.5", AddressType.PATTERN),
    ],
)
def test_address_without_the_form_of_its_kind_is_refused(address: str, kind: AddressType) -> None:
    with pytest.raises(ValueError, match="like"):
        normalize(address, kind)


@given(st.text(max_size=30), st.sampled_from(AddressType))
def test_address_normalised_twice_is_the_same(address: str, kind: AddressType) -> None:
    try:
        once = normalize(address, kind)
    except ValueError:
        return
    assert normalize(once, kind) == once


@pytest.mark.parametrize(
    ("pattern", "taken", "refused"),
    [
        ("_8xxx", ["8000", "8999"], ["800", "80000", "9000", "800a"]),
        ("_nz5", ["215", "995"], ["115", "205"]),
        ("_[2-4a]", ["2", "4", "a", "A"], ["5", "-"]),
        ("_0.", ["01", "0-x"], ["0"]),
        ("_0!", ["0", "01"], ["1"]),
        ("_.", ["0", "sales"], [""]),
        ("_*9x", ["*91"], ["991"]),
    ],
)
def test_pattern_takes_what_asterisk_would(pattern: str, taken: list[str], refused: list[str]) -> None:
    assert [dialled for dialled in taken + refused if pattern_matches(pattern, dialled)] == taken


@pytest.mark.parametrize(
    "addresses", [["8201", "_820n", "_82[1-4]x", "_82nx", "_82xx", "_8xxx", "_8x.", "_x.", "_x!", "_."]]
)
def test_address_that_leaves_less_open_from_the_left_is_the_more_specific_one(addresses: list[str]) -> None:
    assert sorted(addresses, key=specificity, reverse=True) == addresses
