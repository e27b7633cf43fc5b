"""What is wrong with a workflow, in words that name the node. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asisso.workflows.checks.contents import check_contents
from asisso.workflows.checks.names import CONTEXT_NAMES, check_names
from asisso.workflows.checks.problem import Problem
from asisso.workflows.checks.shape import shape_problem
from asisso.workflows.checks.structure import check_structure
from asisso.workflows.checks.ways import check_ways
from asisso.workflows.definition import DefinitionError, parse_definition

__all__ = ["CONTEXT_NAMES", "Problem", "has_errors", "is_well_formed", "validate"]

_CHECKS = (check_structure, check_ways, check_contents, check_names)


def validate(document: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong with a definition's JSON, errors first; empty when nothing is."""
    try:
        definition = parse_definition(document)
    except DefinitionError as error:
        return [shape_problem(document, path, message) for path, message in error.faults]
    problems = [problem for check in _CHECKS for problem in check(definition)]
    return sorted(problems, key=lambda problem: problem.severity)


def is_well_formed(document: Mapping[str, Any]) -> bool:
    """Whether this has the shape of a definition, finished or not."""
    try:
        parse_definition(document)
    except DefinitionError:
        return False
    return True


def has_errors(problems: list[Problem]) -> bool:
    """Whether any of the problems forbids publishing."""
    return any(problem.severity == "error" for problem in problems)
