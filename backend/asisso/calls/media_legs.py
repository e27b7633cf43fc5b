"""The media side of one call: its channels, tickets and sockets, one attempt after the other.

Says what happened in the call machine's words. Must not know what the audio is for.
"""

from __future__ import annotations

from collections.abc import Callable

from asisso.asterisk.ari.errors import AriError, AriUnprocessable, AriUnreachable
from asisso.asterisk.ari.events import ChannelDestroyed, ChannelEvent, StasisStart
from asisso.asterisk.ari.rest import AriClient, ExternalMedia
from asisso.asterisk.media.dialer import DialedMedia, MediaReceiver, MediaUnreachable

from . import machine as m
from .directory import SECRET_VARIABLE, Directory, MediaOwner
from .ids import new_media_id
from .line import MediaSocket
from .route import Configuration

CAUSE_NO_ROUTE = 3
"""Q.850 cause of a media channel whose WebSocket never came up."""


class MediaLegs:
    """Every attempt to connect a call's media; at most one socket carries audio at a time.

    Args:
        post: takes the machine's events; must not wait.
    """

    def __init__(
        self,
        call: MediaOwner,
        ari: AriClient,
        app: str,
        directory: Directory,
        configuration: Configuration,
        post: Callable[[m.CallEvent], None],
    ) -> None:
        self._call = call
        self._ari = ari
        self._app = app
        self._directory = directory
        self._configuration = configuration
        self._post = post
        self._ids: dict[int, str] = {}
        self._attempt = 0
        self.socket: MediaSocket | None = None

    @property
    def channel_ids(self) -> list[str]:
        return list(self._ids.values())

    def channel_id(self, attempt: int) -> str:
        return self._ids[attempt]

    def register(self, attempt: int) -> ExternalMedia:
        """Choose the attempt's ids and let its socket in; only then may the request go out."""
        configuration = self._configuration
        channel_id = self._ids[attempt] = new_media_id(configuration.id)
        self._directory.add_channel(configuration.id, channel_id, self._call.session)
        variables = {}
        if configuration.ws_client_name:
            variables[SECRET_VARIABLE] = self._directory.issue_ticket(
                self._call,
                attempt,
                channel_id,
                media_username=configuration.media_username,
                requires_credentials=configuration.require_media_credentials,
            )
        return ExternalMedia(
            channel_id=channel_id,
            app=self._app,
            websocket_client=configuration.ws_client_name,
            format=configuration.media_format,
            variables=variables,
        )

    async def request(self, attempt: int, media: ExternalMedia) -> str:
        """Ask Asterisk for the attempt's media channel; gives the id to dial where Asterisk waits for us.

        Raises:
            AriError: it could not; the machine has been told.
        """
        try:
            return await self._ari.create_external_media(media)
        except AriUnprocessable as error:
            self._post(m.MediaLost(attempt, self._why_refused(error), can_retry=False))
            raise
        except AriUnreachable as error:
            self._post(m.MediaLost(attempt, f"Asterisk could not be reached during the call: {error}."))
            raise
        except AriError as error:
            reason = f"The media channel could not be made: {error}."
            self._post(m.MediaLost(attempt, reason, can_retry=error.retryable))
            raise

    async def dial(self, attempt: int, connection_id: str) -> None:
        """Connect to the waiting media channel and carry its audio until it ends."""
        call = self._call
        media = DialedMedia(
            self._ari.address.websocket_url(f"media/{connection_id}"),
            MediaReceiver(
                on_start=lambda socket: call.on_media_connected(attempt, socket),
                on_audio=call.on_media_audio,
                on_event=call.on_media_event,
            ),
            self._ari.address.policy,
        )
        try:
            code = await media.run()
        except MediaUnreachable as error:
            self._post(m.MediaLost(attempt, f"Asterisk's media address could not be reached: {error}."))
        else:
            call.on_media_closed(attempt, code)

    def connected(self, attempt: int, socket: MediaSocket) -> None:
        """An attempt's socket proved that it belongs here."""
        self._attempt, self.socket = attempt, socket
        self._post(m.MediaConnected(attempt))

    def closed(self, attempt: int) -> bool:
        """An attempt's socket is gone; tells whether it was the one in use."""
        self._post(m.MediaLost(attempt, "The media connection broke off during the call."))
        if attempt != self._attempt or self.socket is None:
            return False
        self.socket = None
        return True

    def on_ari(self, event: ChannelEvent) -> None:
        """An ARI event of one of the media channels."""
        attempt = next((n for n, i in self._ids.items() if i == event.channel.id), None)
        if attempt is None:
            return
        match event:
            case StasisStart():
                self._post(m.MediaEntered(attempt))
            case ChannelDestroyed(_, cause, text):
                self._post(m.MediaLost(attempt, self._why_ended(cause, text)))

    def release(self, attempt: int) -> bool:
        """Close an attempt's socket and let no other in; tells whether it was the one in use."""
        self._directory.revoke_ticket(self._ids[attempt])
        if attempt != self._attempt or self.socket is None:
            return False
        socket, self.socket = self.socket, None
        socket.close(1000)
        return True

    def release_all(self) -> None:
        """The call is over."""
        for attempt in self._ids:
            self.release(attempt)

    def _why_refused(self, error: AriUnprocessable) -> str:
        client = self._configuration.ws_client_name
        return (
            f"Asterisk refused the media channel ({error.reason}). Check that websocket_client.conf has a section "
            f"[{client}] and that chan_websocket is loaded."
        )

    def _why_ended(self, cause: int, text: str) -> str:
        if cause != CAUSE_NO_ROUTE:
            return f"The media channel ended ({text or 'no cause given'}, {cause})."
        return (
            f"Asterisk could not connect to the media address in [{self._configuration.ws_client_name}] of "
            "websocket_client.conf: wrong host, port, path, TLS or credentials, or a firewall between Asterisk and "
            "this server."
        )
