"""Addresses of an Asterisk: their one form, which of them are the same, and which are refused."""

from __future__ import annotations

import pytest

from asisso.errors import InvalidInput
from asisso.outbound_addresses import AddressPolicy
from asisso.services.ari_endpoint import normalize_ari_endpoint, require_allowed_address, same_pbx_key

pytestmark = pytest.mark.unit

PUBLIC_ONLY = AddressPolicy(allow_private=False)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:8088",
        "http://localhost",
        "http://10.1.2.3",
        "http://[::1]:8088",
        "http://[::ffff:10.0.0.1]",
    ],
)
async def test_private_address_is_refused_where_strangers_share_a_server(endpoint: str) -> None:
    with pytest.raises(InvalidInput, match="public addresses only"):
        await require_allowed_address(endpoint, PUBLIC_ONLY)
    await require_allowed_address(endpoint, AddressPolicy())


@pytest.mark.parametrize("endpoint", ["http://169.254.169.254", "http://[::ffff:169.254.169.254]:8088"])
async def test_metadata_address_is_refused_everywhere(endpoint: str) -> None:
    for policy in (PUBLIC_ONLY, AddressPolicy()):
        with pytest.raises(InvalidInput, match="does not connect"):
            await require_allowed_address(endpoint, policy)


@pytest.mark.parametrize("endpoint", ["http://8.8.8.8:8088", "https://[2606:4700::1111]"])
async def test_public_address_passes(endpoint: str) -> None:
    await require_allowed_address(endpoint, PUBLIC_ONLY)


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "0x7f.1", "127.1", "0x7f000001"])
def test_number_in_an_unusual_form_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="no IP address"):
        normalize_ari_endpoint(f"http://{host}:8088")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://PBX.example.com:8088", "http://pbx.example.com:8088/"),
        ("http://pbx", "HTTP://pbx:80/ari/"),
        ("https://pbx:443/asterisk/", "https://pbx/asterisk"),
        ("http://pbx.:8088", "http://pbx:8088"),
    ],
)
def test_one_pbx_is_recognised_through_its_spellings(one: str, other: str) -> None:
    assert same_pbx_key(normalize_ari_endpoint(one)) == same_pbx_key(normalize_ari_endpoint(other))


@pytest.mark.parametrize(
    "other", ["http://pbx:8089", "https://pbx:8088", "http://pbx:8088/b", "http://pbx2:8088"]
)
def test_another_place_is_another_pbx(other: str) -> None:
    assert same_pbx_key(normalize_ari_endpoint(other)) != same_pbx_key("http://pbx:8088")
