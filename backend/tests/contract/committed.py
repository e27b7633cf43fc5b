"""The committed description, for tests that go through all operations; another test keeps it the current one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "frontend" / "openapi.json").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class Operation:
    """One operation of the API; its name is its `operationId`."""

    method: str
    path: str
    described: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.described["operationId"])

    @property
    def example(self) -> Any:
        """The example of its body; None where it has no body."""
        body = self.described.get("requestBody", {}).get("content", {})
        return body.get("application/json", {}).get("example")

    @property
    def asks_for_credentials(self) -> bool:
        return bool(self.described.get("security")) and {} not in self.described["security"]

    @property
    def ids(self) -> list[str]:
        """The names of the ids in its path."""
        return re.findall(r"\{([^}]+)\}", self.path)

    @property
    def query(self) -> list[dict[str, Any]]:
        return [place for place in self.described.get("parameters", ()) if place["in"] == "query"]

    @property
    def streams(self) -> bool:
        """Whether the answer goes on until the client leaves."""
        return "text/event-stream" in json.dumps(self.described["responses"])

    def url(self, ids: dict[str, str]) -> str:
        """Its path with these ids."""
        return self.path.format(**{name: ids[name] for name in self.ids})


OPERATIONS = [
    Operation(method.upper(), path, described)
    for path, item in DOCUMENT["paths"].items()
    for method, described in item.items()
]
