"""ARI's requests: one keep-alive HTTP client for each PBX, every request with a time limit.

Never repeats a request by itself: a second externalMedia with a used id kills Asterisk 22.10, and a second
answer or addChannel is the call machine's decision.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from weakref import WeakValueDictionary

import httpx

from asisso.outbound_addresses import DEFAULT_POLICY, AddressPolicy
from asisso.outbound_http import ConnectionRefusedHere, guarded_transport

from .errors import (
    AriNotAllowed,
    AriNotAsterisk,
    AriNotFound,
    AriServerError,
    AriTimeout,
    AriUnreachable,
    not_ari,
    status_error,
)
from .events import Channel, parse_channel
from .rtp import RtpStatistics, parse_rtp_statistics

REQUEST_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 3.0
EXTERNAL_MEDIA_TIMEOUT_S = 4.0
"""Asterisk may hold the answer back for its whole connect phase: 4 tries of 500 ms and the waits between."""

_TIMEOUT = httpx.Timeout(REQUEST_TIMEOUT_S, connect=CONNECT_TIMEOUT_S).as_dict()

MAX_CONNECTIONS = 16
KEEPALIVE_EXPIRY_S = 10.0
"""Below Asterisk's session_keep_alive (15 s), so that we never write into a connection it is closing."""

_LIMITS = httpx.Limits(
    max_connections=MAX_CONNECTIONS,
    max_keepalive_connections=MAX_CONNECTIONS,
    keepalive_expiry=KEEPALIVE_EXPIRY_S,
)


@dataclass(frozen=True, slots=True)
class AriAddress:
    """Where an ARI is, who we are there, and where `base_url` may lead. It has no trailing slash and no `/ari`."""

    base_url: str
    username: str
    password: str
    policy: AddressPolicy = DEFAULT_POLICY

    def websocket_url(self, path: str) -> str:
        """The address of a WebSocket on Asterisk's HTTP server."""
        scheme, _, rest = self.base_url.partition("://")
        return f"{'wss' if scheme == 'https' else 'ws'}://{rest}/{path}"

    def __repr__(self) -> str:
        return f"AriAddress({self.base_url!r}, {self.username!r})"


def basic_authorization(address: AriAddress) -> str:
    """The Authorization header that signs in there."""
    credentials = base64.b64encode(f"{address.username}:{address.password}".encode()).decode()
    return f"Basic {credentials}"


_turns: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()


def _external_media_turn(base_url: str) -> asyncio.Lock:
    """The lock that all clients of a PBX in this event loop share; forgotten while nobody holds it."""
    key = (id(asyncio.get_running_loop()), base_url)
    turn = _turns.get(key)
    if turn is None:
        turn = _turns[key] = asyncio.Lock()
    return turn


@dataclass(frozen=True, slots=True)
class ExternalMedia:
    """What `POST /channels/externalMedia` needs for a chan_websocket channel.

    Attributes:
        websocket_client: section name in the PBX's websocket_client.conf, which says whom Asterisk dials;
            empty: Asterisk waits for us to dial it.
        format: Asterisk's codec name: slin16, slin, ulaw, alaw.
        variables: come back in MEDIA_START.channel_variables (JSON control format only).
    """

    channel_id: str
    app: str
    websocket_client: str
    format: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Origination:
    """What `POST /channels` needs to dial a telephone into a Stasis application.

    Attributes:
        endpoint: technology and resource, e.g. `PJSIP/6001`.
        caller_id: a number, or `"Name" <number>`; empty leaves it to Asterisk.
        ring_timeout_s: after this Asterisk gives up.
    """

    channel_id: str
    app: str
    endpoint: str
    caller_id: str
    ring_timeout_s: int
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bridge:
    id: str
    channel_ids: tuple[str, ...]


