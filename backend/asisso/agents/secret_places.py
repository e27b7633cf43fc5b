"""Where the secrets stand inside a workflow's `agent`: taking them out of the document, and putting them in. Pure.

A document is *shown* when each secret `x` is replaced by `x_set: true`, and *whole* when the secrets stand in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, TypeAdapter

Document = dict[str, Any]
Path = tuple[str | int, ...]
Secrets = Mapping[Path, str]

MARK: Final = "_set"
ADDRESS_ENDING: Final = "url"


class MovedSecret(ValueError):
    """A secret would be sent to another server than it was entered for; the text says which."""


@lru_cache
def secret_names(adapter: TypeAdapter[Any]) -> frozenset[str]:
    """The names of all fields that are secrets, in every model and union an adapter can read."""
    return frozenset(_write_only(adapter.json_schema()))


def secrets_of(value: object, path: Path = ()) -> dict[Path, str]:
    """The secrets in what was read from a whole document, by their paths in it."""
    if isinstance(value, SecretStr):
        return {path: value.get_secret_value()}
    found: dict[Path, str] = {}
    for step, inner in _parts(value):
        found |= secrets_of(inner, (*path, step))
    return found


def shown(whole: Document, secrets: Secrets) -> Document:
    """The document without its secrets, which are only said to be there."""
    document = deepcopy(whole)
    for path in secrets:
        place, name = _at(document, path[:-1]), path[-1]
        place.pop(name, None)
        place[f"{name}{MARK}"] = True
    return document


def whole(shown: Document, secrets: Secrets, names: frozenset[str]) -> Document:
    """The document with its secrets."""
    document: Document = _without(shown, names)
    for path, secret in secrets.items():
        _at(document, path[:-1])[path[-1]] = secret
    return document


def changed(
    given: Document, *, before: Document, secrets: Secrets, names: frozenset[str]
) -> tuple[Document, dict[Path, str]]:
    """What a person sent as a whole document's new form, and the secrets that stay as they were.

    A secret stays when it is left out and everything around it is still of the same kind; an empty text removes it.

    Raises:
        MovedSecret: one that stays stands beside another address than before.
    """
    kept = {path: secret for path, secret in secrets.items() if _stays(given, before, path)}
    for path in kept:
        _refuse_moved(_at(given, path[:-1]), _at(before, path[:-1]), path)
    return _without(given, names), kept


def _stays(given: Document, before: Document, path: Path) -> bool:
    now: Any = given
    then: Any = before
    for step in path[:-1]:
        if not _is_alike(now, then):
            return False
        now, then = _inside(now, step), _inside(then, step)
    return _is_alike(now, then) and path[-1] not in now


def _is_alike(now: object, then: object) -> bool:
    if isinstance(now, dict) and isinstance(then, dict):
        return bool(now.get("kind") == then.get("kind"))
    return isinstance(now, list) and isinstance(then, list)


def _refuse_moved(now: Document, then: Document, path: Path) -> None:
    for name in sorted(now.keys() | then.keys()):
        if name.endswith(ADDRESS_ENDING) and _server(now.get(name)) != _server(then.get(name)):
            place = ".".join(map(str, path))
            raise MovedSecret(f"{place}: Enter it again, since it was entered for another {name}")


def _server(address: object) -> object:
    if not isinstance(address, str):
        return address
    try:
        parts = urlsplit(address)
        return parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        return address


def _without(part: Any, names: frozenset[str]) -> Any:
    """A copy without marks, and without secrets that are empty."""
    if isinstance(part, list):
        return [_without(inner, names) for inner in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _without(inner, names)
        for name, inner in part.items()
        if not (_is_mark(name, inner, names) or (name in names and inner in ("", None)))
    }


def _is_mark(name: str, value: object, names: frozenset[str]) -> bool:
    return isinstance(value, bool) and name.endswith(MARK) and name.removesuffix(MARK) in names


def _at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def _inside(part: Any, step: str | int) -> Any:
    if isinstance(part, dict) and isinstance(step, str):
        return part.get(step)
    if isinstance(part, list) and isinstance(step, int) and step < len(part):
        return part[step]
    return None


def _parts(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield name, getattr(value, name)
    elif isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


def _write_only(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        for name, field in schema.get("properties", {}).items():
            if isinstance(field, dict) and is_write_only(field):
                yield name
        for inner in schema.values():
            yield from _write_only(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _write_only(inner)


def is_write_only(field: Mapping[str, Any]) -> bool:
    """Whether a JSON schema says that its value is never given back."""
    choices = [field, *field.get("anyOf", ())]
    return any(choice.get("writeOnly") is True for choice in choices)
