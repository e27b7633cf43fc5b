"""Who may use which operation, checked for all of them in one place.

Each operation declares its rule by a dependency: `Viewer`, `Operator`, `Admin`, `Person` or `Anyone`. `declare_access`
refuses to build a server in which one has none, and shows the rule in the API's description.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from asisso.api.deps import RULES, SCHEMES, Rule

REQUIRED_ROLE = "x-required-role"
"""Extension of an operation: `viewer`, `operator`, `admin`, or `none` when no credentials are needed."""

FOR_PEOPLE = "x-for-people"
"""Extension of an operation that refuses API keys: true."""


def declare_access(router: APIRouter) -> None:
    """Write each operation's rule into its description.

    Raises:
        RuntimeError: an operation has no rule, or several.
    """
    for route in router.routes:
        if isinstance(route, APIRoute):
            rule = rule_of(route)
            extension: dict[str, object] = {REQUIRED_ROLE: rule.role.value if rule.role else "none"}
            if rule.role:
                extension["security"] = [{scheme.scheme_name: []} for scheme in SCHEMES]
            if rule.is_for_people:
                extension[FOR_PEOPLE] = True
            route.openapi_extra = {**(route.openapi_extra or {}), **extension}


def rule_of(route: APIRoute) -> Rule:
    """The one rule of an operation.

    Raises:
        RuntimeError: it has none, or several.
    """
    rules = [RULES[call] for call in _calls(route.dependant) if call in RULES]
    if len(rules) != 1:
        raise RuntimeError(
            f"{route.name} must say once who may use it: Viewer, Operator, Admin, Person or Anyone of api.deps"
        )
    return rules[0]


def _calls(dependant: Dependant) -> Iterator[object]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)