class AriClient:
    """Requests to one ARI.

    Every method raises `AriError`: `AriUnreachable` or `AriTimeout` when nothing came back, `AriNotAsterisk`
    when something else did, or the class of the HTTP status.
    """

    def __init__(
        self,
        address: AriAddress,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.address = address
        # The transport alone: httpx's client around it costs a quarter more and does nothing that ARI needs.
        self._http = transport or guarded_transport(address.policy, limits=_LIMITS)
        self._headers = {"Authorization": basic_authorization(address), "Accept": "application/json"}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    # Asterisk itself

    async def system_info(self) -> Mapping[str, Any]:
        """GET /asterisk/info: `system` has version and entity_id, `status` the start-up time."""
        return _object(await self._request("GET", "asterisk/info"))

    async def filter_events(self, app: str, disallowed: Sequence[str]) -> None:
        """PUT /applications/{app}/eventFilter: stop the named event types for as long as the app lives."""
        await self._request(
            "PUT",
            f"applications/{quote(app, safe='')}/eventFilter",
            json={"disallowed": [{"type": name} for name in disallowed]},
        )

    async def application_channels(self, app: str) -> list[str]:
        """The ids of the channels that are in the Stasis application now."""
        answer = _object(await self._request("GET", f"applications/{quote(app, safe='')}"))
        return [str(i) for i in answer.get("channel_ids", [])]

    async def subscribe_to_channel(self, app: str, channel_id: str) -> None:
        """Ask for the channel's ChannelDestroyed, which Stasis otherwise keeps from inbound callers' apps."""
        await self._request(
            "POST",
            f"applications/{quote(app, safe='')}/subscription",
            params={"eventSource": f"channel:{channel_id}"},
        )

    # channels

    async def channels(self) -> list[Channel]:
        return [parse_channel(c) for c in _array(await self._request("GET", "channels"))]

    async def answer(self, channel_id: str, *, timeout_s: float = REQUEST_TIMEOUT_S) -> None:
        """POST /channels/{id}/answer; returns when the channel has done all that was asked of it before."""
        await self._request("POST", f"channels/{quote(channel_id, safe='')}/answer", timeout_s=timeout_s)

    async def hang_up(self, channel_id: str, *, cause: int | None = None) -> None:
        """DELETE /channels/{id}; `cause` is Q.850 and becomes the SIP status of an unanswered call."""
        params = {} if cause is None else {"reason_code": str(cause)}
        await self._request("DELETE", f"channels/{quote(channel_id, safe='')}", params=params)

    async def originate(self, origination: Origination) -> None:
        """POST /channels: dial; the channel enters the application when the telephone answers."""
        await self._request(
            "POST",
            "channels",
            json={
                "channelId": origination.channel_id,
                "app": origination.app,
                "endpoint": origination.endpoint,
                "callerId": origination.caller_id,
                "timeout": origination.ring_timeout_s,
                "variables": dict(origination.variables),
            },
        )

    async def start_music(self, channel_id: str) -> None:
        """POST /channels/{id}/moh: music on hold, also outside of any bridge."""
        await self._request("POST", f"channels/{quote(channel_id, safe='')}/moh")

    async def stop_music(self, channel_id: str) -> None:
        await self._request("DELETE", f"channels/{quote(channel_id, safe='')}/moh")

    async def play(self, channel_id: str, sounds: Sequence[str]) -> None:
        """POST /channels/{id}/play: Asterisk's own prompts, e.g. `sorry`; PlaybackFinished tells their end."""
        media = ",".join(f"sound:{sound}" for sound in sounds)
        await self._request("POST", f"channels/{quote(channel_id, safe='')}/play", params={"media": media})

    async def send_dtmf(self, channel_id: str, digits: str) -> None:
        """POST /channels/{id}/dtmf: press keys towards the channel's telephone."""
        await self._request("POST", f"channels/{quote(channel_id, safe='')}/dtmf", params={"dtmf": digits})

    async def variable(self, channel_id: str, name: str) -> str | None:
        """A channel variable or dialplan function; None where Asterisk does not know it or it has no value.

        Functions that fail, such as PJSIP_HEADER() of an absent header, answer 500.
        """
        try:
            answer = await self._request(
                "GET", f"channels/{quote(channel_id, safe='')}/variable", params={"variable": name}
            )
        except (AriNotFound, AriServerError):
            return None
        return str(_object(answer).get("value", ""))

    async def set_variable(self, channel_id: str, name: str, value: str) -> None:
        await self._request(
            "POST",
            f"channels/{quote(channel_id, safe='')}/variable",
            params={"variable": name, "value": value},
        )

    async def rtp_statistics(self, channel_id: str) -> RtpStatistics:
        """GET /channels/{id}/rtp_statistics; 404 once the channel hangs up, and for channels without RTP."""
        answer = await self._request("GET", f"channels/{quote(channel_id, safe='')}/rtp_statistics")
        return parse_rtp_statistics(_object(answer))

    async def continue_in_dialplan(
        self, channel_id: str, *, context: str = "", extension: str = "", priority: int | None = None
    ) -> None:
        """POST /channels/{id}/continue: leave Stasis, at the line behind it unless a place is named.

        Asterisk takes a place that does not exist and hangs the caller up there.
        """
        place = {"context": context, "extension": extension, "priority": str(priority or "")}
        params = {name: value for name, value in place.items() if value}
        await self._request("POST", f"channels/{quote(channel_id, safe='')}/continue", params=params)

    async def redirect(self, channel_id: str, endpoint: str) -> None:
        """POST /channels/{id}/redirect: SIP REFER to the channel's own device; success says only that it was sent."""
        await self._request(
            "POST", f"channels/{quote(channel_id, safe='')}/redirect", params={"endpoint": endpoint}
        )

    async def create_external_media(self, media: ExternalMedia) -> str:
        """POST /channels/externalMedia, one at a time: parallel bursts crash Asterisk before 22.11.

        Success means only that Asterisk tries to connect, or waits; the end of that is an event.

        Returns:
            The connection's id: what `media_url` needs when Asterisk waits for us.
        """
        async with _external_media_turn(self.address.base_url):
            answer = await self._request(
                "POST",
                "channels/externalMedia",
                json={
                    "channelId": media.channel_id,
                    "app": media.app,
                    "external_host": media.websocket_client,
                    "transport": "websocket",
                    "encapsulation": "none",
                    "connection_type": "client" if media.websocket_client else "server",
                    "format": media.format,
                    "transport_data": "f(json)",
                    "variables": dict(media.variables),
                },
                timeout_s=EXTERNAL_MEDIA_TIMEOUT_S,
            )
        variables = _object(answer).get("channelvars") or {}
        return str(variables.get("MEDIA_WEBSOCKET_CONNECTION_ID", ""))

    # bridges

    async def bridges(self) -> list[Bridge]:
        return [
            Bridge(str(b["id"]), tuple(str(c) for c in b.get("channels", [])))
            for b in _array(await self._request("GET", "bridges"))
        ]

    async def create_bridge(self, bridge_id: str) -> None:
        await self._request(
            "POST", f"bridges/{quote(bridge_id, safe='')}", params={"type": "mixing,dtmf_events"}
        )

    async def add_to_bridge(self, bridge_id: str, channel_ids: Sequence[str]) -> None:
        await self._request(
            "POST",
            f"bridges/{quote(bridge_id, safe='')}/addChannel",
            params={"channel": ",".join(channel_ids)},
        )

    async def remove_from_bridge(self, bridge_id: str, channel_id: str) -> None:
        await self._request(
            "POST", f"bridges/{quote(bridge_id, safe='')}/removeChannel", params={"channel": channel_id}
        )

    async def delete_bridge(self, bridge_id: str) -> None:
        await self._request("DELETE", f"bridges/{quote(bridge_id, safe='')}")

    async def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        timeout_s: float = REQUEST_TIMEOUT_S,
    ) -> object:
        try:
            request = httpx.Request(
                method,
                f"{self.address.base_url}/ari/{path}",
                params=params,
                json=json,
                headers=self._headers,
                extensions={"timeout": _TIMEOUT | {"read": timeout_s}},
            )
            async with asyncio.timeout(timeout_s):
                answer = await self._http.handle_async_request(request)
                await answer.aread()
        except (TimeoutError, httpx.TimeoutException):
            raise AriTimeout(f"ARI gave no answer to {method} /{path} within {timeout_s:g} s") from None
        except ConnectionRefusedHere as refused:
            raise AriNotAllowed(str(refused)) from None
        except httpx.TransportError as error:
            raise AriUnreachable(_why(error)) from None
        return _answer_of(answer)


def _answer_of(answer: httpx.Response) -> object:
    if answer.status_code == 204 or (answer.is_success and not answer.content):
        return None
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    if answer.is_success and is_json:
        try:
            return answer.json()
        except ValueError:
            raise AriNotAsterisk("the answer is called JSON and is none") from None
    if not is_json and answer.status_code not in (401, 403):
        raise not_ari(answer.status_code, answer.headers.get("server", ""))
    raise status_error(answer.status_code, _message_of(answer) if is_json else answer.reason_phrase)


def _message_of(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return answer.reason_phrase
    if isinstance(body, dict):
        return str(body.get("message") or body.get("error") or answer.reason_phrase)
    return answer.reason_phrase


def _why(error: httpx.TransportError) -> str:
    return str(error) or type(error).__name__


def _object(answer: object) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise AriNotAsterisk("ARI answered something other than a JSON object")
    return answer


def _array(answer: object) -> list[dict[str, Any]]:
    if not isinstance(answer, list):
        raise AriNotAsterisk("ARI answered something other than a JSON list")
    return answer
