"""What requests may carry: forms of text, JSON that can be kept, whole numbers, examples made of schemas."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from asisso.api.schema_examples import EXAMPLE_ID, EXAMPLE_TIME, NoExample, example_of
from asisso.api.schemas.base import Input
from asisso.api.schemas.text import MAX_DEPTH, NO_OUTER_SPACES, ONE_LINE, Form, unbearable
from asisso.whole_number import WHOLE

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("form", [ONE_LINE, NO_OUTER_SPACES])
@given(text=st.text(max_size=20))
def test_what_is_taken_is_what_is_described(form: Form, text: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(Annotated[str, form])
    described = jsonschema_rs.validator_for(adapter.json_schema()).is_valid(text)
    try:
        adapter.validate_python(text)
    except ValidationError:
        assert not described
    else:
        assert described


@pytest.mark.parametrize("text", ["", " ", "\n", "a\nb", "a\n", "\x00", "a\x85"])
def test_a_line_is_one_line_and_not_empty(text: str) -> None:
    with pytest.raises(ValidationError, match="one line"):
        TypeAdapter(Annotated[str, ONE_LINE]).validate_python(text)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53) + 1, 2**53 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_common_json_is_bearable(value: object) -> None:
    assert unbearable(value) is None


def _nested(depth: int) -> Any:
    return [_nested(depth - 1)] if depth else []


@pytest.mark.parametrize(
    "value",
    [
        "\x00",
        "\ud800",
        float("nan"),
        float("-inf"),
        2**53,
        -(2**63),
        {"\x00": 1},
        [{"a": "\udfff"}],
        _nested(MAX_DEPTH),
    ],
    ids=repr,
)
def test_what_no_database_keeps_is_told(value: object) -> None:
    assert unbearable({"field": value}) is not None


def test_body_says_which_field_cannot_be_kept_and_not_its_value() -> None:
    class Body(Input):
        secret: str

    with pytest.raises(ValidationError, match="secret holds the character NUL") as caught:
        Body.model_validate({"secret": "abc\x00"})
    assert "abc" not in str(caught.value.errors(include_input=False, include_url=False)[0]["msg"])


class Numbers(BaseModel):
    seconds: Annotated[int, Field(strict=True, ge=1, le=600), WHOLE]


@pytest.mark.parametrize("value", [60, 60.0])
def test_whole_numbers_are_taken_however_json_writes_them(value: object) -> None:
    assert Numbers.model_validate({"seconds": value}).seconds == 60


@pytest.mark.parametrize("value", ["60", True, 60.5, 0, 601, None, float("nan")], ids=repr)
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Numbers.model_validate({"seconds": value})


def test_limits_of_whole_numbers_are_described() -> None:
    described = Numbers.model_json_schema()["properties"]["seconds"]
    assert (described["minimum"], described["maximum"]) == (1, 600)


class TestExamples:
    SCHEMAS: ClassVar[dict[str, Any]] = {
        "Thing": {
            "type": "object",
            "required": ["id", "made_at", "colour", "parts"],
            "properties": {
                "id": {"type": "string"},
                "made_at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
                "colour": {"enum": ["red", "green"]},
                "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
                "note": {"type": "string"},
                "size": {"type": "integer", "examples": [7]},
            },
        },
        "Part": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
    }

    def test_text_without_an_example_is_named(self) -> None:
        with pytest.raises(NoExample, match=r"Part\.name"):
            example_of({"$ref": "#/components/schemas/Thing"}, self.SCHEMAS)

    def test_required_fields_and_those_with_examples_make_one(self) -> None:
        named = {"type": "object", "required": ["name"], "properties": {"name": {"examples": ["wheel"]}}}
        thing = example_of({"$ref": "#/components/schemas/Thing"}, self.SCHEMAS | {"Part": named})
        assert thing == {
            "id": EXAMPLE_ID,
            "made_at": EXAMPLE_TIME,
            "colour": "red",
            "parts": [{"name": "wheel"}],
            "size": 7,
        }
