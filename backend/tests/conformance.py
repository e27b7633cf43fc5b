"""Holds answers against the API's own description: every test that asks the product checks it besides."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import jsonschema_rs

Json = dict[str, Any]

STREAMED = ("text/event-stream", "audio/wav")


class Undescribed(AssertionError):
    """An answer that the description does not have."""


class Description:
    """`/openapi.json`, asked about single answers."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self._paths = [
            (_as_regex(path), path) for path in sorted(document["paths"], key=lambda p: p.count("{"))
        ]
        self._validator = cache(self._make_validator)

    def template_of(self, url_path: str) -> str | None:
        """The path of the description that an address belongs to; None when it belongs to none."""
        return next((path for regex, path in self._paths if regex.fullmatch(url_path)), None)

    def operation(self, method: str, template: str) -> Json | None:
        """The operation, or None when the address does not take the method."""
        found: Json | None = self.document["paths"][template].get(method.lower())
        return found

    def check(self, method: str, url: str, status: int, headers: httpx.Headers, body: bytes) -> None:
        """Find the answer in the description.

        Raises:
            Undescribed: its status, its kind, a header or a field is not as described.
        """
        template = self.template_of(urlsplit(url).path)
        if template is None:
            return
        where = f"{method} {template} {status}"
        operation = self.operation(method, template)
        if operation is None:
            _require(status == 405, f"{where}: a method the description does not have")
            return
        described = operation["responses"].get(str(status))
        _require(described is not None, f"{where} is not declared")
        assert described is not None
        self._check_headers(where, described, headers)
        self._check_body(where, described, headers, body)

    def _check_headers(self, where: str, described: Json, headers: httpx.Headers) -> None:
        for name, header in described.get("headers", {}).items():
            if header.get("required"):
                _require(name in headers, f"{where}: the header {name} is missing")

    def _check_body(self, where: str, described: Json, headers: httpx.Headers, body: bytes) -> None:
        content = described.get("content", {})
        kind = headers.get("content-type", "").partition(";")[0]
        if not content:
            _require(not body, f"{where}: a body where none is declared")
            return
        _require(kind in content, f"{where}: answers {kind or 'nothing'}, declared is {', '.join(content)}")
        if kind == "application/json":
            faults = self.faults(content[kind]["schema"], json.loads(body))
            _require(not faults, f"{where}: {'; '.join(faults)}")

    def faults(self, schema: Json, value: Any) -> list[str]:
        """What is wrong with a value under one of the description's schemas."""
        validator = self._validator(json.dumps(schema))
        return [
            f"{'/'.join(map(str, error.instance_path))}: {error.message}"
            for error in validator.iter_errors(value)
        ]

    def _make_validator(self, schema: str) -> jsonschema_rs.Draft202012Validator:
        whole = json.loads(schema) | {"components": self.document["components"]}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def hook(description: Description) -> Callable[[httpx.Response], Awaitable[None]]:
    """For `httpx.AsyncClient(event_hooks={"response": [...]})`. Streams are left to whoever reads them."""

    async def check(response: httpx.Response) -> None:
        if response.status_code == 500:
            return
        is_stream = response.headers.get("content-type", "").startswith(STREAMED)
        body = b"" if is_stream else await response.aread()
        request = response.request
        description.check(request.method, str(request.url), response.status_code, response.headers, body)

    return check


def _as_regex(path: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]+\}", path)))


def _require(is_so: bool, message: str) -> None:
    if not is_so:
        raise Undescribed(message)
