"""Judges who gets the application's calls, where the dialplan leads numbers, and the telephones that are dialled."""

from __future__ import annotations

from .facts import Facts, Route, Way
from .steps import Check, Edit, Finding, failed, ok, skipped, warning
from .subject import Holder

EXTENSIONS_CONF = "/etc/asterisk/extensions.conf"
RELOAD = 'asterisk -rx "dialplan reload"'


def application_free(facts: Facts) -> Finding:
    app, holder = facts.subject.app, facts.holding.holder
    is_lost = holder is Holder.LOST_TO_ANOTHER
    if is_lost or (facts.is_registered and holder is not Holder.US):
        return failed(
            f"Another program has the Stasis application {app}: it gets the calls, or had them and still holds some.",
            "Give every program its own Stasis App Name, or stop the other one; then press Reconnect.",
            f'asterisk -rx "ari show app {app}"',
        )
    return ok(f"No other program takes {app}.")


def application_connected(facts: Facts) -> Finding:
    app, holder = facts.subject.app, facts.holding.holder
    if holder is Holder.US and facts.is_registered:
        return ok(f"Asisso is subscribed to {app}.")
    if holder is Holder.US:
        return failed(
            f"Asisso believes to be connected, but Asterisk does not list the application {app}.",
            "Press Reconnect; if that does not help, restart Asterisk.",
            'asterisk -rx "ari show apps"',
        )
    if holder is Holder.CONNECTING:
        return failed(
            f"Asisso is not connected to {app}: {facts.holding.reason or 'it is just trying.'}",
            "Press Reconnect, and check again.",
            'asterisk -rx "ari show apps"',
        )
    return skipped(facts.holding.reason or "Asisso does not connect now.")


def dialplan_leads(facts: Facts) -> Finding:
    lost = [r for r in facts.routes or () if r.way in (Way.NOWHERE, Way.ELSEWHERE) and not _has_proof(r)]
    if not lost:
        return ok(f"Probed: {_seen(facts)}.")
    first = lost[0]
    if first.way is Way.NOWHERE:
        what = f"The dialplan does not know {first.address}; looked into: {first.context}"
    else:
        what = f"The dialplan leads {first.address} in {first.context} to {first.led_to} and not to Stasis()"
    return failed(
        f"{what}.",
        "Add the generated extensions.conf and include its context where your telephones or trunk arrive. If your "
        "callers arrive in another context, name that one when you check (asisso doctor --context NAME).",
        RELOAD,
        f'asterisk -rx "dialplan show {_example(facts, first)}@{first.context.partition(",")[0]}"',
        "asterisk -rvvv",
        edit=Edit(EXTENSIONS_CONF),
    )


def dialplan_application(facts: Facts) -> Finding:
    wrong = [r for r in facts.routes or () if r.way is Way.OTHER_APPLICATION]
    if not wrong:
        return ok(f"Every Stasis() names {facts.subject.app}.")
    first, app = wrong[0], facts.subject.app
    return failed(
        f"The dialplan hands {first.address} in {first.context} to Stasis({first.led_to}); this configuration's "
        f"application is {app}.",
        f"Write Stasis({app}) there, or change the Stasis App Name.",
        RELOAD,
        edit=Edit(EXTENSIONS_CONF),
    )


def dialplan_fallback(facts: Facts) -> Finding:
    ours = [r for r in facts.routes or () if r.way is Way.OURS]
    bare = [r for r in ours if r.has_fallback is False]
    if bare:
        return warning(
            f"After Stasis() the dialplan has no further step for {', '.join(r.address for r in bare)}: while Asisso "
            "is away, callers are cut off.",
            "Add a line after Stasis(), such as the one in the generated extensions.conf.",
            RELOAD,
            edit=Edit(EXTENSIONS_CONF),
        )
    if ours and all(r.has_fallback for r in ours):
        return ok("After Stasis() the dialplan goes on.")
    return skipped("Asterisk does not tell what follows Stasis() (func_dialplan is not loaded).")


def endpoints_exist(facts: Facts) -> Finding:
    missing = [name for name, endpoint in facts.endpoints.items() if endpoint is None]
    if missing:
        return failed(
            f"Asterisk has no endpoint {', '.join(missing)}.",
            "Correct From Extensions, or add the telephone or trunk to pjsip.conf.",
            'asterisk -rx "pjsip show endpoints"',
        )
    return ok(f"Asterisk knows {', '.join(facts.endpoints)}.")


def endpoints_online(facts: Facts) -> Finding:
    offline = [e.name for e in facts.endpoints.values() if e is not None and e.state == "offline"]
    if offline:
        return failed(
            f"{', '.join(offline)} can't be reached: it is not registered, or does not answer Asterisk.",
            "Check that the telephone or trunk is switched on and registered.",
            *(f'asterisk -rx "pjsip show endpoint {name.partition("/")[2]}"' for name in offline),
        )
    return ok("They can be reached.")


def _has_proof(route: Route) -> bool:
    return route.way is Way.NOWHERE and route.called_lately


def _seen(facts: Facts) -> str:
    return ", ".join(
        f"{r.address} (a call arrived lately)" if _has_proof(r) else f"{r.address} in {r.context}"
        for r in facts.routes or ()
    )


def _example(facts: Facts, route: Route) -> str:
    return next((n.example for n in facts.subject.numbers if n.address == route.address), route.address)


def _when_asked(check: Check[Facts]) -> Check[Facts]:
    def judge(facts: Facts) -> Finding:
        if facts.routes:
            return check.judge(facts)
        if not facts.subject.numbers:
            return skipped("There is no active phone number to ask about.")
        return skipped("Not asked: the dialplan is only tried while this server holds the application.")

    return Check(check.id, check.title, judge, check.needs)


def _when_named(check: Check[Facts]) -> Check[Facts]:
    def judge(facts: Facts) -> Finding:
        return (
            check.judge(facts)
            if facts.endpoints
            else skipped("Not used: there are no From Extensions to dial.")
        )

    return Check(check.id, check.title, judge, check.needs)


APPLICATION_CHECKS = (
    Check(
        "application_free",
        "No other program takes the application",
        application_free,
        ("ari_modules", "enabled", "write_right"),
    ),
    Check(
        "application_connected",
        "Asisso gets the application's calls",
        application_connected,
        ("ari_modules", "enabled", "server", "application_free", "write_right", "version"),
    ),
)
_NEEDS = ("module_app_stasis", "application_connected", "write_right", "probes")
DIALPLAN_CHECKS = tuple(
    _when_asked(check)
    for check in (
        Check("dialplan_leads", "The dialplan leads every number to Stasis()", dialplan_leads, _NEEDS),
        Check("dialplan_application", "Stasis() names the right application", dialplan_application, _NEEDS),
        Check("dialplan_fallback", "The dialplan goes on after Stasis()", dialplan_fallback, _NEEDS),
    )
)
ENDPOINT_CHECKS = tuple(
    _when_named(check)
    for check in (
        Check("endpoints_exist", "The From Extensions exist", endpoints_exist, ("ari_modules",)),
        Check(
            "endpoints_online", "The From Extensions can be reached", endpoints_online, ("endpoints_exist",)
        ),
    )
)
