"""What pages and the API read of the tenders: filtered, sorted, a page at a time, in plain rows that cost little."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select, true
from sqlalchemy.engine import Row
from sqlmodel import Session, col
from sqlmodel import select as sql_select

from crawler.filters import Filters, Shape, in_line, plain
from crawler.models import Release, Sighting, Tender, is_tender
from crawler.sorting import Sort, after, cursor_of, order

LIST_COLUMNS = (
    "id",
    "ocid",
    "number",
    "title",
    "status",
    "buyer",
    "type",
    "published_at",
    "closes_at",
    "closes_text",
    "closes_precision",
    "zone",
    "url",
    "amendments",
    "addenda",
    "documents",
    "supplier",
    "value",
    "rationale",
    "programs",
    "source",
    "first_seen_at",
    "changed_at",
)
TARGET_COLUMNS = ("ocid", "title", "number", "closes_at", "status", "zone", "closes_precision")

DEEP = 200  # rows from which on a list is passed over in its index alone, and only the page itself is read

# asked before every answer, so it is put together once
VERSION = select(select(func.max(col(Release.id))).scalar_subquery(), select(func.max(col(Tender.changed_at))).scalar_subquery())


@dataclass(frozen=True, slots=True)
class TenderPage:
    """A stretch of the list; `next` is the cursor of what follows, None at the end."""

    rows: list[Row[Any]]
    next: str | None


def tenders(
    session: Session, filters: Filters, *, now: datetime, sort: Sort = "closes", limit: int = 50, cursor: str | None = None
) -> TenderPage:
    """The tenders that pass, after `cursor`, at most `limit` of them. Those without the sorted value come last."""
    beyond = () if cursor is None else (after(cursor, sort),)
    rows = _listed(session, filters, sort, now=now, limit=limit + 1, also=beyond)
    more = len(rows) > limit
    return TenderPage(rows[:limit], cursor_of(rows[limit - 1], sort) if more else None)


def tender_slice(
    session: Session,
    filters: Filters,
    *,
    now: datetime,
    sort: Sort = "closes",
    limit: int = 50,
    offset: int = 0,
    columns: tuple[str, ...] = LIST_COLUMNS,
) -> list[Row[Any]]:
    """The same list by position, for pages that people number."""
    return _listed(session, filters, sort, now=now, limit=limit, offset=offset, columns=columns)


def _listed(
    session: Session,
    filters: Filters,
    sort: Sort,
    *,
    now: datetime,
    limit: int,
    offset: int = 0,
    also: tuple[ColumnElement[bool], ...] = (),
    columns: tuple[str, ...] = LIST_COLUMNS,
) -> list[Row[Any]]:
    connection, conditions, values = session.connection(), [*filters.asked(session), *also], filters.values(now)
    rows: list[Row[Any]] = []
    for stretch in _stretches(filters, sort):
        deep = offset >= DEEP
        part = _rows(("id",) if deep else columns, filters.shape, sort, stretch)
        found = part.where(*conditions) if conditions else part
        if deep:
            found = _columns(columns).where(col(Tender.id).in_(found.correlate(None))).order_by(*order(sort))
        rows += connection.execute(found, values | {"most": limit - len(rows), "skipped": offset})
        if len(rows) == limit:
            break
        if offset:
            before = select(func.count()).select_from(Tender).where(*plain(filters.shape), *conditions, STRETCHES[stretch])
            offset = max(0, offset - connection.execute(before, values).scalar_one())
    return rows


@lru_cache(256)
def _rows(columns: tuple[str, ...], shape: Shape, sort: Sort, stretch: str) -> Select[Any]:
    listed = _columns(columns).where(*plain(shape), STRETCHES[stretch])
    return listed.order_by(*order(sort)).limit(bindparam("most", type_=Integer)).offset(bindparam("skipped", type_=Integer))


def _columns(names: tuple[str, ...]) -> Select[Any]:
    return select(*(col(getattr(Tender, name)) for name in names))


STRETCHES: dict[str, ColumnElement[bool]] = {
    "whole": true(),
    "dated": col(Tender.closes_at) >= bindparam("now"),
    "undated": col(Tender.closes_at).is_(None),
}


def _stretches(filters: Filters, sort: Sort) -> tuple[str, ...]:
    """The list in pieces that an index gives in order; asked for as one, what has closed would all be passed over first."""
    return ("dated", "undated") if filters.current and sort == "closes" else ("whole",)


def target(session: Session, ocid: str) -> Row[Any] | None:
    """A tender's ocid, title, number, closing and status: what other rooms may know of it. None for a program page."""
    columns: list[Any] = [col(getattr(Tender, name)) for name in TARGET_COLUMNS]
    return session.connection().execute(select(*columns).where(col(Tender.ocid) == ocid, is_tender())).first()


