"""The bench on a real Asterisk: instances and their lives, and the telephone's calls to and from them."""

import asyncio
import contextlib
import os
import select
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from pbxlab import sounds
from pbxlab.asterisk import Asterisk
from pbxlab.errors import PbxFailed
from pbxlab.ports import Ports
from pbxlab.provision import AsteriskRoot
from pbxlab.pytest_plugin import StartAsterisk, TakeTelephone
from pbxlab.telephone import ALAW, SLIN16, ULAW, Answer, Codec, EndKind, Reject, Ring
from pbxlab.telephone.g711 import Pcm

pytestmark = pytest.mark.pbx


def likeness(said: Pcm, heard: Pcm) -> float:
    """How much of what was said is in what was heard, 0 to 1: the best normalised correlation."""
    spoken, wanted = heard.astype(float), said.astype(float)
    size = 1 << (len(spoken) + len(wanted)).bit_length()
    correlation = np.fft.irfft(np.fft.rfft(spoken, size) * np.conj(np.fft.rfft(wanted, size)), size)
    return float(correlation.max() / (np.linalg.norm(spoken) * np.linalg.norm(wanted)))


async def test_instance_is_ready_with_all_its_parts(asterisk: StartAsterisk) -> None:
    pbx = await asterisk()

    assert await pbx.ari.channels() == []
    assert "Running" in await pbx.cli("module show like chan_websocket")
    assert (await pbx.ari.endpoint("6001"))["resource"] == "6001"
    assert pbx.cpu_seconds() > 0
    assert " ERROR[" not in pbx.log_text()


async def test_given_files_count_and_the_bench_keeps_its_own_part(
    asterisk: StartAsterisk, telephone: TakeTelephone
) -> None:
    ports = Ports.reserve()
    files = {
        "http.conf": f"[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = {ports.http}\n",
        "ari.conf": "[general]\nenabled = yes\n[theirs]\ntype = user\npassword = other\n",
        "extensions.conf": "[theirs]\nexten => 8000,1,Busy()",
    }
    try:
        pbx = await asterisk(ports=ports, files=files)
        phone = await telephone(pbx)

        assert pbx.http_port == ports.http
        assert "theirs" in await pbx.cli("ari show users")
        assert (await (await phone.dial("8000")).ended()).code == 486
        await (await phone.dial("600")).answered()
        assert len(await pbx.ari.channels()) == 1
    finally:
        await pbx.close()
        ports.release()


async def test_two_instances_live_side_by_side_and_one_survives_the_other(
    asterisk: StartAsterisk, telephone: TakeTelephone
) -> None:
    first, second = await asyncio.gather(asterisk(), asterisk())
    at_first, at_second = await telephone(first), await telephone(second)
    lost, kept = await at_first.dial("600"), await at_second.dial("600")
    await asyncio.gather(lost.answered(), kept.answered())

    await first.kill()

    assert not first.is_running
    with pytest.raises(PbxFailed):
        await first.cli("core show version")
    kept.play(sounds.prompt("hello", second.root).path)
    await kept.hears_audio()
    await first.start()
    again = await at_first.dial("600")
    await again.answered()


async def test_restarted_instance_keeps_its_ports_and_forgets_its_calls(
    asterisk: StartAsterisk, telephone: TakeTelephone
) -> None:
    pbx = await asterisk()
    phone = await telephone(pbx)
    call = await phone.dial("600")
    await call.answered()
    pid = pbx.pid

    await pbx.restart()

    assert (await call.ended()).kind is EndKind.REMOTE_BYE
    assert pbx.pid != pid
    assert await pbx.ari.channels() == []


async def test_broken_configuration_is_told_with_the_log(asterisk: StartAsterisk) -> None:
    with pytest.raises(PbxFailed, match=r"nosuchmodule"):
        await asterisk(files={"modules.conf": "[modules]\nautoload = no\nrequire = nosuchmodule.so\n"})


