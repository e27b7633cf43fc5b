"""Column types that behave alike on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import JSON, DateTime, Dialect, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

E = TypeVar("E", bound=StrEnum)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, always UTC. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone must not reach the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonDocument(TypeDecorator[Any]):
    """A JSON value that is replaced as a whole: changes inside a loaded one are not noticed. None is NULL."""

    impl = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    cache_ok = True


def text_enum(kind: type[E]) -> type[TypeDecorator[E]]:
    """A column type that stores the members of `kind` as plain text, so that new members need no migration."""

    class TextEnum(TypeDecorator[E]):
        impl = String(32)
        cache_ok = True

        def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
            return None if value is None else kind(value).value

        def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
            return None if value is None else kind(value)

    TextEnum.__name__ = f"Text{kind.__name__}"
    return TextEnum