def whole(
    session: Session, filters: Filters, *, now: datetime, sort: Sort = "closes", limit: int, offset: int = 0
) -> list[Tender]:
    """The same list as tenders with everything known of them, for exports and the command line."""
    statement = sql_select(Tender).where(*filters.conditions(session)).order_by(*order(sort))
    return list(session.exec(statement.limit(limit).offset(offset), params=filters.values(now)))


def version(session: Session) -> str:
    """A short text that differs whenever a tender was stored or changed: two look-ups in indexes."""
    newest, changed = session.connection().execute(VERSION).one()
    return f"{newest}-{changed}"


def sources_seen(session: Session) -> list[str]:
    """The sources that show or showed a tender, by name: from one to the next in their index, however many tenders each has."""
    seen = select(func.min(col(Sighting.source)).label("source")).cte("seen", recursive=True)
    following = select(func.min(col(Sighting.source))).where(col(Sighting.source) > seen.c.source).scalar_subquery()
    seen = seen.union_all(select(following).where(seen.c.source.is_not(None)))
    return [one for one in session.connection().execute(select(seen.c.source)).scalars() if one is not None]


def types_seen(session: Session) -> list[str]:
    """Every type that a portal printed, as it did."""
    return [one for one in session.connection().execute(select(col(Tender.type)).distinct()).scalars() if one]


def recent_releases(session: Session, *, since: datetime, limit: int = 20, program: str = "") -> list[Row[Any]]:
    """The latest news, newest first, each beside its tender's title and times: what was told, not what was merely recorded.

    With `program` only what belongs to that line, its page included.
    """
    statement = (
        select(
            col(Release.release_id),
            col(Release.ocid),
            col(Release.tag),
            col(Release.date),
            col(Release.changes),
            col(Tender.title),
            col(Tender.number),
            col(Tender.buyer),
            col(Tender.status),
            col(Tender.zone),
        )
        .join(Tender, col(Tender.id) == col(Release.tender_id))
        .where(col(Release.date) >= since, col(Release.news))
        .order_by(col(Release.date).desc(), col(Release.id).desc())
        .limit(limit)
    )
    if program:
        statement = statement.where(in_line(program))
    return list(session.connection().execute(statement))


def news(session: Session, *, limit: int) -> Sequence[tuple[Release, Tender]]:
    """The latest releases that were news, newest first, each with its tender."""
    statement = sql_select(Release, Tender).join(Tender, col(Tender.id) == col(Release.tender_id)).where(col(Release.news))
    return session.exec(statement.order_by(col(Release.date).desc(), col(Release.id).desc()).limit(limit)).all()


def closings(session: Session, *, since: datetime, limit: int) -> Sequence[tuple[Release, Tender, int]]:
    """Tenders that close after `since`, soonest first, each with its latest release and the number of its releases."""
    last = (
        select(col(Release.tender_id), func.max(col(Release.id)).label("release_id"), func.count().label("releases"))
        .group_by(col(Release.tender_id))
        .subquery()
    )
    statement = (
        sql_select(Release, Tender, last.c.releases)
        .join(last, last.c.release_id == col(Release.id))
        .join(Tender, col(Tender.id) == last.c.tender_id)
        .where(col(Tender.closes_at) > since)
    )
    return session.exec(statement.order_by(col(Tender.closes_at), col(Tender.id)).limit(limit)).all()
