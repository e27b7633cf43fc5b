"""What each Asterisk can do."""

from __future__ import annotations

import pytest

from asisso.asterisk.version import (
    RECOMMENDED,
    Ability,
    AsteriskVersion,
    abilities,
    can,
    is_too_old,
    parse_version,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("20.17.9", set()),
        ("21.12.0", set()),
        ("22.7.0", set()),
        ("22.8.0", {Ability.CARRY_A_CALL}),
        ("22.10.1+dfsg", {Ability.CARRY_A_CALL, Ability.BEAR_PINGS, Ability.ONE_DIRECTION}),
        ("22.11.0", set(Ability)),
        ("23.1.0", set()),
        ("23.5.0", set(Ability)),
        ("24.0.0", set(Ability)),
        ("GIT-master-abc", set(Ability)),
    ],
)
def test_a_release_has_what_its_branch_has_since(text: str, has: set[Ability]) -> None:
    assert abilities(parse_version(text)) == has


def test_too_old_is_what_cannot_carry_a_call() -> None:
    for minor in range(20):
        version = AsteriskVersion(22, minor, 0)
        assert is_too_old(version) is not can(version, Ability.CARRY_A_CALL)
    assert abilities(RECOMMENDED) == set(Ability)
