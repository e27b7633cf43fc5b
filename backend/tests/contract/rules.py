"""What the description of the API has to keep to, so that generated clients are good. A rule gives its breaches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from asisso.api.description import SAFE_METHODS, reachable
from asisso.api.schema_examples import NoExample, example_of
from tests.conformance import Description

Json = dict[str, Any]
Rule = Callable[[Description], Iterator[str]]

WITHOUT_CREDENTIALS = {
    *("getSetup", "setUp", "login", "logout", "getInvitation", "acceptInvitation"),
    *("getHealth", "getReadiness", "getMetrics"),
}
"""Operations anybody may ask for; a new one is put here on purpose, or asks for credentials."""

ERROR_SCHEMAS = re.compile(r"[A-Z][A-Za-z]+Error")
NAMES = re.compile(r"[A-Z][A-Za-z0-9]+")


def each_operation(description: Description) -> Iterator[tuple[str, str, str, Json]]:
    """Method, path, operationId and operation."""
    for path, item in description.document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation["operationId"], operation


def schemas_are_named(description: Description) -> Iterator[str]:
    """No `Body_x`, no `Page_Of_`, no `Foo-Input` beside `Foo-Output`, and no object without a name."""
    schemas = description.document["components"]["schemas"]
    for name, schema in schemas.items():
        if not NAMES.fullmatch(name) or (re.search(r"^Body|Input$|Output$", name) and name != "Input"):
            yield f"{name} is no good name"
        for place, inner in _parts(schema):
            if place and "properties" in inner:
                yield f"{name}{place} is an object without a name"
            if place and "oneOf" in inner:
                yield f"{name}{place} is a union without a name"
    for _, _, operation_id, operation in each_operation(description):
        for where, media in _json_bodies(operation):
            if set(media.get("schema", {})) - {"title"} not in ({"$ref"}, {"anyOf", "title"}, {"anyOf"}):
                yield f"{operation_id} {where} has a schema without a name"


def unions_tell_their_members_apart(description: Description) -> Iterator[str]:
    """A union of objects names the field that says which of them it is."""
    for name, schema in description.document["components"]["schemas"].items():
        for place, part in _parts(schema):
            members = [member for key in ("oneOf", "anyOf") for member in part.get(key, ())]
            objects = [m for m in members if _is_object(m, description)]
            if len(objects) > 1 and "discriminator" not in part:
                yield f"{name}{place} is a union without a discriminator"


def objects_are_described(description: Description) -> Iterator[str]:
    """Each object and operation has a sentence; free-form objects say what is in them."""
    for name, schema in description.document["components"]["schemas"].items():
        if schema.get("type") == "object" and not schema.get("description"):
            yield f"{name} has no description"
        for field, part in schema.get("properties", {}).items():
            if part.get("additionalProperties") is True and not part.get("description"):
                yield f"{name}.{field} is any object, without a word about it"
    for _, _, operation_id, operation in each_operation(description):
        summary = operation.get("summary", "")
        if not summary or not summary[0].isupper() or not operation.get("description"):
            yield f"{operation_id} has no summary"


def operations_are_named_and_grouped(description: Description) -> Iterator[str]:
    """`operationId`s are verbs in camel case, once each; tags are the nouns that the document explains."""
    seen: set[str] = set()
    tags = {tag["name"] for tag in description.document["tags"] if tag.get("description")}
    for _, path, operation_id, operation in each_operation(description):
        if not re.fullmatch(r"[a-z]+([A-Z][a-z0-9]*)*", operation_id) or operation_id in seen:
            yield f"{operation_id} is no name, or there twice"
        seen.add(operation_id)
        if len(operation.get("tags", ())) != 1 or not set(operation["tags"]) <= tags:
            yield f"{operation_id} of {path} has not one tag that is explained"


def errors_are_declared(description: Description) -> Iterator[str]:
    """What follows from an operation's form is declared, in the one form of errors, with the codes there are."""
    schemas = description.document["components"]["schemas"]
    for method, _, operation_id, operation in each_operation(description):
        for status in _implied_errors(method, operation) - operation["responses"].keys():
            yield f"{operation_id} does not declare {status}"
        for status, response in operation["responses"].items():
            if not status.startswith(("4", "5")) or (status == "503" and operation_id == "getReadiness"):
                continue
            name = _ref(response.get("content", {}).get("application/json", {}).get("schema", {}))
            code = schemas.get(name, {}).get("properties", {}).get("code", {})
            if not ERROR_SCHEMAS.fullmatch(name) or not code.keys() & {"enum", "const"}:
                yield f"{operation_id} {status} is no error of the common form"
            if status == "429" and "Retry-After" not in response.get("headers", {}):
                yield f"{operation_id} 429 does not say when to try again"


def credentials_are_declared(description: Description) -> Iterator[str]:
    """Each operation says which credentials it takes, or is known to take none."""
    schemes = description.document["components"]["securitySchemes"]
    for _, _, operation_id, operation in each_operation(description):
        offered = [name for choice in operation.get("security", ()) for name in choice]
        if operation_id not in WITHOUT_CREDENTIALS and set(offered) != {"SessionCookie", "ApiKey"}:
            yield f"{operation_id} takes {offered or 'no credentials'}"
        if not set(offered) <= schemes.keys():
            yield f"{operation_id} names an unknown scheme"


