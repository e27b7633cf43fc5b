"""For schemathesis: ids that exist, operations that never end left out, and a closer look at refused input."""

from __future__ import annotations

import json
import os
from typing import Any

import schemathesis

IDS: dict[str, str] = json.loads(os.environ.get("ASISSO_FUZZ_IDS", "{}"))
"""An id that exists, by the name of a path's parameter."""

KEPT = frozenset(os.environ.get("ASISSO_FUZZ_KEPT", "").split(","))
"""What must not be deleted."""

GONE = "0" * 32
KNOWN_SHARE = 3
"""One of so many requests keeps the id that was made up."""


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Leave streams out: they end when the client does."""
    for item in raw_schema["paths"].values():
        for method in [m for m, operation in item.items() if "text/event-stream" in json.dumps(operation)]:
            del item[method]


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Put ids that exist in the place of most of those made up; what is to be deleted is left to the stateful tests."""
    if not path_parameters or context.operation.method.upper() == "DELETE":
        return path_parameters
    if sum(map(len, map(str, path_parameters.values()))) % KNOWN_SHARE == 0:
        return path_parameters
    return {name: IDS.get(name, value) for name, value in path_parameters.items()}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Keep what was there at the beginning: the other tests need it."""
    if case.method.upper() == "DELETE":
        for name, value in case.path_parameters.items():
            if value in KEPT:
                case.path_parameters[name] = GONE


@schemathesis.check
def valid_input_is_not_malformed(context: Any, response: Any, case: Any) -> None:
    """What is valid under the schema may be refused for what it means, never for its form.

    Rules between fields, addresses in their many forms and ids of other things can't be said in a schema; those
    faults are told as `value_error`. Any other kind of fault is a schema that promises too much.
    """
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    answer = response.json()
    kinds = {fault["type"] for fault in answer["detail"]}
    if answer["code"] == "validation_error" and not kinds <= {"value_error"}:
        raise AssertionError(f"valid input is called malformed: {answer['detail']}")
