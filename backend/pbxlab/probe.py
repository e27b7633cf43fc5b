"""Looks at a PBX from outside, through ARI's REST face, with a user of its own.

For assertions: what channels and bridges are there, and a few changes a test makes itself. Every call opens
its own connection, so that it works from any event loop and holds none of the PBX's sessions. Must not know
the product's own ARI client.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

REQUEST_TIMEOUT_S = 5.0
DRAIN_TIMEOUT_S = 5.0
POLL_INTERVAL_S = 0.02

Json = dict[str, Any]


@dataclass(frozen=True)
class AriProbe:
    """ARI of one instance; `base_url` without the trailing `/ari`.

    Methods raise `httpx.HTTPStatusError` when Asterisk refuses, unless they say otherwise.
    """

    base_url: str
    user: str
    password: str

    async def request(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: Any = None
    ) -> Any:
        """One request below `/ari`; gives the parsed answer, or `None` when it is empty."""
        # Loading certificates takes longer than the request, and ARI here is plain HTTP.
        async with httpx.AsyncClient(
            auth=(self.user, self.password),
            timeout=REQUEST_TIMEOUT_S,
            verify=False,  # noqa: S501
        ) as client:
            response = await client.request(method, f"{self.base_url}/ari{path}", params=params, json=json)
        response.raise_for_status()
        return response.json() if response.content else None

    async def channels(self) -> list[Json]:
        """All channels of the PBX."""
        found: list[Json] = await self.request("GET", "/channels")
        return found

    async def channel(self, channel_id: str) -> Json | None:
        """One channel; `None` when it does not exist."""
        return next((channel for channel in await self.channels() if channel["id"] == channel_id), None)

    async def bridges(self) -> list[Json]:
        """All bridges of the PBX."""
        found: list[Json] = await self.request("GET", "/bridges")
        return found

    async def applications(self) -> list[str]:
        """Names of the Stasis applications that are connected, or still have channels."""
        return [application["name"] for application in await self.request("GET", "/applications")]

    async def endpoint(self, user: str) -> Json:
        """A PJSIP endpoint with its `state` and `channel_ids`."""
        found: Json = await self.request("GET", f"/endpoints/PJSIP/{user}")
        return found

    async def originate(
        self,
        endpoint: str,
        *,
        extension: str = "",
        context: str = "",
        app: str = "",
        app_args: str = "",
        caller_id: str = "",
        ring_timeout_s: int = 20,
        channel_id: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> str:
        """Call an endpoint such as `PJSIP/6001`, and lead it to an extension or an application.

        Returns the new channel's id; the call is not answered yet.
        """
        fields = {
            "endpoint": endpoint,
            "extension": extension,
            "context": context,
            "app": app,
            "appArgs": app_args,
            "callerId": caller_id,
            "timeout": str(ring_timeout_s),
            "channelId": channel_id,
        }
        params = {name: value for name, value in fields.items() if value}
        body = {"variables": dict(variables)} if variables else None
        created: Json = await self.request("POST", "/channels", params=params, json=body)
        return str(created["id"])

    async def variable(self, channel_id: str, name: str) -> str:
        """A channel variable or function."""
        found: Json = await self.request("GET", f"/channels/{channel_id}/variable", params={"variable": name})
        return str(found["value"])

    async def delete_channel(self, channel_id: str, *, reason: str = "") -> bool:
        """Hang up a channel; false when it was gone already."""
        return await self._delete(f"/channels/{channel_id}", {"reason": reason} if reason else {})

    async def delete_bridge(self, bridge_id: str) -> bool:
        """Destroy a bridge; false when it was gone already."""
        return await self._delete(f"/bridges/{bridge_id}", {})

    async def empty(self, timeout_s: float = DRAIN_TIMEOUT_S) -> None:
        """Wait until no channel and no bridge is left.

        Raises:
            TimeoutError: names what is still there.
        """
        give_up_at = time.monotonic() + timeout_s
        while True:
            left = [channel["name"] for channel in await self.channels()]
            left += [f"bridge {bridge['id']}" for bridge in await self.bridges()]
            if not left:
                return
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"still on the PBX after {timeout_s} s: {', '.join(left)}")
            await asyncio.sleep(POLL_INTERVAL_S)

    async def _delete(self, path: str, params: Mapping[str, str]) -> bool:
        try:
            await self.request("DELETE", path, params=params)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.NOT_FOUND:
                raise
            return False
        return True