def answers_are_whole(description: Description) -> Iterator[str]:
    """Answers have no defaults, and every field is always there. What is also taken as input may leave some out."""
    schemas = description.document["components"]["schemas"]
    taken = reachable(schemas, _roots(description, "requestBody"))
    for name in reachable(schemas, _roots(description, "responses")) - taken:
        fields = schemas[name].get("properties", {})
        for field in fields.keys() - set(schemas[name].get("required", ())):
            yield f"{name}.{field} is not always there"
        for field, part in fields.items():
            if "default" in part:
                yield f"{name}.{field} has a default"


def inputs_are_limited(description: Description) -> Iterator[str]:
    """Each text, number, list and map that may be sent has bounds, and no body takes unknown fields."""
    schemas = description.document["components"]["schemas"]
    for name in reachable(schemas, _roots(description, "requestBody")):
        if "properties" in schemas[name] and schemas[name].get("additionalProperties") is not False:
            yield f"{name} takes unknown fields"
        for place, part in _parts(schemas[name]):
            yield from (f"{name}{place} {fault}" for fault in _unlimited(part))
    for _, _, operation_id, operation in each_operation(description):
        for parameter in operation.get("parameters", ()):
            for place, part in _parts(parameter["schema"]):
                for fault in _unlimited(part):
                    yield f"{operation_id} {parameter['name']}{place} {fault}"


def bodies_have_examples(description: Description) -> Iterator[str]:
    """Each JSON body has an example, and it is valid."""
    for _, _, operation_id, operation in each_operation(description):
        for where, media in _json_bodies(operation):
            if "example" not in media:
                yield f"{operation_id} {where} has no example: {_missing_example(media, description)}"
                continue
            for fault in description.faults(media["schema"], media["example"]):
                yield f"{operation_id} {where}: the example is not valid, {fault}"


def answers_have_a_kind(description: Description) -> Iterator[str]:
    """Each answer but an empty one says what it is; files and streams say so with a schema."""
    for _, _, operation_id, operation in each_operation(description):
        for status, response in operation["responses"].items():
            if status != "204" and not response.get("content"):
                yield f"{operation_id} {status} does not say what it answers"
            for kind, media in response.get("content", {}).items():
                if not media.get("schema"):
                    yield f"{operation_id} {status} {kind} has no schema"


RULES: list[Rule] = [
    schemas_are_named,
    unions_tell_their_members_apart,
    objects_are_described,
    operations_are_named_and_grouped,
    errors_are_declared,
    credentials_are_declared,
    answers_are_whole,
    inputs_are_limited,
    bodies_have_examples,
    answers_have_a_kind,
]


def _implied_errors(method: str, operation: Json) -> set[str]:
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    has_credentials = any(choice for choice in operation.get("security", ()))
    implied = set()
    if has_credentials and {} not in operation["security"]:
        implied |= {"401", "503"}
    if method not in SAFE_METHODS:
        implied.add("403")
    if "path" in places:
        implied.add("404")
    if "requestBody" in operation:
        implied |= {"413", "422"}
    if places:
        implied.add("422")
    return implied


def _json_bodies(operation: Json) -> Iterator[tuple[str, Json]]:
    bodies = [("request", operation.get("requestBody", {})), *operation["responses"].items()]
    for where, body in bodies:
        if "application/json" in body.get("content", {}):
            yield where, body["content"]["application/json"]


def _parts(schema: Json, place: str = "") -> Iterator[tuple[str, Json]]:
    """A schema and everything inside it, with the way to it."""
    yield place, schema
    for field, part in schema.get("properties", {}).items():
        yield from _parts(part, f"{place}.{field}")
    for key in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(key, ()):
            yield from _parts(part, place)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _parts(schema[key], f"{place}[]")


def _unlimited(part: Json) -> Iterator[str]:
    kind = part.get("type")
    if (
        kind == "string"
        and not part.keys() & {"enum", "const", "maxLength"}
        and part.get("format") != "date-time"
    ):
        yield "is a text of any length"
    if kind == "string" and not part.keys() & {"enum", "const", "pattern", "format"}:
        yield "is a text of any characters"
    if kind in ("integer", "number") and not {"minimum", "maximum"} <= part.keys():
        yield "is a number of any size"
    if kind == "array" and "maxItems" not in part:
        yield "is a list of any length"
    if kind == "object" and "properties" not in part and "maxProperties" not in part:
        yield "is a map of any size"


def _missing_example(media: Json, description: Description) -> str:
    try:
        example_of(media["schema"], description.document["components"]["schemas"])
    except NoExample as error:
        return f"add examples to {error}"
    return "it could be made"


def _roots(description: Description, side: str) -> set[str]:
    return {
        name for _, _, _, operation in each_operation(description) for name in _names(operation.get(side, {}))
    }


def _names(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield _ref(part)
        for inner in part.values():
            yield from _names(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _names(inner)


def _ref(schema: Json) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _is_object(member: Json, description: Description) -> bool:
    schemas = description.document["components"]["schemas"]
    return schemas.get(_ref(member), member).get("type") == "object"
