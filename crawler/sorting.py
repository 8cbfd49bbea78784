"""The orders in which tenders are listed, and the cursors that say where such a list goes on."""

import base64
import binascii
import json
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.engine import Row
from sqlmodel import col

from crawler.models import Tender

Sort = Literal["closes", "changed", "published", "title"]
SORTS: tuple[Sort, ...] = get_args(Sort)
ATTRIBUTES: dict[Sort, str] = {"closes": "closes_at", "changed": "changed_at", "published": "published_at", "title": "title"}


class BadCursor(ValueError):
    """Raised for a cursor that this list did not give out."""


def order(sort: Sort) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The ORDER BY of a list: those without the sorted value last, the row's own number deciding between equals."""
    key, descending = _key(sort)
    return (key.desc().nulls_last(), col(Tender.id).desc()) if descending else (key.asc().nulls_last(), col(Tender.id).asc())


def _key(sort: Sort) -> tuple[ColumnElement[Any], bool]:
    """What is sorted by, and whether the greatest comes first."""
    key: Any = getattr(Tender, ATTRIBUTES[sort])
    return key, sort in {"changed", "published"}


def cursor_of(row: Row[Any], sort: Sort) -> str:
    """What names a row as the last one given, so that the list goes on behind it."""
    value = getattr(row, ATTRIBUTES[sort])
    text = json.dumps([sort, value.isoformat() if isinstance(value, datetime) else value, row.id])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def after(cursor: str, sort: Sort) -> ColumnElement[bool]:
    """The rows that follow the one a cursor names; raises BadCursor."""
    value, last = _read_cursor(cursor, sort)
    key, descending = _key(sort)
    beyond = col(Tender.id) < last if descending else col(Tender.id) > last
    if value is None:
        return and_(key.is_(None), beyond)
    further = key < value if descending else key > value
    return or_(further, and_(key == value, beyond), key.is_(None) if ATTRIBUTES[sort] != "title" else false())


def _read_cursor(cursor: str, sort: Sort) -> tuple[Any, int]:
    try:
        named, value, last = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if named != sort or not isinstance(last, int) or not 0 <= last < 2**63 or not isinstance(value, str | None):
            raise BadCursor(cursor)
        if sort != "title" and value is not None:
            value = datetime.fromisoformat(value)
            if value.tzinfo is None:
                raise BadCursor(cursor)
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCursor(cursor) from error
    return value, last
