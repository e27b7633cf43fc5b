"""What inputs, answers and pages have in common.

Answers have no defaults: every field is always there, and generated clients know it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from asisso.api.schemas.text import NO_OUTER_SPACES, ONE_LINE, unbearable

T = TypeVar("T")


class Input(BaseModel):
    """A request's body. A field nobody knows is refused: it is a typing error, or means something we do not do."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _is_bearable(cls, data: Any) -> Any:
        for name, value in data.items() if isinstance(data, dict) else ():
            fault = unbearable(name) or unbearable(value)
            if fault is not None:
                raise ValueError(f"{name if name.isprintable() else 'a name'} {fault}")
        return data


class Output(BaseModel):
    """An answer."""

    model_config = ConfigDict(from_attributes=True)


class PageOut(Output, Generic[T]):
    """Some items of a list, and the cursor of the page after them (null: these were the last)."""

    items: list[T]
    next_cursor: str | None = Field(
        description="Send it as `cursor` for the next page; null: this was the last.",
        examples=["MjAyNi0wMS0wMlQwMzowNDowNSswMDowMCAwMTliN2QyZQ"],
    )

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`RunPage` for a page of `RunOut`: the name in the API's description and in generated clients."""
        return f"{params[0].__name__.removesuffix('Out')}Page"


def omitted() -> Any:
    """The default of a patch's field: it may be left out, but null is only taken where the type allows it.

    A patch is read with `model_dump(exclude_unset=True)`, so the value itself is never seen.
    """
    return Field(default_factory=lambda: None)


def strip(value: str) -> str:
    stripped = value.strip()
    if not stripped:
        raise ValueError("must not be empty")
    return stripped


Id = Annotated[str, Field(min_length=1, max_length=100)]
"""The id of something else; whether there is such a thing is the service's to say."""


def _as_utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is too near the end of the calendar") from None


def _written_out(moment: object) -> object:
    if isinstance(moment, str) and not moment[:5].endswith("-"):
        raise ValueError("must be a time such as 2026-01-02T03:04:05Z")
    return moment


Moment = Annotated[datetime, BeforeValidator(_written_out), AfterValidator(_as_utc)]
"""A time that was written out; one without a zone is taken as UTC."""

Name = Annotated[str, Field(max_length=100), ONE_LINE, AfterValidator(strip)]
Secret = Annotated[str, Field(min_length=1, max_length=500), NO_OUTER_SPACES]
"""Never trimmed silently: what is stored must be what the person believes it is."""
