"""Column types that mean the same on SQLite and on PostgreSQL; apart from the words, which need no database to be loaded."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import JSON, DateTime, Dialect, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine


class UTCDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC: timestamptz on PostgreSQL, naive UTC text on SQLite, aware UTC in Python on both."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone can't be stored: {value.isoformat()}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


@lru_cache(8192)  # a list of rows says few different times, and each list after it the same
def _read(text: str | None) -> datetime | None:
    """The time that SQLite keeps as text."""
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


Code = TypeVar("Code", bound=StrEnum)


class Codelist(TypeDecorator[Code], Generic[Code]):
    """A code kept as its text, given back as its enum; a value outside the list is refused on the way in."""

    impl = String(40)
    cache_ok = True

    def __init__(self, codes: type[Code]) -> None:
        super().__init__()
        self.codes = codes

    def process_bind_param(self, value: Code | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.codes(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Code | None:
        return None if value is None else self.codes(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        known: dict[str | None, Code | None] = {None: None} | {code.value: code for code in self.codes}
        return lambda value: known[value] if value in known else self.codes(value)


# JSON text on SQLite, jsonb on PostgreSQL
JSON_COLUMN: TypeEngine[Any] = JSON().with_variant(JSONB(), "postgresql")
