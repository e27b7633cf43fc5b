"""Two telephones call each other directly, and one calls a peer that only speaks when it is told to."""

import asyncio
import socket
from collections.abc import AsyncIterator

import numpy as np
import pytest

from pbxlab.telephone import (
    ALAW,
    SLIN16,
    ULAW,
    Answer,
    CallEnded,
    Codec,
    EarlyMedia,
    EndKind,
    Reject,
    Ring,
    Telephone,
)
from pbxlab.telephone.g711 import Pcm
from pbxlab.telephone.message import SipRequest, parameter, parse

pytestmark = pytest.mark.integration

NOWHERE = ("127.0.0.1", 9)
SESSION = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 0\r\n"


def tone(codec: Codec, duration_ms: int = 200) -> Pcm:
    times = np.arange(codec.sample_rate_hz * duration_ms // 1000) / codec.sample_rate_hz
    return (8000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)


@pytest.fixture
async def callee() -> AsyncIterator[Telephone]:
    async with Telephone(NOWHERE) as phone:
        yield phone


@pytest.fixture
async def caller(callee: Telephone) -> AsyncIterator[Telephone]:
    async with Telephone(("127.0.0.1", callee.port)) as phone:
        yield phone


async def test_surroundings_are_heard_all_the_time_and_under_what_is_said(
    caller: Telephone, callee: Telephone
) -> None:
    dialled = await caller.dial("6001")
    received = await callee.next_call()
    await dialled.answered()

    dialled.surround(np.full(1600, 1000, np.int16))
    await received.hears_audio()
    dialled.play(np.full(1600, 4000, np.int16))
    await dialled.played()
    await received.until(lambda: len(received.heard) > 30, "it heard what came after", 5)

    levels = {int(np.median(received.codec.decode(got.packet.payload))) for got in received.heard}
    around, spoken = sorted(levels)[-2:]
    assert around == pytest.approx(1000, rel=0.05)
    assert spoken == pytest.approx(5000, rel=0.05)
    with pytest.raises(ValueError, match="surrounds nobody"):
        dialled.surround(np.zeros(10, np.int16))


@pytest.mark.parametrize("codec", [ULAW, ALAW, SLIN16], ids=lambda codec: codec.name)
async def test_call_carries_sound_both_ways(caller: Telephone, callee: Telephone, codec: Codec) -> None:
    dialled = await caller.dial("6001", codec=codec, headers={"X-Ticket": "77"})
    received = await callee.next_call()
    await dialled.answered()

    dialled.play(tone(codec))
    received.play(tone(codec))
    await asyncio.gather(dialled.hears_silence(100), received.hears_audio())
    await asyncio.gather(dialled.played(), received.played(), received.hears_audio(), dialled.hears_audio())

    assert received.number == "6001"
    assert received.remote_headers["x-ticket"] == "77"
    assert received.codec is codec
    for call in (dialled, received):
        await call.hears_silence(100)
        assert np.abs(call.heard_pcm()).max() > 7000
        assert np.abs(call.said_pcm()).max() > 7000


async def test_silence_is_sent_while_nothing_is_said_unless_muted(
    caller: Telephone, callee: Telephone
) -> None:
    dialled = await caller.dial("6001", sends_silence=False)
    received = await callee.next_call()

    await dialled.until(lambda: len(dialled.heard) >= 5, "packets came", 2)

    assert received.heard == []
    assert dialled.first_rtp_at is not None
    assert dialled.first_audio_at is None


async def test_packets_leave_on_a_steady_clock(caller: Telephone, callee: Telephone) -> None:
    dialled = await caller.dial("6001")
    received = await callee.next_call()

    await received.until(lambda: len(received.heard) >= 26, "half a second of packets came", 3)

    span_s = received.heard[25].at - received.heard[0].at
    assert span_s == pytest.approx(0.5, abs=0.15)
    timestamps = [heard.packet.timestamp for heard in received.heard]
    assert set(np.diff(timestamps).tolist()) == {ULAW.samples_per_frame}
    assert dialled.end_reason is None


async def test_keys_pressed_at_one_end_are_heard_at_the_other(caller: Telephone, callee: Telephone) -> None:
    dialled = await caller.dial("6001")
    received = await callee.next_call()
    await dialled.answered()

    dialled.send_digits("47#")
    await received.hears_digits("47#")
    await dialled.played()

    assert received.digits_heard == "47#"


async def test_caller_that_hangs_up_ends_both_sides(caller: Telephone, callee: Telephone) -> None:
    dialled = await caller.dial("6001")
    received = await callee.next_call()
    await dialled.answered()

    await dialled.hang_up()

    assert (await dialled.ended()).kind is EndKind.LOCAL_BYE
    assert (await received.ended()).kind is EndKind.REMOTE_BYE


async def test_callee_that_hangs_up_ends_both_sides(caller: Telephone, callee: Telephone) -> None:
    dialled = await caller.dial("6001")
    received = await callee.next_call()

    await received.hang_up()

    assert (await received.ended()).kind is EndKind.LOCAL_BYE
    assert (await dialled.ended()).kind is EndKind.REMOTE_BYE


async def test_rejected_call_tells_the_status_it_was_refused_with(
    caller: Telephone, callee: Telephone
) -> None:
    callee.when_called(Reject(480), number="6002")

    dialled = await caller.dial("6002")
    end = await dialled.ended()

    assert (end.kind, end.code, end.text) == (EndKind.REJECTED, 480, "Temporarily Unavailable")
    assert dialled.status_codes == [100, 480]
    with pytest.raises(CallEnded, match="rejected 480"):
        await dialled.answered()


async def test_call_cancelled_while_it_rings_ends_both_sides(caller: Telephone, callee: Telephone) -> None:
    callee.when_called(Ring())
    dialled = await caller.dial("6003")
    received = await callee.next_call()
    await dialled.rings()

    await dialled.hang_up()

    assert (await dialled.ended()).code == 487
    assert (await received.ended()).kind is EndKind.CANCELLED


async def test_ringing_call_can_be_answered_by_the_test(caller: Telephone, callee: Telephone) -> None:
    callee.when_called(Ring())
    dialled = await caller.dial("6001")
    received = await callee.next_call()
    await dialled.rings()

    received.answer()

    assert await dialled.answered() >= (dialled.ringing_at or 0)
    assert dialled.status_codes == [100, 180, 200]


async def test_early_media_is_heard_before_the_answer(caller: Telephone, callee: Telephone) -> None:
    callee.when_called(EarlyMedia())
    dialled = await caller.dial("6001")
    received = await callee.next_call()

    received.play(tone(ULAW))
    heard_at = await dialled.hears_audio()
    assert dialled.answered_at is None
    received.answer()

    assert await dialled.answered() > heard_at
    assert dialled.status_codes == [100, 183, 200]


async def test_behaviour_is_chosen_by_the_number_called(caller: Telephone, callee: Telephone) -> None:
    callee.when_called(Reject(486), number="6002")
    callee.when_called(Answer(after_ms=20))

    busy, free = await caller.dial("6002"), await caller.dial("6001")

    assert (await busy.ended()).code == 486
    await free.answered()
    assert free.status_codes == [100, 180, 200]


async def test_call_without_a_common_codec_is_not_acceptable() -> None:
    async with (
        Telephone(NOWHERE, codecs=[ALAW]) as callee,
        Telephone(("127.0.0.1", callee.port)) as caller,
    ):
        dialled = await caller.dial("6001", codec=SLIN16)

        assert (await dialled.ended()).code == 488


async def test_telephone_put_away_hangs_up_its_calls(callee: Telephone) -> None:
    async with Telephone(("127.0.0.1", callee.port)) as caller:
        dialled = await caller.dial("6001")
        received = await callee.next_call()
        await dialled.answered()

    assert (await received.ended()).kind is EndKind.REMOTE_BYE
    assert dialled.end_reason is not None


async def test_wait_that_runs_out_says_what_it_waited_for(caller: Telephone, callee: Telephone) -> None:
    callee.when_called(Ring())
    dialled = await caller.dial("6001")

    with pytest.raises(TimeoutError, match=r"0\.05 s passed before it was answered"):
        await dialled.answered(0.05)


class Peer:
    """The far end of SIP as a bare socket: says only what a test has it say."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.source: tuple[str, int] = NOWHERE

    async def receive(self) -> SipRequest:
        async with asyncio.timeout(3):
            data, self.source = await asyncio.get_running_loop().sock_recvfrom(self.socket, 65535)
        message = parse(data)
        assert isinstance(message, SipRequest)
        return message

    async def receive_bytes(self) -> bytes:
        async with asyncio.timeout(3):
            data, _ = await asyncio.get_running_loop().sock_recvfrom(self.socket, 65535)
        return data

    def send(self, data: bytes, to: tuple[str, int] | None = None) -> None:
        self.socket.sendto(data, to or self.source)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()
    yield peer
    peer.socket.close()


async def test_invite_is_sent_again_until_somebody_answers(peer: Peer) -> None:
    async with Telephone(peer.socket.getsockname()) as phone:
        call = await phone.dial("8000")

        first, again = await peer.receive(), await peer.receive()
        peer.send(again.response(404, "Not Found", to_tag="x").to_bytes())

        assert first == again
        assert (await call.ended()).code == 404
        assert (await peer.receive()).method == "ACK"


async def test_cancel_waits_for_the_far_end_to_know_the_call(peer: Peer) -> None:
    async with Telephone(peer.socket.getsockname()) as phone:
        call = await phone.dial("8000")
        invite = await peer.receive()
        hanging_up = asyncio.create_task(call.hang_up())
        await asyncio.sleep(0)

        peer.send(invite.response(100, "Trying").to_bytes())
        cancel = await peer.receive()
        peer.send(cancel.response(200, "OK", to_tag="x").to_bytes())
        peer.send(invite.response(487, "Request Terminated", to_tag="x").to_bytes())
        await hanging_up

        assert (cancel.method, cancel.branch, cancel.cseq) == ("CANCEL", invite.branch, (1, "CANCEL"))
        assert (await call.ended()).kind is EndKind.CANCELLED


async def test_retransmitted_request_gets_the_same_response_and_no_second_call(
    callee: Telephone, peer: Peer
) -> None:
    callee.when_called(Reject(486))
    invite = _invite(peer, callee)

    peer.send(invite, ("127.0.0.1", callee.port))
    trying, busy = await peer.receive_bytes(), await peer.receive_bytes()
    peer.send(invite, ("127.0.0.1", callee.port))

    assert trying.startswith(b"SIP/2.0 100")
    assert await peer.receive_bytes() == busy
    assert len(callee.calls) == 1


@pytest.mark.parametrize(
    ("method", "to_tag", "status"),
    [("BYE", ";tag=gone", 481), ("OPTIONS", "", 200), ("MESSAGE", "", 405), ("CANCEL", "", 481)],
)
async def test_request_outside_any_call_is_answered_properly(
    callee: Telephone, peer: Peer, method: str, to_tag: str, status: int
) -> None:
    peer.send(_request(method, peer, callee, to_tag=to_tag), ("127.0.0.1", callee.port))

    assert (await peer.receive_bytes()).startswith(f"SIP/2.0 {status} ".encode())


async def test_caller_that_puts_the_call_on_hold_is_followed(callee: Telephone, peer: Peer) -> None:
    address = ("127.0.0.1", callee.port)
    peer.send(_invite(peer, callee), address)
    await peer.receive_bytes()
    answer = parse(await peer.receive_bytes())
    to_tag = f";tag={parameter(answer.headers.get('to'), 'tag')}"
    peer.send(_request("ACK", peer, callee, to_tag=to_tag), address)

    peer.send(
        _request("INVITE", peer, callee, to_tag=to_tag, body=f"{SESSION}a=sendonly\r\n", cseq=2), address
    )
    held = parse(await peer.receive_bytes())

    assert b"a=sendrecv" in answer.body
    assert b"a=recvonly" in held.body
    assert callee.calls[0].end_reason is None


def _request(
    method: str, peer: Peer, phone: Telephone, *, to_tag: str = "", body: str = "", cseq: int = 1
) -> bytes:
    own = peer.socket.getsockname()
    return (
        f"{method} sip:6001@127.0.0.1:{phone.port} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{own[1]};branch=z9hG4bKpeer{cseq};rport\r\n"
        f"From: <sip:peer@127.0.0.1:{own[1]}>;tag=peer\r\nTo: <sip:6001@127.0.0.1>{to_tag}\r\n"
        f"Call-ID: peer-call\r\nCSeq: {cseq} {method}\r\nContact: <sip:peer@127.0.0.1:{own[1]}>\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _invite(peer: Peer, phone: Telephone) -> bytes:
    return _request("INVITE", peer, phone, body=SESSION)
