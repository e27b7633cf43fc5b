"""Hashes, tokens, sealed secrets, and keeping them out of logs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.errors import ConfigurationError
from asisso.ids import new_id
from asisso.logs import REDACTED, redact
from asisso.security import Passwords, SecretBox, hash_token, new_api_key, new_token

pytestmark = pytest.mark.unit

BOX = SecretBox("a secret of the installation, long enough")
PLACE = {"table": "t", "column": "c", "row_id": "1"}


@given(st.text())
def test_sealed_secret_opens_in_its_place(plaintext: str) -> None:
    assert BOX.open(BOX.seal(plaintext, **PLACE), **PLACE) == plaintext


@pytest.mark.parametrize("part", ["table", "column", "row_id"])
def test_sealed_secret_does_not_open_elsewhere(part: str) -> None:
    sealed = BOX.seal("secret", **PLACE)
    with pytest.raises(ConfigurationError):
        BOX.open(sealed, **PLACE | {part: "other"})


def test_sealed_secret_names_its_key_and_hides_its_text() -> None:
    sealed = BOX.seal("secret", **PLACE)
    assert sealed.startswith(f"v1.{BOX.key_id}.")
    assert "secret" not in sealed
    assert sealed != BOX.seal("secret", **PLACE)
    with pytest.raises(ConfigurationError, match="ASISSO_SECRET_KEY"):
        SecretBox("another secret of an installation").open(sealed, **PLACE)


@pytest.mark.parametrize("damage", ["", "v1", "v1.x.y", "v2.a.b"])
def test_damaged_secret_is_told(damage: str) -> None:
    with pytest.raises(ConfigurationError):
        BOX.open(damage, **PLACE)


def test_damaged_ciphertext_is_told() -> None:
    sealed = BOX.seal("secret", **PLACE)
    flipped = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(ConfigurationError, match="damaged"):
        BOX.open(flipped, **PLACE)


async def test_password_is_verified_against_its_hash_only() -> None:
    passwords = Passwords(time_cost=1, memory_cost_kib=8)
    hashed = await passwords.hash("correct horse")
    assert "correct" not in hashed
    assert await passwords.verify("correct horse", hashed)
    assert not await passwords.verify("wrong", hashed)
    assert not await passwords.verify("correct horse", None)
    assert not await passwords.verify("correct horse", "no hash")


def test_tokens_are_long_and_different() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) >= 43 for token in tokens)
    assert new_api_key().startswith("ask_")
    assert len(hash_token("x")) == 64


def test_ids_sort_by_the_time_they_were_made() -> None:
    ids = [new_id() for _ in range(50)]
    assert len(set(ids)) == 50
    assert all(len(value) == 32 and value[12] == "7" and value[16] in "89ab" for value in ids)
    assert [value[:13] for value in ids] == sorted(value[:13] for value in ids)


def test_log_fields_that_name_a_secret_are_redacted() -> None:
    event = {
        "event": "hello",
        "app_password": "x",
        "headers": {"Authorization": "Basic x", "Accept": "*"},
        "X-API-Key": "x",
        "app_password_set": True,
        "pii_number": "6001",
    }
    redacted = redact(None, "info", dict(event))
    assert redacted["app_password"] == redacted["headers"]["Authorization"] == REDACTED
    assert redacted["headers"]["Accept"] == "*"
    assert (redacted["app_password_set"], redacted["pii_number"], redacted["event"]) == (
        True,
        "6001",
        "hello",
    )