async def test_closed_instance_leaves_no_folder_and_keeps_its_log(asterisk_root: AsteriskRoot) -> None:
    pbx = Asterisk(asterisk_root)
    async with pbx:
        folder = pbx.log_path.parent.parent
        assert folder.is_dir()

    assert not folder.exists()
    assert "Asterisk Ready" in pbx.log_text()


async def test_instance_dies_with_the_process_that_started_it(asterisk_root: AsteriskRoot) -> None:
    program = """\
        import asyncio
        from pbxlab.asterisk import Asterisk
        from pbxlab.provision import provision

        async def main():
            async with Asterisk(provision()) as pbx:
                print(pbx.pid, flush=True)
                await asyncio.Event().wait()

        asyncio.run(main())
    """
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert owner.stdout is not None
    pid = int(await owner.stdout.readline())

    owner.kill()
    await owner.wait()

    # A process's descriptor turns readable when it ends (pidfd_open(2)).
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        assert select.select([descriptor], [], [], 5)[0]
        os.close(descriptor)


@pytest.mark.parametrize("codec", [ULAW, ALAW, SLIN16], ids=lambda codec: codec.name)
async def test_telephone_hears_its_own_words_from_the_echo(
    shared_asterisk: Asterisk, telephone: TakeTelephone, tmp_path: Path, codec: Codec
) -> None:
    phone = await telephone(shared_asterisk)
    words = sounds.prompt("vm-goodbye", shared_asterisk.root)
    call = await phone.dial("600", codec=codec)
    await call.answered()

    call.play(words.path)
    await call.played()
    await call.hears_silence(200)
    await call.hang_up()

    assert words.text == "Goodbye"
    assert likeness(words.load(), call.heard_pcm()) > 0.95
    assert call.first_audio_at is not None
    assert call.first_audio_at - (call.answered_at or 0) < 1
    call.save(tmp_path / "call.wav")
    assert (tmp_path / "call.wav").stat().st_size > 2 * 2 * 8000 * 0.5
    await shared_asterisk.ari.empty()


@pytest.mark.parametrize(("number", "status"), [("604", 486), ("605", 503), ("8000", 503), ("12345", 404)])
async def test_refused_call_tells_asterisks_status(
    shared_asterisk: Asterisk, telephone: TakeTelephone, number: str, status: int
) -> None:
    phone = await telephone(shared_asterisk)

    end = await (await phone.dial(number)).ended()

    assert (end.kind, end.code) == (EndKind.REJECTED, status)


async def test_call_cancelled_while_it_rings_leaves_nothing_behind(
    shared_asterisk: Asterisk, telephone: TakeTelephone
) -> None:
    phone = await telephone(shared_asterisk)
    call = await phone.dial("608")
    await call.rings()

    await call.hang_up()

    assert (await call.ended()).kind is EndKind.CANCELLED
    assert call.status_codes == [100, 180, 487]
    await shared_asterisk.ari.empty()


async def test_call_hung_up_by_asterisk_tells_the_cause(
    shared_asterisk: Asterisk, telephone: TakeTelephone
) -> None:
    phone = await telephone(shared_asterisk)
    call = await phone.dial("601")
    await call.hears_audio()
    [channel] = await shared_asterisk.ari.channels()

    assert await shared_asterisk.ari.delete_channel(channel["id"], reason="congestion")

    end = await call.ended()
    assert (end.kind, end.cause) == (EndKind.REMOTE_BYE, 34)
    assert channel["protocol_id"] == call.call_id
    assert not await shared_asterisk.ari.delete_channel(channel["id"])


@pytest.mark.parametrize("codec", [ULAW, SLIN16], ids=lambda codec: codec.name)
async def test_keys_go_to_asterisk_and_come_back(
    shared_asterisk: Asterisk, telephone: TakeTelephone, codec: Codec
) -> None:
    phone = await telephone(shared_asterisk)
    call = await phone.dial("607", codec=codec)
    await call.answered()

    call.send_digits("4*1")

    await call.hears_digits("4*1")


