"""What every benchmark does with calls: place one, wait for its sound, wait until nothing of any is left."""

from __future__ import annotations

from collections.abc import Sequence

from pbxlab.telephone.call import PhoneCall
from pbxlab.telephone.telephone import Telephone

from .stage import Stage, eventually

AGENT_EXTENSION = "8000"
BASELINE_EXTENSION = "606"
"""Answer() and Playback() of a prompt, in the bench's own dialplan."""

BASELINE_IS = "Answer() and Playback() inside the same Asterisk"
FIRST_RTP_TIMEOUT_S = 5.0
QUIET_TIMEOUT_S = 30.0


async def hears_first_rtp(call: PhoneCall, timeout_s: float = FIRST_RTP_TIMEOUT_S) -> None:
    """Wait until the call is answered and its first RTP packet is here; raises like `PhoneCall.answered`."""
    await call.answered(timeout_s)
    await call.until(lambda: call.first_rtp_at is not None, "the first RTP packet", timeout_s)


def answer_ms(call: PhoneCall) -> float:
    """From the INVITE to the answer."""
    assert call.answered_at is not None
    return (call.answered_at - call.invited_at) * 1000


def first_rtp_ms(call: PhoneCall) -> float:
    """From the INVITE to the first RTP packet, by the kernel's clock."""
    assert call.first_rtp_at is not None
    return (call.first_rtp_at - call.invited_at) * 1000


async def burst(telephone: Telephone, extension: str, count: int) -> Sequence[PhoneCall]:
    """Calls that arrive together: every INVITE leaves before anything that comes back is looked at."""
    return [await telephone.dial(extension) for _ in range(count)]


async def quiet(on: Stage, timeout_s: float = QUIET_TIMEOUT_S) -> None:
    """Wait until the PBX is empty and every run completed, so that measurements don't share their time.

    Raises:
        TimeoutError, ProductFailed: something stayed; the message names it.
    """
    await on.asterisk.ari.empty(timeout_s)
    await eventually(on.live_calls, lambda calls: not calls, "the end of every run", timeout_s)
