"""Addresses of an Asterisk that shared installations refuse."""

from __future__ import annotations

import pytest

from asisso.errors import InvalidInput
from asisso.services.ari_endpoint import require_public_address

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:8088",
        "http://localhost",
        "http://10.1.2.3",
        "http://[::1]:8088",
        "http://169.254.169.254",
    ],
)
async def test_private_address_is_refused(endpoint: str) -> None:
    with pytest.raises(InvalidInput, match="public addresses only"):
        await require_public_address(endpoint)


@pytest.mark.parametrize("endpoint", ["http://8.8.8.8:8088", "https://[2606:4700::1111]"])
async def test_public_address_passes(endpoint: str) -> None:
    await require_public_address(endpoint)
