"""The ARI requests that only the checks need, typed. Reading them changes nothing on the PBX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from ..ari.errors import AriNotAsterisk, AriNotFound, AriServerError
from ..ari.rest import AriAddress, AriClient
from .tls import new_transport

PROBE_TIMEOUT_S = 5
"""How long Asterisk itself lets a probe's Local channel ring, should nobody hang it up."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A telephone or trunk; `state` is Asterisk's `online`, `offline` or `unknown`."""

    name: str
    state: str


class ProbeClient(AriClient):
    """A client for one run of the checks."""

    def __init__(self, address: AriAddress) -> None:
        super().__init__(address, transport=new_transport(address.policy))

    async def version_text(self) -> str:
        """GET /asterisk/info?only=system."""
        answer = await self._request("GET", "asterisk/info", params={"only": "system"})
        system = answer.get("system") if isinstance(answer, dict) else None
        return str((system or {}).get("version", ""))

    async def ping(self) -> str:
        """GET /asterisk/ping: Asterisk's clock, as it writes it."""
        answer = await self._request("GET", "asterisk/ping")
        return str(answer.get("timestamp", "")) if isinstance(answer, dict) else ""

    async def is_module_running(self, module: str) -> bool:
        """GET /asterisk/modules/{module}.so."""
        try:
            answer = await self._request("GET", f"asterisk/modules/{quote(module)}.so")
        except AriNotFound:
            return False
        return isinstance(answer, dict) and answer.get("status") == "Running"

    async def websocket_client(self, name: str) -> dict[str, str] | None:
        """A section of websocket_client.conf as Asterisk has loaded it, its password in clear; None: there is none."""
        path = f"asterisk/config/dynamic/res_websocket_client/websocket_client/{quote(name, safe='')}"
        try:
            answer = await self._request("GET", path)
        except AriNotFound:
            return None
        if not isinstance(answer, list):
            raise AriNotAsterisk("ARI answered something other than a JSON list")
        return {str(pair.get("attribute")): str(pair.get("value")) for pair in answer}

    async def is_application_registered(self, app: str) -> bool:
        """Whether some program is subscribed to the application, or channels of one that was are still in it."""
        try:
            await self._request("GET", f"applications/{quote(app, safe='')}")
        except AriNotFound:
            return False
        return True

    async def endpoint(self, name: str) -> Endpoint | None:
        """`Technology/resource`; None: Asterisk knows no such endpoint."""
        technology, _, resource = name.partition("/")
        try:
            answer = await self._request(
                "GET", f"endpoints/{quote(technology, safe='')}/{quote(resource, safe='')}"
            )
        except AriNotFound:
            return None
        return Endpoint(name, str(answer.get("state", "")) if isinstance(answer, dict) else "")

    async def knock(self, extension: str, context: str, app: str, ids: tuple[str, str]) -> None:
        """Let a Local channel run the dialplan as a caller would; its other half waits in `app`.

        Args:
            ids: of the half that is ours, and of the one that runs the dialplan.
        """
        await self._request(
            "POST",
            "channels",
            params={
                "endpoint": f"Local/{extension}@{context}/n",
                "app": app,
                "callerId": '"Connection check" <0000>',
                "timeout": str(PROBE_TIMEOUT_S),
                "channelId": ids[0],
                "otherChannelId": ids[1],
            },
        )

    async def evaluate(self, channel_id: str, expression: str) -> str | None:
        """A dialplan function on a channel; None when this Asterisk lacks the function or the channel is gone."""
        try:
            answer = await self._request(
                "GET", f"channels/{quote(channel_id, safe='')}/variable", params={"variable": expression}
            )
        except (AriNotFound, AriServerError):
            return None
        value = answer.get("value") if isinstance(answer, Mapping) else None
        return None if value is None else str(value)
