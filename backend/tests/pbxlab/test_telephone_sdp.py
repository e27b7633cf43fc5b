import pytest

from pbxlab.telephone import sdp
from pbxlab.telephone.codecs import ALAW, SLIN16, ULAW

pytestmark = pytest.mark.unit

OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=x\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=video 4000 RTP/AVP 31\r\nc=IN IP4 192.0.2.9\r\n"
    b"m=audio 4002 RTP/AVP 9 99 8 96\r\na=rtpmap:99 L16/16000\r\na=rtpmap:96 telephone-event/8000\r\na=sendonly\r\n"
)


def test_description_is_read_back_as_it_was_written() -> None:
    stream = sdp.parse(sdp.describe("127.0.0.1", 4000, [(0, ULAW), (118, SLIN16)], session_id=5))

    assert (stream.address, stream.port, stream.direction) == ("127.0.0.1", 4000, "sendrecv")
    assert stream.payload_type_of(ULAW) == 0
    assert stream.payload_type_of(SLIN16) == 118
    assert stream.payload_type_of(ALAW) is None
    assert stream.telephone_event_type == 101


def test_foreign_offer_gives_its_first_known_codec_under_its_own_number() -> None:
    stream = sdp.parse(OFFER)

    assert (stream.address, stream.port) == ("192.0.2.1", 4002)
    assert stream.first_of([ULAW, ALAW, SLIN16]) is SLIN16
    assert stream.payload_type_of(SLIN16) == 99
    assert stream.first_of([ULAW, ALAW]) is ALAW
    assert stream.first_of([ULAW]) is None
    assert stream.telephone_event_type == 96


def test_far_end_that_only_sends_is_not_sent_anything_and_answered_with_recvonly() -> None:
    stream = sdp.parse(OFFER)

    assert not stream.wants_audio
    assert sdp.answering_direction(stream.direction) == "recvonly"
    assert sdp.answering_direction("sendrecv") == "sendrecv"


@pytest.mark.parametrize(
    "body", [b"", b"v=0\r\n", b"m=audio 0 RTP/AVP 0\r\nc=IN IP4 1.2.3.4", b"m=audio 4000 RTP/AVP 0\r\n"]
)
def test_description_without_a_usable_stream_is_refused(body: bytes) -> None:
    with pytest.raises(sdp.SdpError):
        sdp.parse(body)
