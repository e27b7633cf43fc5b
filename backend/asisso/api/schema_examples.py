"""An example of a body out of the examples of its fields. Pure."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

EXAMPLE_ID = "019b7d2e1f407c3a9d526f0e8a1b2c3d"
EXAMPLE_TIME = "2026-01-02T03:04:05Z"


class NoExample(ValueError):
    """A field has no example, and none can be told from its schema."""


def example_of(schema: Json, schemas: Json) -> Any:
    """An example that is valid under the schema.

    Objects are made of their required fields and of those that have examples of their own.

    Raises:
        NoExample: a text without one; the message is the way to it.
    """
    return _example(schema, schemas, "")


def _example(schema: Json, schemas: Json, path: str) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _example(schemas[name], schemas, name)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _example(schema[choice][0], schemas, path)
    return _of_type(schema, schemas, path)


def _of_type(schema: Json, schemas: Json, path: str) -> Any:
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, path)
        case "array":
            return [_example(schema["items"], schemas, path)]
        case "string":
            return _text(schema, path)
        case "integer" | "number":
            return schema.get("default", schema.get("minimum", 0))
        case "boolean":
            return schema.get("default", True)
        case _:
            return None


def _object(schema: Json, schemas: Json, path: str) -> Json:
    required = schema.get("required", ())
    fields: Json = schema.get("properties", {})
    chosen = {name: field for name, field in fields.items() if name in required or "examples" in field}
    return {name: _example(field, schemas, f"{path}.{name}") for name, field in chosen.items()}


def _text(schema: Json, path: str) -> str:
    if schema.get("format") == "date-time":
        return EXAMPLE_TIME
    name = path.rpartition(".")[2]
    if name == "id" or name.endswith("_id"):
        return EXAMPLE_ID
    if "default" in schema:
        return str(schema["default"])
    raise NoExample(path)
