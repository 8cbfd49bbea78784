"""Kinds of value that many resources take."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BeforeValidator, Field


def _as_written(value: Any) -> Any:
    written = isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII)
    if not written and not isinstance(value, date) and value is not None:
        raise ValueError("a day is written as 2026-04-01")
    return value


# ISO 8601 and nothing else: pydantic alone would take a number for seconds since 1970
Day = Annotated[date, BeforeValidator(_as_written)]

# the number of a row; larger ones could not be stored, so there are none
Number = Annotated[int, Path(ge=1, lt=2**31)]
# text that any database can hold
Plain = Annotated[str, Field(pattern=r"^[^\x00]*$")]


def written_time(value: Any) -> Any:
    """The text of a time; raises ValueError for a number, which pydantic would take for seconds."""
    if isinstance(value, str) and "-" in value[1:]:
        return value
    raise ValueError("a time is written as 2026-04-01T16:00:00Z")


# ISO 8601 and nothing else: pydantic alone would take a number for seconds since 1970
Moment = Annotated[datetime, BeforeValidator(written_time)]
