"""The requests of a workflow's http nodes: to addresses this server may connect to, limited in time and size.

One client serves every call of the process, and nothing of one call reaches another: no cookies are kept. Must not
know of conversations.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, NoReturn

import httpx

from asisso import __version__
from asisso.agents.dialogue import FetchFailed
from asisso.outbound_addresses import AddressPolicy
from asisso.outbound_http import ConnectionRefusedHere, guarded_transport
from asisso.workflows.definition import HttpData
from asisso.workflows.json_path import PathError, look_up

MAX_ANSWER_BYTES: Final = 256 * 1024

MAX_AT_ONE_HOST: Final = 50
"""Requests under way; a server that answers slowly must not take all connections from the calls that need others."""

MAX_CONNECTIONS: Final = 500
MAX_IDLE_CONNECTIONS: Final = 50

OUR_HEADERS: Final = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}
)
"""What makes a request a request; a workflow that set them could break it into two."""


class HttpFetch:
    """A `Fetch`."""

    def __init__(self, policy: AddressPolicy) -> None:
        limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_IDLE_CONNECTIONS)
        self._http = httpx.AsyncClient(
            transport=guarded_transport(policy, limits=limits),
            follow_redirects=False,
            trust_env=False,
            timeout=None,  # noqa: S113 - every request has a limit for everything, below
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # What is not compressed cannot grow beyond the limit while it is unpacked.
            headers={"User-Agent": f"Asisso/{__version__}", "Accept-Encoding": "identity"},
        )
        self._under_way: Counter[str] = Counter()

    async def __call__(self, request: HttpData) -> Mapping[str, object]:
        """Do one request and give the values to save; names that the answer has no value for are left out.

        Raises:
            FetchFailed: there was no answer, or not the one that was asked for.
        """
        try:
            async with asyncio.timeout(request.timeout_s):
                status, answer = await self._ask(request)
        except TimeoutError:
            raise FetchFailed(f"There was no answer within {request.timeout_s:g} s.") from None
        except ConnectionRefusedHere as refused:
            raise FetchFailed(str(refused)) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise FetchFailed(_told(error)) from None
        if not 200 <= status < 300:
            raise FetchFailed(f"The server answered with the status {status}.")
        return _saved(answer, request.save) if request.save else {}

    async def _ask(self, request: HttpData) -> tuple[int, bytes]:
        for name in request.headers:
            if name.strip().lower() in OUR_HEADERS:
                raise FetchFailed(f"The header {name} is not a workflow's to set.")
        url = httpx.URL(request.url)
        with self._counted(url.netloc.decode("ascii", "replace").rpartition("@")[2]):
            async with self._http.stream(
                request.method, url, headers=_headers(request), content=request.body.encode() or None
            ) as answer:
                return answer.status_code, await _read(answer) if answer.is_success else b""

    @contextmanager
    def _counted(self, host: str) -> Iterator[None]:
        if self._under_way[host] >= MAX_AT_ONE_HOST:
            raise FetchFailed(f"{MAX_AT_ONE_HOST} requests to {host} are waiting for their answers already.")
        self._under_way[host] += 1
        try:
            yield
        finally:
            self._under_way[host] -= 1
            if not self._under_way[host]:
                del self._under_way[host]

    async def close(self) -> None:
        """Close its connections; requests under way fail."""
        await self._http.aclose()


def _headers(request: HttpData) -> dict[str, str]:
    given = {name.lower() for name in request.headers}
    ours = {"Accept": "application/json"} if "accept" not in given else {}
    if request.body and "content-type" not in given:
        ours["Content-Type"] = "application/json" if _is_json(request.body) else "text/plain; charset=utf-8"
    return ours | request.headers


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


async def _read(answer: httpx.Response) -> bytes:
    if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise FetchFailed("The server compressed its answer although it was asked not to.")
    read = bytearray()
    async for chunk in answer.aiter_raw():
        read += chunk
        if len(read) > MAX_ANSWER_BYTES:
            raise FetchFailed(f"The answer is longer than {MAX_ANSWER_BYTES // 1024} KiB.")
    return bytes(read)


def _saved(answer: bytes, save: Mapping[str, str]) -> dict[str, object]:
    try:
        document = json.loads(answer, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise FetchFailed("The answer is no JSON.") from None
    try:
        found = {name: look_up(document, path) for name, path in save.items()}
    except PathError as error:
        raise FetchFailed(f"The answer can't be read: {error}") from None
    return {name: value for name, value in found.items() if value is not None}


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _told(error: Exception) -> str:
    """What went wrong, without the URL: a key may stand in it."""
    match error:
        case httpx.TimeoutException():
            return "The server did not answer in time."
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return "The address is no http or https URL."
        case httpx.ConnectError():
            return "There is no connection to the server."
        case httpx.LocalProtocolError() | UnicodeError():
            return "The request has a header that can't be sent."
    return f"The connection to the server broke: {type(error).__name__}."
