"""Which of Asterisk's modules a call needs, and which releases of Asterisk can carry one."""

from __future__ import annotations

from ..version import RECOMMENDED, SINCE, Ability, can, is_too_old, parse_version
from .facts import Facts
from .steps import Check, Finding, failed, ok

ARI_MODULES = (
    "res_ari_channels",
    "res_ari_bridges",
    "res_ari_events",
    "res_ari_applications",
    "res_ari_endpoints",
)
CODEC_MODULES = ("codec_resample", "codec_ulaw", "codec_alaw")
MODULES = (
    *ARI_MODULES,
    "res_http_websocket",
    "res_websocket_client",
    "chan_websocket",
    "app_stasis",
    *CODEC_MODULES,
)

_WHAT_FOR = {
    "chan_websocket": "carries the audio of calls; without it every call stays silent",
    "res_websocket_client": "connects Asterisk to this server for the audio",
    "app_stasis": "is what Stasis() in the dialplan needs to hand calls over",
}

_FLAWS = {
    Ability.SURVIVE_FAILED_MEDIA: "crash on a failed media request",
    Ability.GIVE_UP_A_STUCK_UPGRADE: "wait for ever for a media address that does not answer",
}


def version(facts: Facts) -> Finding:
    found = parse_version(facts.version_text)
    if found is None:
        return ok(
            f"Asterisk {facts.version_text or 'without a version number'}: a build of its own, not judged."
        )
    if is_too_old(found):
        return failed(
            f"Asterisk {found} is too old: its chan_websocket can't do what a call needs.",
            f"Update to 22.8, 20.18 or 23.2 at least; {RECOMMENDED} or later is recommended.",
            "asterisk -V",
        )
    flaws = [flaw for ability, flaw in _FLAWS.items() if not can(found, ability)]
    if flaws:
        mended = SINCE[Ability.SURVIVE_FAILED_MEDIA].get(found.major, RECOMMENDED)
        return ok(
            f"Asterisk {found} works. Releases before {mended} can {' and '.join(flaws)}; Asisso avoids both.",
            f"Update to {mended} or later when you can.",
        )
    return ok(f"Asterisk {found} has everything a call needs.")


def ari_modules(facts: Facts) -> Finding:
    if facts.reach.status == 404:
        return _missing("ARI", ("res_ari_asterisk",), "Asisso asks it for everything else")
    missing = [name for name in ARI_MODULES if not facts.modules.get(name)]
    if missing:
        return _missing("ARI", missing, "without them calls can't be controlled")
    return ok("All parts of ARI that a call needs are loaded.")


def _needs_module(name: str) -> Check[Facts]:
    def judge(facts: Facts) -> Finding:
        if facts.modules.get(name):
            return ok(f"{name} is running.")
        return _missing(name, (name,), f"it {_WHAT_FOR[name]}")

    return Check(f"module_{name}", f"The module {name} is loaded", judge, ("ari_modules",))


def codecs(facts: Facts) -> Finding:
    needed = CODEC_MODULES if facts.subject.media_format == "slin16" else CODEC_MODULES[1:]
    missing = [name for name in needed if not facts.modules.get(name)]
    if missing:
        return _missing("codec", missing, "calls between telephones and the agent can't be translated")
    return ok(f"Asterisk can translate between telephones and {facts.subject.media_format}.")


def answers(facts: Facts) -> Finding:
    if facts.unanswered and not facts.modules and facts.reach.status != 404:
        return failed(
            f"Asterisk stopped answering while it was being asked: {facts.unanswered}.",
            "Look at the load of the PBX and into its log, and check again.",
            'asterisk -rx "core show uptime"',
        )
    return ok("Every question was answered.")


def _missing(what: str, modules: list[str] | tuple[str, ...], why: str) -> Finding:
    names = ", ".join(modules)
    verb = "is" if len(modules) == 1 else "are"
    subject = f"The module {names}" if len(modules) == 1 else f"The {what} modules {names}"
    return failed(
        f"{subject} {verb} not running: {why}.",
        "Load them now, and take care that modules.conf does not keep them out (noload) and that they are part of "
        "your build.",
        *(f'asterisk -rx "module load {name}.so"' for name in modules),
    )


CHECKS: tuple[Check[Facts], ...] = (
    Check("answers", "Asterisk answers while it is being asked", answers, ("access_list",)),
    Check("ari_modules", "All parts of ARI are loaded", ari_modules, ("answers",)),
    Check("version", "The release of Asterisk can carry calls", version, ("ari_modules",)),
    _needs_module("res_websocket_client"),
    _needs_module("chan_websocket"),
    _needs_module("app_stasis"),
    Check("codecs", "The codecs of telephones and agent are there", codecs, ("ari_modules",)),
)
