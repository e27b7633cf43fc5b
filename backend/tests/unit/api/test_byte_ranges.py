"""Byte ranges (RFC 9110 14.1.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.api.byte_ranges import UnsatisfiableRange, parse_range

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("bytes=0-0", (0, 0)),
        ("bytes=0-99", (0, 99)),
        ("bytes=0-1000", (0, 99)),
        ("bytes=90-", (90, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-1000", (0, 99)),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("frames=0-1", None),
        ("bytes=٣-٤", None),
        (f"bytes={'9' * 5000}-", None),
    ],
)
def test_range_of_a_hundred_bytes(header: str | None, part: tuple[int, int] | None) -> None:
    assert parse_range(header, 100) == part


@pytest.mark.parametrize(("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0)])
def test_range_without_a_byte_is_told(header: str, size: int) -> None:
    with pytest.raises(UnsatisfiableRange):
        parse_range(header, size)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 200))
def test_range_always_lies_inside(begin: int, end: int, size: int) -> None:
    try:
        part = parse_range(f"bytes={begin}-{end}", size)
    except UnsatisfiableRange:
        assert begin >= size
        return
    if part is not None:
        assert 0 <= part[0] <= part[1] < size
