"""Asks the PBX now and then how the caller's packets fare. A channel that hangs up takes its figures with it, within
two milliseconds, so the last ones must already be here."""

from __future__ import annotations

import asyncio

from asisso.asterisk.ari.errors import AriError, AriNotFound
from asisso.asterisk.ari.rest import AriClient
from asisso.asterisk.ari.rtp import RtpStatistics

FIRST_LOOK_S = 6.0
"""Asterisk counts losses for its RTCP reports, every 5 s."""

LOOK_EVERY_S = 15.0


class RtpWatch:
    """One channel's packets.

    Attributes:
        last: what was seen last; None when the PBX has no figures, as of a channel without RTP.
    """

    def __init__(self, ari: AriClient, channel_id: str) -> None:
        self._ari = ari
        self._channel_id = channel_id
        self.last: RtpStatistics | None = None

    async def follow(self) -> None:
        """Look until cancelled, or until there is nothing to be seen."""
        pause_s = FIRST_LOOK_S
        while True:
            await asyncio.sleep(pause_s)
            if not await self.look():
                return
            pause_s = LOOK_EVERY_S

    async def look(self) -> bool:
        """Look once; says whether it is worth looking again."""
        try:
            self.last = await self._ari.rtp_statistics(self._channel_id)
        except AriNotFound:
            return False
        except AriError:
            return True  # busy or restarting, and no part of the call depends on it
        return True
