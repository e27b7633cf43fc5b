"""Puts the checks of the PBX and of the product together, and tells what may drift. Pure."""

from __future__ import annotations

from asisso.asterisk.diagnostics.facts import Facts
from asisso.asterisk.diagnostics.report import (
    ACCESS_CHECKS,
    APPLICATION_CHECKS,
    AUDIO_CHECKS,
    CALL_CHECKS,
)
from asisso.asterisk.diagnostics.steps import Step, StepState, judge_all

from .product_checks import LIMIT_CHECKS, NUMBER_CHECKS, SERVER_CHECKS, ProductFacts

_READ_BACK = frozenset(
    {"version", "ari_modules", "codecs", "client_exists", "client_credentials", "application_free"}
)
"""What reading alone can find wrong; the modules' own checks besides."""


def steps_of(facts: Facts, product: ProductFacts) -> list[Step]:
    """All checks, in the order in which a person should mend what they find."""
    steps = judge_all(ACCESS_CHECKS, facts)
    steps += judge_all(SERVER_CHECKS, product, steps)
    steps += judge_all((*APPLICATION_CHECKS, *AUDIO_CHECKS), facts, steps)
    steps += judge_all(NUMBER_CHECKS, product, steps)
    steps += judge_all(CALL_CHECKS, facts, steps)
    return steps + judge_all(LIMIT_CHECKS, product, steps)


def faults_read_back(facts: Facts, product: ProductFacts) -> list[str]:
    """What is wrong, as far as reading tells."""
    return [
        step.finding.detail
        for step in steps_of(facts, product)
        if step.finding.state is StepState.FAILED and (step.id in _READ_BACK or step.id.startswith("module_"))
    ]


def readings_of(facts: Facts) -> dict[str, str]:
    """What was read back, under names that fit into a sentence; without anything secret."""
    if not facts.version_text:
        return {}
    readings = {"the release of Asterisk": facts.version_text}
    for module, is_running in facts.modules.items():
        readings[f"the module {module}"] = "running" if is_running else "not running"
    name = facts.subject.ws_client_name
    for attribute in ("uri", "connection_type", "tls_enabled"):
        value = (facts.websocket_client or {}).get(attribute, "").partition("?")[0]
        readings[f"{attribute} of [{name}]"] = value
    return readings
