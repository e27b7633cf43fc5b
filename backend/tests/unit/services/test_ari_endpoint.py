"""Addresses of an Asterisk that shared installations refuse."""

from __future__ import annotations

import pytest

from asisso.errors import InvalidInput
from asisso.services.ari_endpoint import normalize_ari_endpoint, require_public_address

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


@pytest.mark.parametrize(
    "endpoint", ["http://\U0006f147:8088", "http://a..b\u3002\u3002", "http://host/\x7f"]
)
def test_host_that_no_request_can_name_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match="no address can have"):
        normalize_ari_endpoint(endpoint)
