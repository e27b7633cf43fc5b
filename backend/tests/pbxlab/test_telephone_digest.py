"""Digest authentication, by the worked examples of its RFCs."""

from __future__ import annotations

import pytest

from pbxlab.telephone.digest import Account, authorization

pytestmark = pytest.mark.unit

MUFASA = Account("Mufasa", "Circle of Life")
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_answer_is_that_of_rfc_7616_section_3_9_1(algorithm: str, response: str) -> None:
    challenge = (
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    answer = authorization(challenge, MUFASA, "GET", "/dir/index.html", CNONCE)
    assert f'response="{response}"' in answer
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in answer


def test_a_challenge_without_qop_is_answered_as_rfc_2069_did() -> None:
    challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    answer = authorization(challenge, Account("Mufasa", "CircleOfLife"), "GET", "/dir/index.html")
    assert "qop" not in answer
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in answer


@pytest.mark.parametrize("challenge", ['Basic realm="x"', 'Digest nonce="a", algorithm=SHA-1', ""])
def test_another_kind_of_challenge_is_refused(challenge: str) -> None:
    with pytest.raises(ValueError, match="cannot answer"):
        authorization(challenge, MUFASA, "INVITE", "sip:8000@pbx")
