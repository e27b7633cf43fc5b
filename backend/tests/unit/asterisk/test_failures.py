"""Which failures are tried again and which wait for a person."""

from __future__ import annotations

import pytest

from asisso.asterisk.ari.errors import (
    AriError,
    AriNotAsterisk,
    AriTimeout,
    AriUnreachable,
    status_error,
)
from asisso.asterisk.ari.failures import ApplicationTaken, VersionTooOld, classify, require_version
from asisso.asterisk.version import AsteriskVersion, parse_version

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "error",
    [
        status_error(401, "Authentication required"),
        status_error(403, "Write access denied"),
        AriNotAsterisk("nginx answered 404"),
        VersionTooOld(AsteriskVersion(16, 2, 0), "16.2.0"),
        ApplicationTaken("taken"),
    ],
)
def test_a_person_is_needed(error: AriError) -> None:
    verdict = classify(error)
    assert verdict.needs_attention
    assert verdict.hint.endswith(".")


@pytest.mark.parametrize(
    "error",
    [AriUnreachable("refused"), AriTimeout("slow"), status_error(500, "Allocation failed"), AriError("odd")],
)
def test_time_may_heal(error: AriError) -> None:
    assert not classify(error).needs_attention


def test_each_cause_has_a_code_of_its_own() -> None:
    codes = [
        classify(e).code
        for e in (
            status_error(401, ""),
            status_error(403, ""),
            AriNotAsterisk(""),
            AriUnreachable(""),
            AriTimeout(""),
        )
    ]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("22.10.1+dfsg+~cs6.15", False),
        ("22.8.0", False),
        ("22.7.9", True),
        ("20.18.2", False),
        ("20.17.0", True),
        ("16.30.0", True),
        ("certified/20.7-cert5", True),
        ("21.11.0", True),
        ("23.1.0", True),
        ("24.0.0", False),
        ("GIT-master-abcdef", False),
    ],
)
def test_versions_that_cannot_carry_media_are_refused(text: str, is_refused: bool) -> None:
    version = parse_version(text)
    if is_refused:
        with pytest.raises(VersionTooOld):
            require_version(version, text)
    else:
        require_version(version, text)
