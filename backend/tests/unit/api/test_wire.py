"""A media socket's bytes."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.api.wire import read_now, unmasked

pytestmark = pytest.mark.unit


@given(
    st.binary(max_size=30), st.binary(min_size=4, max_size=4), st.binary(max_size=700), st.binary(max_size=9)
)
def test_a_payload_is_unmasked_wherever_it_lies(
    before: bytes, mask: bytes, payload: bytes, behind: bytes
) -> None:
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    assert unmasked(before + mask + masked + behind, len(before), len(payload)) == payload


def test_a_socket_gives_what_it_has_then_nothing_and_in_the_end_no_bytes() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        assert read_now(ours.fileno(), 100) is None
        theirs.sendall(b"x" * 150)
        assert [read_now(ours.fileno(), 100), read_now(ours.fileno(), 100)] == [b"x" * 100, b"x" * 50]
        theirs.close()
        assert read_now(ours.fileno(), 100) == b""


def test_what_is_no_socket_is_an_error() -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        read_now(-1, 100)
