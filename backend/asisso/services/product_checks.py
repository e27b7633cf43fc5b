"""The checks of a connection that only the product can make: numbers, workflows, limits, the server itself. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asisso.asterisk.diagnostics.steps import Check, Finding, failed, ok, skipped, warning


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """A phone number of the configuration.

    Attributes:
        has_published: its workflow is the organization's own and has a published version.
    """

    address: str
    is_active: bool
    has_workflow: bool
    has_published: bool


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What the product knows of itself.

    Attributes:
        is_stored: False for values that were only typed into the form.
        server_url: where the server should answer; `is_server_running` tells whether it does.
        refused: extensions that were called within the hour and stand in no list of numbers.
        not_ready: why the server takes no call now.
    """

    is_stored: bool
    is_enabled: bool
    is_server_running: bool
    server_url: str
    numbers: Sequence[NumberFacts] = ()
    refused: Sequence[str] = ()
    active_calls: int = 0
    max_concurrent_calls: int | None = None
    minutes_used: int = 0
    monthly_minutes: int | None = None
    not_ready: Sequence[str] = ()


def server(facts: ProductFacts) -> Finding:
    if not facts.is_server_running:
        return failed(
            f"The Asisso server does not answer at {facts.server_url}: nobody takes calls or their audio.",
            "Start it, for example by make run, and check again.",
        )
    return ok("The Asisso server runs.")


def enabled(facts: ProductFacts) -> Finding:
    if not facts.is_enabled:
        return failed(
            "This telephony configuration is switched off: its calls are refused.",
            "Switch Enabled on at its page.",
        )
    return ok("The configuration is switched on.")


def phone_numbers(facts: ProductFacts) -> Finding:
    if not facts.is_stored:
        return skipped("Phone numbers are added after saving.")
    if not facts.numbers:
        return warning(
            "There is no phone number under this configuration: every call to it is refused.",
            "Add the extension that callers dial under Phone numbers, and choose its Inbound workflow.",
        )
    active = [number.address for number in facts.numbers if number.is_active]
    if not active:
        return warning(
            "No phone number of this configuration is active: every call to it is refused.",
            "Switch the phone number on under Phone numbers.",
        )
    return ok(f"Active: {', '.join(active)}.")


def called_numbers(facts: ProductFacts) -> Finding:
    if not facts.is_stored:
        return skipped("Phone numbers are added after saving.")
    if facts.refused:
        return warning(
            f"{', '.join(facts.refused)} was called within the last hour and refused: not among the phone numbers.",
            "Add it under Phone numbers with an Inbound workflow, or keep the dialplan from sending it here.",
        )
    return ok("No call was refused lately for want of a phone number.")


def number_workflows(facts: ProductFacts) -> Finding:
    bare = [number.address for number in facts.numbers if number.is_active and not number.has_workflow]
    if bare:
        return failed(
            f"{', '.join(bare)} has no Inbound workflow: calls to it are hung up at once.",
            "Choose an Inbound workflow under Phone numbers.",
        )
    return (
        ok("Every active number has a workflow.") if facts.numbers else skipped("There are no phone numbers.")
    )


def workflows_published(facts: ProductFacts) -> Finding:
    dead = [
        number.address
        for number in facts.numbers
        if number.is_active and number.has_workflow and not number.has_published
    ]
    if dead:
        return failed(
            f"The workflow of {', '.join(dead)} has no published version in this organization: calls are hung up.",
            "Publish the workflow, or choose another one under Phone numbers.",
        )
    return ok("Every workflow is published.") if facts.numbers else skipped("There are no phone numbers.")


def quota_calls(facts: ProductFacts) -> Finding:
    limit = facts.max_concurrent_calls
    if limit is not None and facts.active_calls >= limit:
        return failed(
            f"All {limit} calls the organization may hold at once are in use: the next one is refused as busy.",
            "Wait for a call to end, or raise the limit under Settings.",
        )
    room = "without a limit" if limit is None else f"of {limit}"
    return ok(f"{facts.active_calls} calls are up, {room}.")


def quota_minutes(facts: ProductFacts) -> Finding:
    limit = facts.monthly_minutes
    if limit is not None and facts.minutes_used >= limit:
        return failed(
            f"The organization's {limit} minutes of this month are used up: calls are refused as busy.",
            "Raise the limit under Settings, or wait for the first of the month.",
        )
    room = "without a limit" if limit is None else f"of {limit}"
    return ok(f"{facts.minutes_used} minutes are used this month, {room}.")


def capacity(facts: ProductFacts) -> Finding:
    if facts.not_ready:
        return failed(
            f"This server takes no calls now: {' '.join(facts.not_ready)}",
            "Wait until it is ready, and look into its log.",
        )
    return ok("This server takes calls.")


SERVER_CHECKS = (
    Check("server", "The Asisso server runs", server),
    Check("enabled", "The configuration is switched on", enabled),
)
NUMBER_CHECKS = (
    Check("phone_numbers", "There is an active phone number", phone_numbers),
    Check("number_workflows", "Every active number has a workflow", number_workflows),
    Check("workflows_published", "The workflows are published", workflows_published, ("number_workflows",)),
    Check("called_numbers", "Callers dial numbers that are known", called_numbers),
)
LIMIT_CHECKS = (
    Check("quota_calls", "There is room for another call", quota_calls),
    Check("quota_minutes", "There are minutes left", quota_minutes),
    Check("capacity", "The server takes calls", capacity, ("server",)),
)