async def test_asterisk_calls_the_telephone_and_is_answered(
    shared_asterisk: Asterisk, telephone: TakeTelephone
) -> None:
    phone = await telephone(shared_asterisk)
    words = sounds.prompt("hello-world", shared_asterisk.root)
    phone.when_called(Answer(after_ms=30, play=words.path), number="6001")

    await shared_asterisk.ari.originate(
        "PJSIP/6001", extension="600", context="pbxlab", caller_id='"Desk" <77>'
    )
    call = await phone.next_call()
    await call.played()
    await call.hears_silence(200)

    assert call.status_codes == [180, 200]
    assert "77" in call.remote_headers["from"]
    assert likeness(words.load(), call.heard_pcm()) > 0.9
    await call.hang_up()
    await shared_asterisk.ari.empty()


async def test_asterisk_calls_a_busy_telephone_and_gives_up(
    shared_asterisk: Asterisk, telephone: TakeTelephone
) -> None:
    phone = await telephone(shared_asterisk)
    phone.when_called(Reject(486), number="6002")

    await shared_asterisk.ari.originate("PJSIP/6002", extension="600", context="pbxlab")
    call = await phone.next_call()

    assert (await call.ended()).code == 486
    await shared_asterisk.ari.empty()


async def test_asterisk_calls_a_ringing_telephone_until_it_is_told_to_stop(
    shared_asterisk: Asterisk, telephone: TakeTelephone
) -> None:
    phone = await telephone(shared_asterisk)
    phone.when_called(Ring())

    channel_id = await shared_asterisk.ari.originate("PJSIP/6003", extension="600", context="pbxlab")
    call = await phone.next_call()
    await shared_asterisk.ari.delete_channel(channel_id)

    assert (await call.ended()).kind is EndKind.CANCELLED
    await shared_asterisk.ari.empty()


async def test_call_through_the_dialplan_joins_two_telephones(
    shared_asterisk: Asterisk, telephone: TakeTelephone
) -> None:
    desk = await telephone(shared_asterisk)
    outside = await telephone(shared_asterisk)
    words = sounds.prompt("hello-world", shared_asterisk.root)

    dialled = await outside.dial("901")
    received = await desk.next_call()
    await asyncio.gather(dialled.answered(), received.answered())
    dialled.play(words.path)
    await dialled.played()
    await received.hears_silence(200)

    assert likeness(words.load(), received.heard_pcm()) > 0.9
    await received.hang_up()
    assert (await dialled.ended()).kind is EndKind.REMOTE_BYE


async def test_twenty_calls_at_once_all_hear_themselves(
    shared_asterisk: Asterisk, telephone: TakeTelephone
) -> None:
    phone = await telephone(shared_asterisk)
    words = sounds.prompt("hello-world", shared_asterisk.root)
    calls = await asyncio.gather(*(phone.dial("600") for _ in range(20)))
    await asyncio.gather(*(call.answered() for call in calls))

    for call in calls:
        call.play(words.path)
    await asyncio.gather(*(call.played() for call in calls))
    await asyncio.gather(*(call.hears_silence(200) for call in calls))
    await asyncio.gather(*(call.hang_up() for call in calls))

    assert all(likeness(words.load(), call.heard_pcm()) > 0.9 for call in calls)
    for call in calls:
        span_s = call.heard[-1].at - call.heard[0].at
        assert len(call.heard) == pytest.approx(span_s * 50 + 1, abs=5)
    await shared_asterisk.ari.empty()


async def test_prompts_are_human_speech_with_known_words(asterisk_root: AsteriskRoot) -> None:
    prompts = sounds.prompts(asterisk_root)

    assert len(prompts) > 200
    assert not prompts["beep"].is_speech
    assert prompts["vm-goodbye"].is_speech
    assert 0.3 < len(prompts["vm-goodbye"].load()) / sounds.SAMPLE_RATE_HZ < 3
