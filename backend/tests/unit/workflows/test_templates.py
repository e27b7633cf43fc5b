"""Templates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.workflows.templates import Reference, malformed, references, render

pytestmark = pytest.mark.unit

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,10}", fullmatch=True)
WORDS = st.text(st.characters(exclude_characters="{}"), max_size=30)


@pytest.mark.parametrize(
    ("template", "spoken"),
    [
        ("Hello {{caller_name | there}}.", "Hello Ann."),
        ("Hello {{ caller_name }}.", "Hello Ann."),
        ("Hello {{nobody|there}}.", "Hello there."),
        ("Hello {{nobody}}.", "Hello ."),
        ("{{empty | none}}", "none"),
        ("{{count}} left", "0 left"),
        ("{{variables.CRM_ID | -}} {{variables.X | -}} {{variables | -}} {{count.x | -}}", "17 - - -"),
        ("{{caller_name | a | b}}{{nobody | a | b}}", "Anna | b"),
        ("{ {{ }} {{}} {{1x}} {{caller name}}", "{ {{ }} {{}} {{1x}} {{caller name}}"),
    ],
)
def test_template_is_filled_in(template: str, spoken: str) -> None:
    values = {"caller_name": "Ann", "empty": "", "count": 0, "variables": {"CRM_ID": 17}}
    assert render(template, values) == spoken


@given(WORDS)
def test_template_without_braces_is_spoken_as_it_stands(text: str) -> None:
    assert render(text, {}) == text


@given(NAMES, st.text(min_size=1), WORDS, WORDS)
def test_template_never_reads_what_it_filled_in(name: str, value: str, before: str, after: str) -> None:
    values = {"x": "never", name: value}
    assert render(f"{before}{{{{{name}}}}}{after}", values) == f"{before}{value}{after}"


@given(NAMES, WORDS)
def test_template_fallback_takes_the_place_of_what_is_missing(name: str, fallback: str) -> None:
    assert render(f"{{{{{name} | {fallback}}}}}", {}) == fallback.strip()


def test_template_tells_its_names() -> None:
    assert references("{{a}} and {{b.c | d}}") == [Reference("a", None), Reference("b.c", "d")]


def test_template_tells_what_only_looks_like_a_name() -> None:
    assert malformed("{{a}} {{two words}} {{}}") == ["{{two words}}", "{{}}"]
