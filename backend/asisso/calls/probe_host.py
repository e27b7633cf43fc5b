"""What a connection check needs of the product while it makes channels on a PBX: ids and a way in for its audio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from asisso.asterisk.ari.events import ChannelEvent
from asisso.asterisk.diagnostics.subject import Holding, MediaEnd
from asisso.asterisk.media.protocol import MediaEvent
from asisso.vocabulary import EndedBy, LiveState

from .control import CallControls
from .directory import SECRET_VARIABLE, Directory, LiveCall
from .ids import new_probe_id
from .line import MediaSocket
from .machine import CallEvent


class ProbeHost:
    """Implements `asterisk.diagnostics.subject.Host` for one check.

    Known to the directory as something like a call, so that workers and housekeeping leave its objects alone; counted
    as none.

    Args:
        holding: tells who holds the application.
    """

    def __init__(
        self,
        directory: Directory,
        configuration_id: str,
        holding: Callable[[], Awaitable[Holding]],
        *,
        media_username: str,
        requires_credentials: bool,
    ) -> None:
        self._directory = directory
        self._holding = holding
        self._configuration_id = configuration_id
        self._media_username = media_username
        self._requires_credentials = requires_credentials
        self._session = _ProbeSession(configuration_id)

    async def holding(self) -> Holding:
        return await self._holding()

    def new_id(self, kind: str) -> str:
        made = new_probe_id(self._configuration_id, kind)
        self._directory.add_probe(self._configuration_id, made, self._session)
        return made

    def expect_media(self, channel_id: str, end: MediaEnd) -> Mapping[str, str]:
        secret = self._directory.issue_ticket(
            _ProbeMedia(self._session, end),
            attempt=1,
            channel_id=channel_id,
            media_username=self._media_username,
            requires_credentials=self._requires_credentials,
        )
        return {SECRET_VARIABLE: secret}

    def release(self) -> None:
        self._directory.remove(self._session)


class _ProbeSession:
    """A call to the directory that has no caller and takes no events: the check reads its own event stream."""

    is_on_the_pbx = False
    live_state = LiveState.SETTING_UP

    def __init__(self, configuration_id: str) -> None:
        self.configuration_id = configuration_id
        self.channel_id = ""
        self.bridge_id = ""

    def controls(self, by: EndedBy) -> CallControls | None:
        return None

    def post(self, event: CallEvent) -> None:
        return

    def on_ari(self, event: ChannelEvent) -> None:
        return


class _ProbeMedia:
    """The owner of one of the check's media sockets."""

    def __init__(self, session: LiveCall, end: MediaEnd) -> None:
        self.session = session
        self.has_media = False
        self.caller_sound = None
        self._end = end

    def on_media_connected(self, attempt: int, socket: MediaSocket) -> None:
        self.has_media = True
        self._end.on_start(socket)

    def on_media_audio(self, payload: bytes) -> None:
        self._end.on_audio(payload)

    def on_media_event(self, event: MediaEvent) -> None:
        return

    def on_media_closed(self, attempt: int, code: int) -> None:
        self.has_media = False
