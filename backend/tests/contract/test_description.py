"""The API's description keeps to the rules, and says of its examples only what is so."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance import Description
from tests.contract import rules

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_description_keeps_to(rule: rules.Rule, description: Description) -> None:
    assert list(rule(description)) == [], rule.__doc__


Spoil = Callable[[dict[str, Any]], object]
WORKFLOWS = "/api/v1/workflows"
SPOILT: list[tuple[rules.Rule, Spoil]] = [
    (rules.schemas_are_named, lambda d: _schemas(d).update({"Body_upload": {"type": "object"}})),
    (rules.unions_tell_their_members_apart, lambda d: _schemas(d)["AgentSpec"].pop("discriminator")),
    (rules.objects_are_described, lambda d: _schemas(d)["Me"].pop("description")),
    (rules.operations_are_named_and_grouped, lambda d: _operation(d).update(operationId="list_workflows")),
    (rules.errors_are_declared, lambda d: _operation(d)["responses"].pop("401")),
    (rules.credentials_are_declared, lambda d: _operation(d).pop("security")),
    (rules.answers_are_whole, lambda d: _schemas(d)["RunOut"]["required"].remove("outcome")),
    (rules.inputs_are_limited, lambda d: _schemas(d)["NewWorkflow"]["properties"]["name"].pop("maxLength")),
    (rules.bodies_have_examples, lambda d: _body(d)["example"].pop("items")),
    (rules.answers_have_a_kind, lambda d: _operation(d)["responses"]["200"].pop("content")),
]


@pytest.mark.parametrize(("rule", "spoil"), SPOILT, ids=lambda part: getattr(part, "__name__", ""))
def test_rule_notices(rule: rules.Rule, spoil: Spoil, description: Description) -> None:
    document = copy.deepcopy(description.document)
    spoil(document)
    assert len(list(rule(Description(document)))) >= 1


def test_every_rule_is_tried_out() -> None:
    assert [rule for rule, _ in SPOILT] == rules.RULES


def _schemas(document: dict[str, Any]) -> dict[str, Any]:
    return document["components"]["schemas"]  # type: ignore[no-any-return]


def _operation(document: dict[str, Any]) -> dict[str, Any]:
    return document["paths"][WORKFLOWS]["get"]  # type: ignore[no-any-return]


def _body(document: dict[str, Any]) -> dict[str, Any]:
    return _operation(document)["responses"]["200"]["content"]["application/json"]  # type: ignore[no-any-return]
