"""From what people write to what Asterisk dials."""

from __future__ import annotations

import pytest

from asisso.calls.dialing import caller_id_of, endpoint_for, is_dial_template

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("to", "template", "endpoint"),
    [
        ("6001", "PJSIP/{number}", "PJSIP/6001"),
        (" PJSIP/6001 ", "PJSIP/{number}@trunk", "PJSIP/6001"),
        ("+49 (30) 12-34/56", "PJSIP/{number}@trunk", "PJSIP/+4930123456@trunk"),
        ("200", "Local/{number}@office", "Local/200@office"),
        ("Local/200@office/n", "PJSIP/{number}", "Local/200@office/n"),
        ("sip:ada@example.com", "PJSIP/trunk/{number}", "PJSIP/trunk/sip:ada@example.com"),
        ("*98", "PJSIP/{number}", "PJSIP/*98"),
        ("sales-desk", "PJSIP/{number}", "PJSIP/sales-desk"),
    ],
)
def test_a_number_goes_into_the_template_and_an_endpoint_stays(to: str, template: str, endpoint: str) -> None:
    assert endpoint_for(to, template) == endpoint


@pytest.mark.parametrize(
    "to", ["", "PJSIP/6001&PJSIP/6002", "6001,20,g", "PJSIP/", "6001 office", "a" * 300, "PJSIP/6001\n", "+"]
)
def test_what_could_dial_more_than_one_telephone_is_refused(to: str) -> None:
    with pytest.raises(ValueError, match="6001") as refused:
        endpoint_for(to if to != "PJSIP/6001\n" else "PJSIP/6001\nX", "PJSIP/{number}")
    assert "Local/200@office" in str(refused.value)


@pytest.mark.parametrize(
    ("from_extension", "caller_id"),
    [("PJSIP/6001", "6001"), ("6001@trunk", "6001"), ("+4930123456", "+4930123456"), ("", "")],
)
def test_a_from_extension_is_shown_without_technology_and_trunk(from_extension: str, caller_id: str) -> None:
    assert caller_id_of(from_extension) == caller_id


@pytest.mark.parametrize(
    ("template", "is_good"),
    [
        ("PJSIP/{number}", True),
        ("PJSIP/{number}@trunk", True),
        ("Local/{number}@from-internal", True),
        ("PJSIP/6001", False),
        ("{number}", False),
        ("PJSIP/{number}&PJSIP/{number}", False),
        ("PJSIP/{number},20", False),
    ],
)
def test_a_template_names_one_endpoint(template: str, is_good: bool) -> None:
    assert is_dial_template(template) is is_good
