"""The API's description (OpenAPI): what FastAPI knows of the routes, and what holds for all of them.

What follows from an operation's form is added here and not at each route, so that no route can forget it: the
errors it may answer, the limits of ids and texts, a summary, an example of each body.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from fastapi import FastAPI

from asisso.agents.secret_places import MARK, is_write_only
from asisso.api.deps import SCHEMES
from asisso.api.errors import errors
from asisso.api.parameters import ID_LIMITS, TEXT_LIMITS
from asisso.api.schema_examples import NoExample, example_of
from asisso.api.schemas.errors import ERROR_OF_STATUS
from asisso.api.schemas.text import WITHOUT_NUL

Json = dict[str, Any]

SAFE_METHODS = ("get", "head", "options")
_REF = "#/components/schemas/"
_FASTAPIS_DESCRIPTION = "Successful Response"
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")

TAGS = [
    {"name": "auth", "description": "Setting up, signing in and out."},
    {"name": "api-keys", "description": "Keys for programs."},
    {"name": "users", "description": "People of the organization, and invitations."},
    {"name": "sessions", "description": "The browsers a person is signed in with."},
    {"name": "audit-log", "description": "Who changed what, and who tried."},
    {"name": "organization", "description": "The organization, its limits and what it uses."},
    {"name": "telephony-providers", "description": "The kinds of PBX that can be connected."},
    {
        "name": "telephony-configurations",
        "description": "Connections to PBXs, their status, checks and files.",
    },
    {"name": "phone-numbers", "description": "Which workflow answers which address."},
    {"name": "workflows", "description": "What agents say and do: drafts, validation, versions."},
    {"name": "workflow-tests", "description": "Talking to a workflow in writing, and stored conversations."},
    {"name": "runs", "description": "Calls with transcript, recording and timeline."},
    {"name": "calls", "description": "Live calls: making, ending, transferring them."},
    {"name": "events", "description": "What happens, as it happens."},
    {"name": "webhooks", "description": "Other servers that are told what happens, and what became of it."},
    {"name": "health", "description": "For load balancers and supervisors."},
]


class DescribedApi(FastAPI):
    """FastAPI with the completed description under `/openapi.json`."""

    _completed: Json | None = None

    def openapi(self) -> Json:
        """The description; made once."""
        document = super().openapi()
        if document is not self._completed:
            complete(document)
            self._completed = document
        return document


def complete(document: Json) -> None:
    """Add what follows from each operation's form. Changes the document in place."""
    _name_by_title(document)
    document["components"]["securitySchemes"] = {
        scheme.scheme_name: scheme.model.model_dump(mode="json", by_alias=True, exclude_none=True)
        for scheme in SCHEMES
    }
    schemas: Json = document["components"]["schemas"]
    for name in _FASTAPIS_OWN:
        schemas.pop(name, None)
    for name, schema in schemas.items():
        if name.endswith("Page"):
            # Pydantic gives no description to what is made of a generic class.
            schema.setdefault("description", "Some items of a list, and the cursor of the page after them.")
        _add_marks(schema)
    _add_error_schemas(schemas)
    for method, operation in operations(document):
        _summarize(operation)
        _limit_parameters(operation)
        _add_errors(method, operation)
    for name in reachable(schemas, _input_roots(document)):
        for text in _strings(schemas[name]):
            text.setdefault("pattern", WITHOUT_NUL)
    for _, operation in operations(document):
        _add_examples(operation, schemas)
    for event, item in document.get("webhooks", {}).items():
        _describe_webhook(event, item["post"], schemas)


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    """Every operation with its method."""
    for item in document["paths"].values():
        yield from item.items()


