"""Which endpoints and extensions Asterisk is asked about."""

from __future__ import annotations

import pytest

from asisso.calls.addresses import classify, normalize, pattern_matches
from asisso.services.dialling import endpoint_names, example_of
from asisso.vocabulary import AddressType

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("given", "template", "asked"),
    [
        (["6001", "PJSIP/6002"], "PJSIP/{number}", ["PJSIP/6001", "PJSIP/6002"]),
        (["6001"], "PJSIP/{number}@trunk", ["PJSIP/trunk"]),
        (["PJSIP/49301234@trunk"], "PJSIP/{number}", ["PJSIP/trunk"]),
        (["PJSIP/trunk/sip:49301234@sip.example.com"], "PJSIP/{number}", ["PJSIP/trunk"]),
        (["+4930123456", "4930123456"], "PJSIP/{number}", []),
        (["Local/6001@office"], "PJSIP/{number}", []),
        (["6001", "PJSIP/6001"], "PJSIP/{number}", ["PJSIP/6001"]),
    ],
)
def test_endpoints_behind_from_extensions(given: list[str], template: str, asked: list[str]) -> None:
    assert endpoint_names(given, template) == asked


@pytest.mark.parametrize("pattern", ["_8XXX", "_[1-4]ZN", "_0.", "_55!", "_*8X"])
def test_example_of_a_pattern_is_one_that_it_stands_for(pattern: str) -> None:
    normalized = normalize(pattern, AddressType.PATTERN)
    assert pattern_matches(normalized, example_of(pattern, AddressType.PATTERN))


@pytest.mark.parametrize(("address", "example"), [("8000", "8000"), ("+49 30 123456", "+4930123456")])
def test_example_of_a_number_is_the_number(address: str, example: str) -> None:
    assert example_of(address, classify(address)) == example
