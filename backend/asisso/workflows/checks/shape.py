"""JSON that does not have the shape of a definition. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asisso.workflows.checks.problem import Path, Problem


def shape_problem(document: Mapping[str, Any], path: Path, message: str) -> Problem:
    """A fault of the shape, in words that name the node or edge it is in."""
    part = _part_at(document, path)
    part_id = part.get("id")
    name = part_id if isinstance(part_id, str) else None
    is_node = path[:1] == ("nodes",)
    kind = "Node" if is_node else "Edge"
    if is_node and len(path) == 2 and "type" in part:
        text = f"Node {name or path[1]} has the type {part['type']!r}, which is not known."
        return Problem("error", "unknown_node_type", text, path, node_id=name)
    where = f"{kind} {name or path[1]}" if len(path) > 1 else "The definition"
    field = ".".join(str(step) for step in (path[2:] if len(path) > 1 else path))
    text = f"{where}{f', {field}' if field else ''}: {message}."
    return Problem(
        "error", "bad_shape", text, path, node_id=name if is_node else None, edge_id=None if is_node else name
    )


def _part_at(document: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """The node or edge a path leads into; empty when it leads into none."""
    if len(path) < 2 or not isinstance(path[1], int):
        return {}
    parts = document.get(str(path[0]))
    part = parts[path[1]] if isinstance(parts, list) and path[1] < len(parts) else None
    return part if isinstance(part, Mapping) else {}