def reachable(schemas: Json, roots: set[str]) -> set[str]:
    """The names of the schemas that can be come to from these."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _refs(schemas[name])
    return found


def _name_by_title(document: Json) -> None:
    """Give a page of runs its own name, `RunPage`, in the place of `PageOut_RunOut_`."""
    schemas: Json = document["components"]["schemas"]
    names = {_REF + name: _REF + schema.get("title", name) for name, schema in schemas.items() if "_" in name}
    _replace(document, names)
    document["components"]["schemas"] = {
        names.get(_REF + name, name).removeprefix(_REF): schema for name, schema in schemas.items()
    }


def _replace(part: Any, texts: dict[str, str]) -> None:
    pairs = part.items() if isinstance(part, dict) else enumerate(part)
    for key, inner in pairs:
        if isinstance(inner, str):
            part[key] = texts.get(inner, inner)
        elif isinstance(inner, dict | list):
            _replace(inner, texts)


def _input_roots(document: Json) -> set[str]:
    bodies = (operation.get("requestBody", {}) for _, operation in operations(document))
    return {name for body in bodies for name in _refs(body)}


def _refs(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].removeprefix(_REF)
        for inner in part.values():
            yield from _refs(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _refs(inner)


def _strings(schema: Json) -> Iterator[Json]:
    """The schemas of free text inside a schema."""
    if schema.get("type") == "string" and not schema.keys() & {"const", "enum", "format"}:
        yield schema
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    inner += [schema.get("items"), schema.get("additionalProperties")]
    for part in inner:
        if isinstance(part, dict):
            yield from _strings(part)


def _add_marks(schema: Json) -> None:
    """Beside each secret of a document that is stored and given back: what is said in its place."""
    fields: Json = schema.get("properties", {})
    for name in [name for name, field in fields.items() if is_write_only(field)]:
        fields[name + MARK] = {
            "type": "boolean",
            "const": True,
            "readOnly": True,
            "title": f"{fields[name].get('title', name)} set",
            "description": f"There is a {name}, which is not told.",
        }
        if name in schema.get("required", ()):
            # Whoever writes must send it, whoever reads never gets it.
            schema["required"] = [one for one in schema["required"] if one != name]


def _add_error_schemas(schemas: Json) -> None:
    for model in ERROR_OF_STATUS.values():
        described = model.model_json_schema(ref_template=_REF + "{model}")
        schemas.update(described.pop("$defs", {}))
        schemas[model.__name__] = described


def _summarize(operation: Json) -> None:
    text: str = operation.get("description", "")
    operation["summary"] = text.partition(". ")[0].partition("\n")[0].removesuffix(".")
    for response in operation["responses"].values():
        if response["description"] == _FASTAPIS_DESCRIPTION:
            response["description"] = "Done." if "content" not in response else "The answer."


def _limit_parameters(operation: Json) -> None:
    for parameter in operation.get("parameters", ()):
        limits = ID_LIMITS if parameter["in"] == "path" else TEXT_LIMITS
        for text in _strings(parameter["schema"]):
            for name, limit in limits.items():
                text.setdefault(name, limit)


def _add_errors(method: str, operation: Json) -> None:
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    has_body = "requestBody" in operation
    possible = {
        401: bool(operation.get("security")) and {} not in operation["security"],
        403: method not in SAFE_METHODS,
        404: "path" in places,
        409: method not in SAFE_METHODS and bool(operation.get("security")),
        413: has_body,
        422: has_body or bool(places),
        503: bool(operation.get("security")) or has_body,
    }
    implied = errors(*(status for status, is_possible in possible.items() if is_possible))
    for status, described in implied.items():
        declared = operation["responses"].get(str(status), {})
        is_ours = any(name not in _FASTAPIS_OWN for name in _refs(declared))
        operation["responses"][str(status)] = declared if is_ours else described


def _describe_webhook(event: str, operation: Json, schemas: Json) -> None:
    """What another server is to expect; how it answers is its own affair."""
    first, *rest = event.replace(".", "_").split("_")
    operation["operationId"] = first + "".join(word.capitalize() for word in rest)
    operation["responses"] = {"204": {"description": "Received; every other 2xx says the same."}}
    _summarize(operation)
    _add_examples(operation, schemas)


def _add_examples(operation: Json, schemas: Json) -> None:
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for body in bodies:
        media = body.get("content", {}).get("application/json", {})
        if media.get("schema") and not media.keys() & {"example", "examples"}:
            # A test refuses a field without an example; a running server describes what it can.
            with suppress(NoExample):
                media["example"] = example_of(media["schema"], schemas)
