import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxlab.telephone.message import (
    Headers,
    SipParseError,
    SipRequest,
    SipResponse,
    parameter,
    parse,
    uri_in,
)

pytestmark = pytest.mark.unit

INVITE = (
    b"INVITE sip:8000@pbx.example.org SIP/2.0\r\n"
    b"v: SIP/2.0/UDP phone.example.org:5060;branch=z9hG4bK776;rport\r\n"
    b"Via: SIP/2.0/UDP first.example.org;branch=z9hG4bK000\r\n"
    b'f: "Doe; tag=no" <sip:1000@example.org;tag=neither>;tag=abc\r\n'
    b"t: <sip:8000@pbx.example.org>\r\n"
    b"i: 1234@phone\r\n"
    b"CSeq: 17 INVITE\r\n"
    b"Subject: a long\r\n subject\r\n"
    b"l: 4\r\n"
    b"\r\n"
    b"bodyand more"
)


def test_request_with_compact_and_folded_fields_is_read_in_full() -> None:
    request = parse(INVITE)

    assert isinstance(request, SipRequest)
    assert (request.method, request.uri, request.user) == ("INVITE", "sip:8000@pbx.example.org", "8000")
    assert request.call_id == "1234@phone"
    assert request.cseq == (17, "INVITE")
    assert request.branch == "z9hG4bK776"
    assert len(request.headers.all("Via")) == 2
    assert request.headers.get("subject") == "a long subject"
    assert request.body == b"body"


def test_parameter_is_not_taken_from_the_display_name_or_the_uri() -> None:
    request = parse(INVITE)

    assert parameter(request.headers.get("from"), "tag") == "abc"
    assert parameter(request.headers.get("to"), "tag") == ""
    assert uri_in(request.headers.get("from")) == "sip:1000@example.org;tag=neither"


def test_message_survives_being_written_and_read() -> None:
    request = parse(INVITE)
    assert isinstance(request, SipRequest)

    again = parse(request.to_bytes())

    assert isinstance(again, SipRequest)
    assert again.body == request.body
    assert [field for field in again.headers.items() if field[0] != "content-length"] == [
        field for field in request.headers.items() if field[0] != "content-length"
    ]


def test_response_mirrors_what_names_the_transaction_and_adds_its_tag() -> None:
    request = parse(INVITE)
    assert isinstance(request, SipRequest)

    response = parse(request.response(486, "Busy Here", to_tag="mine").to_bytes())

    assert isinstance(response, SipResponse)
    assert (response.code, response.reason, response.is_final) == (486, "Busy Here", True)
    assert response.headers.all("via") == request.headers.all("via")
    assert parameter(response.headers.get("to"), "tag") == "mine"
    assert response.cseq == (17, "INVITE")


def test_response_keeps_the_tag_a_request_inside_a_dialog_already_has() -> None:
    headers = Headers([("To", "<sip:8000@pbx>;tag=theirs"), ("CSeq", "2 BYE")])

    response = SipRequest(headers, method="BYE", uri="sip:8000@pbx").response(200, "OK", to_tag="mine")

    assert response.headers.get("to") == "<sip:8000@pbx>;tag=theirs"


def test_header_field_is_replaced_in_its_place() -> None:
    headers = Headers([("Via", "one"), ("To", "x"), ("v", "two")])

    headers.set("via", "only")

    assert headers.items() == [("via", "only"), ("to", "x")]


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"HELLO\r\n\r\n",
        b"INVITE sip:x@y HTTP/1.1\r\n\r\n",
        b"SIP/2.0 9 Odd\r\n\r\n",
        b"SIP/2.0 200 OK\r\nno colon\r\n\r\n",
        b"SIP/2.0 200 OK\r\nContent-Length: 10\r\n\r\nshort",
    ],
)
def test_what_is_not_sip_is_refused(data: bytes) -> None:
    with pytest.raises(SipParseError):
        parse(data)


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda tail: INVITE[:150] + tail))
def test_any_datagram_is_either_a_message_or_refused(data: bytes) -> None:
    try:
        message = parse(data)
    except SipParseError:
        return
    assert message.to_bytes()
