"""Nodes whose settings do not fit together. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from asisso.workflows.checks.names import CONTEXT_NAMES
from asisso.workflows.checks.problem import Part, Problem, nodes_of
from asisso.workflows.definition import (
    AskingData,
    Collected,
    HttpData,
    SpokenData,
    TransferData,
    WorkflowDefinition,
)
from asisso.workflows.json_path import PathError, parse_path

_URL: Final = re.compile(r"https?://[^\s/?#]+([/?#]\S*)?", re.IGNORECASE)
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def check_contents(definition: WorkflowDefinition) -> Iterator[Problem]:
    """Everything about what the nodes are to do."""
    types: dict[str, tuple[str, str]] = {}
    for part, node in nodes_of(definition):
        match node.data:
            case TransferData():
                yield from _transfer(part, node.data)
            case HttpData():
                yield from _http(part, node.data)
            case AskingData():
                yield from _collect(part, node.data, types)
                yield from _silence(part, node.data)
            case SpokenData():
                pass


def _transfer(part: Part, data: TransferData) -> Iterator[Problem]:
    missing = ("context", "extension") if data.mode == "dialplan" else ("to",)
    for field in missing:
        if not str(getattr(data, field)).strip():
            text = f"transfers the caller, but {field} is empty: say to whom."
            yield part.problem("no_destination", text, "data", field)


def _http(part: Part, data: HttpData) -> Iterator[Problem]:
    url = re.sub(r"\{\{[^{}]*\}\}", "x", data.url.strip())
    if not url:
        yield part.problem("no_url", "asks another program, but url is empty: say which.", "data", "url")
    elif not _URL.fullmatch(url):
        yield part.problem("bad_url", "has a url that is not http:// or https:// with a host.", "data", "url")
    for name in data.headers:
        if not _HEADER.fullmatch(name):
            yield part.problem(
                "bad_header", f"sends {name!r}, which is no header's name.", "data", "headers", name
            )
    for name, path in data.save.items():
        try:
            parse_path(path)
        except PathError as error:
            text = f"saves {name} from a path that cannot be read: {error}"
            yield part.problem("bad_save_path", text, "data", "save", name)


def _collect(part: Part, data: AskingData, types: dict[str, tuple[str, str]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, field in enumerate(data.collect):
        path = ("data", "collect", index)
        yield from _field(part, field, path)
        kind, where = types.setdefault(field.name, (field.type, part.of.id))
        if kind != field.type:
            text = f"collects {field.name} as {field.type}, but node {where} as {kind}."
            yield part.problem("conflicting_types", text, *path, "type")
        if field.name in seen:
            yield part.problem("duplicate_name", f"collects {field.name} twice.", *path, "name")
        seen.add(field.name)


def _field(part: Part, field: Collected, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if field.type == "choice" and not field.options:
        yield part.problem(
            "no_options", f"lets callers choose {field.name} from no options.", *path, "options"
        )
    if field.min_length and field.max_length and field.min_length > field.max_length:
        text = f"wants at least {field.min_length} and at most {field.max_length} digits for {field.name}."
        yield part.problem("bad_length", text, *path, "max_length")
    if field.name in CONTEXT_NAMES:
        text = f"collects {field.name}, which hides what the call knows by that name."
        yield part.warning("hides_call_value", text, *path, "name")


def _silence(part: Part, data: AskingData) -> Iterator[Problem]:
    if data.prompt.strip() and not data.say.strip() and not data.collect:
        text = "has a prompt but nothing to say: an agent without a language model is silent there."
        yield part.warning("nothing_to_say", text, "data", "say")
