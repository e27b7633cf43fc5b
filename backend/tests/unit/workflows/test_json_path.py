"""Paths into an answer."""

from __future__ import annotations

import pytest

from asisso.workflows.json_path import PathError, look_up, parse_path

pytestmark = pytest.mark.unit

ANSWER = {"a": {"b": [{"c-d": 1}, 2], "with space": 3}, "none": None, "no": False}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", ANSWER),
        ("$.a.b[0].c-d", 1),
        ("$.a.b[1]", 2),
        ("$.a.b[-1]", 2),
        ("$['a'][\"with space\"]", 3),
        (" $.no ", False),
        ("$.none", None),
        ("$.none.x", None),
        ("$.a.b[2]", None),
        ("$.a.b[-3]", None),
        ("$.a.b.c", None),
        ("$.a[0]", None),
        ("$.missing", None),
    ],
)
def test_value_is_looked_up(path: str, value: object) -> None:
    assert look_up(ANSWER, path) == value


def test_path_of_a_list() -> None:
    assert look_up([[1, 2]], "$[0][1]") == 2


@pytest.mark.parametrize("path", ["", "a.b", "$a", "$.", "$..a", "$.a[", "$.a[x]", "$.a[*]", "$.a b"])
def test_what_is_no_path_says_so(path: str) -> None:
    with pytest.raises(PathError, match=r"cannot be read|does not begin"):
        parse_path(path)
