"""Whatever is asked wrongly of whichever operation is answered with a code and a sentence. New operations too."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

import asisso
from asisso import errors
from asisso.api.schemas.errors import ERROR_OF_STATUS
from tests.contract.committed import OPERATIONS, Operation

pytestmark = pytest.mark.integration

NOWHERE = "0" * 32
STRANGE_IDS = (NOWHERE, "x" * 101, "%00", "%09", "%E0%B2%A0", "a%20b", "١٢٣", "%F0%9F%98%80")
STRANGE_VALUES = ("", "\x00", "x" * 501, "-1", "9" * 20, "1e9", "٣", "9999-12-31T23:59:59-14:00", "😀")
UNBEARABLE = ("\x00", "\ud800")
STRANGE_BODIES = (
    (b"{", "application/json"),
    (b"[]", "application/json"),
    (b'"text"', "application/json"),
    (b"\xff\xfe", "application/json"),
    (b'{"name": ' + b"9" * 5000 + b"}", "application/json"),
    (b"[" * 100_000, "application/json"),
    (b"{}", "text/plain"),
    (b"name=x", "application/x-www-form-urlencoded"),
    (b'{"nobody_knows": 1}', "application/json"),
    (b'{"na\\u0000me": 1}', "application/json"),
    (b'{"name": "\\u0000"}', "application/json"),
    (b'{"name": "\\ud800"}', "application/json"),
    (b'{"context": {"a": NaN}, "definition": {"a": Infinity}}', "application/json"),
)


def those(condition: Any) -> Any:
    """A test of every operation for which this holds."""
    chosen = [operation for operation in OPERATIONS if condition(operation)]
    return pytest.mark.parametrize("operation", chosen, ids=lambda operation: operation.name)


@those(lambda operation: operation.asks_for_credentials)
async def test_without_credentials(operation: Operation, client: httpx.AsyncClient) -> None:
    answer = await _ask(client, operation)
    assert_error(answer, 401, "not_authenticated")


@those(lambda operation: operation.asks_for_credentials)
async def test_with_a_wrong_key(operation: Operation, client: httpx.AsyncClient) -> None:
    client.headers["X-API-Key"] = "ask_nobodys"
    assert_error(await _ask(client, operation), 401, "invalid_api_key")


@those(lambda operation: operation.ids)
async def test_of_what_is_not_there(operation: Operation, admin: httpx.AsyncClient) -> None:
    for strange in STRANGE_IDS:
        assert_error(await _ask(admin, operation, strange), 404)


@those(lambda operation: operation.example is not None)
async def test_with_a_body_that_is_none(operation: Operation, admin: httpx.AsyncClient) -> None:
    url = operation.url(dict.fromkeys(operation.ids, NOWHERE))
    for body, kind in STRANGE_BODIES:
        answer = await admin.request(operation.method, url, content=body, headers={"Content-Type": kind})
        assert_error(answer, 422, "validation_error")


@those(lambda operation: operation.example is not None)
async def test_with_text_that_cannot_be_kept(operation: Operation, admin: httpx.AsyncClient) -> None:
    url = operation.url(dict.fromkeys(operation.ids, NOWHERE))
    spoilt = [body for ending in UNBEARABLE for body in _with_each_text(operation.example, ending)]
    for body in spoilt:
        # Not `json=`: it could not write half a character.
        content, headers = json.dumps(body), {"Content-Type": "application/json"}
        answer = await admin.request(operation.method, url, content=content, headers=headers)
        assert_error(answer, 422, "validation_error")
        assert any(word in answer.text for word in ("NUL", "surrogate")), answer.text


@those(lambda operation: operation.query and not operation.streams)
async def test_with_a_strange_query(operation: Operation, admin: httpx.AsyncClient) -> None:
    url = operation.url(dict.fromkeys(operation.ids, NOWHERE))
    for name, value in product([place["name"] for place in operation.query], STRANGE_VALUES):
        answer = await admin.request(operation.method, url, params=[(name, value)] * 2)
        assert answer.status_code in (200, 404, 422), answer.text
        if answer.status_code >= 400:
            assert_error(answer, answer.status_code)


@those(lambda operation: True)
async def test_by_another_method(operation: Operation, admin: httpx.AsyncClient) -> None:
    url = operation.url(dict.fromkeys(operation.ids, NOWHERE))
    taken = {other.method for other in OPERATIONS if other.path == operation.path}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} - taken:
        answer = await admin.request(method, url)
        assert_error(answer, 405, "method_not_allowed")
        assert answer.headers["allow"].split(", ") == sorted(taken), method


@those(lambda operation: operation.method != "GET")
async def test_from_another_site(operation: Operation, client: httpx.AsyncClient) -> None:
    client.headers["Sec-Fetch-Site"] = "cross-site"
    assert_error(await _ask(client, operation), 403, "cross_site_request")


def test_every_code_that_is_raised_is_described() -> None:
    described = {status: set(_codes_of(model)) for status, model in ERROR_OF_STATUS.items()}
    for status, codes in _raised().items():
        assert codes <= described[status], f"add {codes - described[status]} to api/schemas/errors.py"


def test_every_kind_of_error_has_a_code_of_its_own() -> None:
    for kind in (errors.NotAuthenticated, errors.Forbidden, errors.Conflict, errors.TooManyRequests):
        assert kind.code in set(_codes_of(ERROR_OF_STATUS[kind.status_code]))


def assert_error(answer: httpx.Response, status: int, code: str | None = None) -> None:
    """The common form: a code, and a sentence or a list of faults."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body.keys() == {"code", "detail"}
    assert code is None or body["code"] == code
    if status == 422:
        assert body["detail"]
        assert all(fault["msg"] and fault["loc"] for fault in body["detail"])
    else:
        assert body["detail"][0].isupper()
        assert body["detail"].endswith((".", "?"))


async def _ask(client: httpx.AsyncClient, operation: Operation, an_id: str = NOWHERE) -> httpx.Response:
    url = operation.url(dict.fromkeys(operation.ids, an_id))
    return await client.request(operation.method, url, json=operation.example)


def _with_each_text(value: Any, ending: str) -> Iterator[Any]:
    """A JSON value again and again, each time with another one of its texts ending in this."""
    if isinstance(value, str):
        yield value + ending
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: spoilt} for spoilt in _with_each_text(inner, ending))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            for spoilt in _with_each_text(inner, ending):
                yield [*value[:index], spoilt, *value[index + 1 :]]


def _codes_of(model: Any) -> tuple[str, ...]:
    return get_args(model.model_fields["code"].annotation)


KINDS = {
    name: getattr(errors, name).status_code
    for name in ("NotAuthenticated", "Forbidden", "Conflict", "TooManyRequests", "Unavailable")
}


def _raised() -> dict[int, set[str]]:
    """The codes in the product's source, by the status of the errors they are given to."""
    found: dict[int, set[str]] = defaultdict(set)
    for call in _calls():
        name = getattr(call.func, "id", "")
        given = [word.value for word in call.keywords if word.arg == "code"]
        codes = {value.value for value in given if isinstance(value, ast.Constant)}
        if name in KINDS:
            found[KINDS[name]] |= codes
        elif name == "ControlFailed":
            found[409] |= codes - {"bad_destination", "bad_digits", "transfer_failed"}
        elif name == "NotFound" and isinstance(call.args[0], ast.Constant):
            found[404] |= codes or {f"{call.args[0].value.replace(' ', '_')}_not_found"}
    return found


def _calls() -> Iterator[ast.Call]:
    for path in Path(asisso.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield node
