"""Secrets in an agent's document: where they are, what is shown, what a change keeps."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from asisso.agents.secret_places import MovedSecret, changed, secret_names, secrets_of, shown, whole
from asisso.agents.spec import AgentSpec
from tests.fakes.keyed_agent import ADAPTER

pytestmark = pytest.mark.unit

NAMES = secret_names(ADAPTER)
AGENT: dict[str, Any] = {
    "kind": "keyed",
    "token": "t-1",
    "llm": {"kind": "chat", "base_url": "https://a.test/v1", "api_key": "k-1"},
    "fallbacks": [{"kind": "offline"}, {"kind": "chat", "base_url": "https://b.test", "api_key": "k-2"}],
}
SECRETS = {("token",): "t-1", ("llm", "api_key"): "k-1", ("fallbacks", 1, "api_key"): "k-2"}
SHOWN = shown(AGENT, SECRETS)


def test_secrets_are_found_nested_in_lists_and_in_unions() -> None:
    assert {"token", "api_key"} == NAMES
    assert secrets_of(ADAPTER.validate_python(AGENT)) == SECRETS


def test_shown_document_says_only_that_they_are_there() -> None:
    assert SHOWN["token_set"] is True
    assert SHOWN["llm"] == {"kind": "chat", "base_url": "https://a.test/v1", "api_key_set": True}
    assert not any(secret in str(SHOWN) for secret in SECRETS.values())
    assert AGENT["token"] == "t-1", "what was given is left as it was"


def test_shown_and_whole_are_each_others_reverse() -> None:
    assert whole(SHOWN, SECRETS, NAMES) == AGENT


def _change(given: dict[str, Any]) -> tuple[dict[str, Any], dict[Any, str]]:
    return changed(given, before=SHOWN, secrets=SECRETS, names=NAMES)


def test_document_sent_back_as_it_was_shown_keeps_all() -> None:
    given, kept = _change(SHOWN)
    assert kept == SECRETS
    assert whole(given, kept, NAMES) == AGENT


def test_empty_text_removes_and_another_takes_its_place() -> None:
    given, kept = _change(SHOWN | {"token": "", "llm": SHOWN["llm"] | {"api_key": "k-9"}})
    assert kept == {("fallbacks", 1, "api_key"): "k-2"}
    found = secrets_of(ADAPTER.validate_python(whole(given, kept, NAMES)))
    assert found == {("llm", "api_key"): "k-9", ("fallbacks", 1, "api_key"): "k-2"}


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "echo"},
        {"kind": "keyed", "llm": {"kind": "offline"}, "token": ""},
        {"kind": "keyed", "llm": "nonsense", "token": "", "fallbacks": [{"kind": "offline"}]},
    ],
)
def test_secret_goes_with_what_it_belonged_to(given: dict[str, Any]) -> None:
    assert _change(given)[1] == {}


@pytest.mark.parametrize(
    "address", ["https://evil.test/v1", "http://a.test/v1", "https://a.test:8443/v1", None]
)
def test_kept_secret_is_not_sent_to_another_server(address: str | None) -> None:
    llm = {"kind": "chat", "base_url": address, "api_key_set": True}
    with pytest.raises(MovedSecret, match=r"llm.api_key: .* another base_url"):
        _change(SHOWN | {"llm": {name: value for name, value in llm.items() if value is not None}})


def test_other_path_of_the_same_server_is_no_other_server() -> None:
    _, kept = _change(SHOWN | {"llm": SHOWN["llm"] | {"base_url": "https://A.test/v2", "model": "big"}})
    assert kept[("llm", "api_key")] == "k-1"


def test_every_secret_of_the_products_agents_is_a_field() -> None:
    """`secret_names` looks among fields: one that is the value of a free mapping would be stored in clear."""
    schema = TypeAdapter(AgentSpec).json_schema()
    assert not list(_free_secrets(schema))


def _free_secrets(schema: Any) -> Any:
    if isinstance(schema, dict):
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict) and extra.get("writeOnly"):
            yield schema
        for inner in schema.values():
            yield from _free_secrets(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _free_secrets(inner)
