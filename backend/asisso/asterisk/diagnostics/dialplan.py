"""Asks the dialplan where a number leads, by letting a Local channel run it as a caller would.

Nobody hears anything: the channel is hung up as soon as it is known where it went. Only what the dialplan itself does
on the way to `Stasis()` happens, once.
"""

from __future__ import annotations

from ..ari.errors import AriError
from ..ari.events import ChannelDestroyed, ChannelDialplan, ChannelEvent
from .client import ProbeClient
from .facts import Route, Way
from .loop import remove_channels
from .subject import Dialled, Host, Subject
from .watch import Watch

STEP_TIMEOUT_S = 2.0
MAX_NUMBERS = 10
"""More are not asked about: each costs the PBX two channels for some milliseconds."""

QUIET_APPLICATIONS = frozenset(
    """
    answer celgenuserevent endwhile exec execif gosub gosubif goto gotoif gotoiftime log macro mset noop playtones
    proceeding progress return ringing set setcallerpres stasis stopplaytones userevent verbose wait while
    """.split()  # noqa: SIM905 - a table of names reads better than a list of strings
)
"""Steps that reach nobody; at any other one the probe hangs up at once."""


async def ways_of(
    client: ProbeClient, watch: Watch, subject: Subject, host: Host, contexts: list[str]
) -> list[Route]:
    """The way of each number, in the first of the contexts that knows it."""
    return [
        await _way_of(client, watch, subject, host, number, contexts)
        for number in subject.numbers[:MAX_NUMBERS]
    ]


async def contexts_to_ask(client: ProbeClient, subject: Subject) -> list[str]:
    """The subject's own contexts, after those in which callers of this application are now."""
    try:
        inside = await client.application_channels(subject.app)
        seen = [channel.context for channel in await client.channels() if channel.id in inside]
    except AriError:
        seen = []
    named = [context for context in seen if context and context not in subject.contexts]
    return list(dict.fromkeys([*named, *subject.contexts]))


async def _way_of(
    client: ProbeClient, watch: Watch, subject: Subject, host: Host, number: Dialled, contexts: list[str]
) -> Route:
    for context in contexts:
        route = await _knock(client, watch, subject, host, number, context)
        if route is not None:
            return route
    return Route(number.address, Way.NOWHERE, ", ".join(contexts), called_lately=number.called_lately)


async def _knock(
    client: ProbeClient, watch: Watch, subject: Subject, host: Host, number: Dialled, context: str
) -> Route | None:
    """What the dialplan of one context does with a number; None when it does not know it."""
    ours, walker = host.new_id("ours"), host.new_id("walker")
    watch.channel(ours)
    watch.channel(walker)
    steps = _Steps(subject.app)
    try:
        await client.knock(number.example, context, watch.app, (ours, walker))
        await watch.until(walker, steps.take, STEP_TIMEOUT_S)
        if steps.way is None:
            return None
        has_fallback = None
        if steps.way is Way.OURS:
            has_fallback = await _has_step_after(client, walker, context, number.example, steps.priority)
        return Route(number.address, steps.way, context, steps.led_to, has_fallback, number.called_lately)
    finally:
        await remove_channels(client, watch, [walker, ours])


async def _has_step_after(
    client: ProbeClient, walker: str, context: str, extension: str, priority: int
) -> bool | None:
    """Whether the dialplan goes on after `Stasis()`; None where func_dialplan is not loaded."""
    answer = await client.evaluate(walker, f"DIALPLAN_EXISTS({context},{extension},{priority + 1})")
    return None if answer not in ("0", "1") else answer == "1"


class _Steps:
    """Follows a channel through the dialplan until it is clear where that leads."""

    def __init__(self, app: str) -> None:
        self._app = app
        self.way: Way | None = None
        self.led_to = ""
        self.priority = 0

    def take(self, event: ChannelEvent) -> bool | None:
        """True when it is clear."""
        match event:
            case ChannelDestroyed():
                return True
            case ChannelDialplan(channel, application, arguments):
                return self._step(channel.priority, application, arguments)
        return None

    def _step(self, priority: int, application: str, arguments: str) -> bool | None:
        if application.lower() == "stasis":
            name = arguments.partition(",")[0]
            self.priority = priority
            self.way = Way.OURS if name == self._app else Way.OTHER_APPLICATION
            self.led_to = name
            return True
        self.way, self.led_to = Way.ELSEWHERE, f"{application}({arguments})"
        return None if application.lower() in QUIET_APPLICATIONS else True
