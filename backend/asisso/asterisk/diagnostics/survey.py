"""Gathers the facts about one connection, cheapest first, within a time limit; leaves nothing on the PBX."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

from asisso.outbound_addresses import DEFAULT_POLICY

from ..ari.errors import AriError, AriForbidden, AriNotFound
from .client import ProbeClient
from .dialplan import contexts_to_ask, ways_of
from .facts import Answer, Facts
from .look import look_at
from .loop import lead_audio_around
from .modules import MODULES
from .reach import Talk, reach
from .subject import Holder, Host, Subject
from .watch import watching

T = TypeVar("T")

TIME_LIMIT_S = 12.0
"""For everything but reaching the PBX; what is still being asked then stays unknown."""

PINGS = 4
REQUESTS_AT_ONCE = 8
"""Half of what a client may open: calls on the same PBX must not wait for us."""

PROBE_APP_PREFIX = "asisso-check-"


async def survey(subject: Subject, host: Host | None) -> Facts:
    """Everything there is to know; never raises.

    Args:
        host: None: look only, make no channels.
    """
    facts = Facts(subject, await reach(subject.address))
    if facts.reach.talk is not Talk.HTTP or facts.reach.status != 200:
        return facts
    async with ProbeClient(subject.address) as client:
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                await read_back(client, facts)
                await _probe(client, facts, host)
        except TimeoutError:
            facts.unanswered = (
                f"Asterisk answers too slowly: not everything could be asked in {TIME_LIMIT_S:g} s"
            )
        except AriError as error:
            facts.unanswered = str(error)
        finally:
            if host is not None:
                host.release()
    return facts


async def read_back(client: ProbeClient, facts: Facts) -> None:
    """What Asterisk tells by reading alone.

    Raises:
        AriError: it stopped answering.
    """
    subject = facts.subject
    await _measure(client, facts)
    facts.may_write = await _may_write(client)
    turn = asyncio.Semaphore(REQUESTS_AT_ONCE)

    async def ask(question: Awaitable[T]) -> T:
        async with turn:
            return await question

    endpoints = list(dict.fromkeys(subject.endpoints))
    modules, found, facts.version_text, facts.is_registered = await asyncio.gather(
        asyncio.gather(*(ask(client.is_module_running(name)) for name in MODULES)),
        asyncio.gather(*(ask(client.endpoint(name)) for name in endpoints)),
        ask(client.version_text()),
        ask(client.is_application_registered(subject.app)),
    )
    facts.modules = dict(zip(MODULES, modules, strict=True))
    facts.endpoints = dict(zip(endpoints, found, strict=True))
    if subject.ws_client_name:
        facts.websocket_client = await client.websocket_client(subject.ws_client_name)


async def _measure(client: ProbeClient, facts: Facts) -> None:
    pings = []
    for _ in range(PINGS):
        began, sent_at = time.monotonic(), datetime.now(UTC)
        timestamp = await client.ping()
        pings.append((time.monotonic() - began) * 1000)
        half_way = sent_at + (datetime.now(UTC) - sent_at) / 2
        theirs = _parse_time(timestamp)
        if theirs is not None:
            facts.clock_ahead_s = (theirs - half_way).total_seconds()
    facts.pings_ms = pings


def _parse_time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError:
        return None


async def _may_write(client: ProbeClient) -> bool:
    """Asks to remove a channel that can't exist."""
    try:
        await client.hang_up(f"asisso-no-such-channel-{secrets.token_hex(8)}")
    except AriForbidden:
        return False
    except AriNotFound:
        return True
    return True


async def _probe(client: ProbeClient, facts: Facts, host: Host | None) -> None:
    await _look(facts)
    can_run = (
        facts.may_write and facts.modules.get("res_ari_channels") and facts.modules.get("res_ari_events")
    )
    if host is None or not can_run:
        return
    facts.holding = await host.holding()
    facts.is_registered = await client.is_application_registered(facts.subject.app)
    app = f"{PROBE_APP_PREFIX}{secrets.token_hex(6)}"
    async with watching(facts.subject.address, app) as watch:
        if _may_loop(facts):
            facts.loop = await lead_audio_around(client, watch, facts.subject, host)
        if facts.subject.numbers and facts.holding.holder is Holder.US and facts.modules.get("app_stasis"):
            contexts = await contexts_to_ask(client, facts.subject)
            facts.routes = await ways_of(client, watch, facts.subject, host, contexts)


def _may_loop(facts: Facts) -> bool:
    """Asterisk before 22.11 never lets go of an address that takes connections and does not answer."""
    if not (facts.modules.get("chan_websocket") and facts.modules.get("res_ari_bridges")):
        return False
    has_client = facts.websocket_client is not None or not facts.subject.ws_client_name
    return has_client and facts.look_at_client.answer is not Answer.SILENT


async def _look(facts: Facts) -> None:
    """See for ourselves whether the media addresses answer: the one Asterisk has, and ours."""
    subject, client = facts.subject, facts.websocket_client
    if client is None:
        return
    uri = client.get("uri", "")
    theirs = (uri, client.get("username", ""), client.get("password", ""))
    # Our own address was set by whoever runs this server, and may lie inside its network.
    ours = (subject.media_url, subject.media_username, subject.media_password or "", DEFAULT_POLICY)
    if uri == subject.media_url:
        facts.look_at_client = facts.look_at_ours = await look_at(*theirs, DEFAULT_POLICY)
    elif not subject.may_look_anywhere:
        facts.look_at_ours = await look_at(*ours)
    else:
        facts.look_at_client, facts.look_at_ours = await asyncio.gather(
            look_at(*theirs, subject.address.policy), look_at(*ours)
        )
