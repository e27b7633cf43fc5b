"""What inputs, answers and pages have in common.

Answers have no defaults: every field is always there, and generated clients know it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

T = TypeVar("T")


class Input(BaseModel):
    """A request's body. A field nobody knows is refused: it is a typing error, or means something we do not do."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Output(BaseModel):
    """An answer."""

    model_config = ConfigDict(from_attributes=True)


class PageOut(Output, Generic[T]):
    """Some items of a list, and the cursor of the page after them (null: these were the last)."""

    items: list[T]
    next_cursor: str | None


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


def refuse_outer_spaces(value: str) -> str:
    if value != value.strip():
        raise ValueError("begins or ends with a space; leave it out")
    return value


def as_utc(moment: datetime) -> datetime:
    """A time without a zone is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


Moment = Annotated[datetime, AfterValidator(as_utc)]
Name = Annotated[str, Field(max_length=100), AfterValidator(strip)]
Secret = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(refuse_outer_spaces)]
"""Never trimmed silently: what is stored must be what the person believes it is."""
