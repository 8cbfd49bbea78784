"""What pages and the API read of the tenders: filtered, sorted, a page at a time, in plain rows that cost little."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, or_, select, true
from sqlalchemy.engine import Row
from sqlmodel import Session, col
from sqlmodel import select as sql_select

from contracts.vocabulary import TenderStatus
from crawler.fulltext import in_programs, says
from crawler.models import Release, Sighting, Tender, TenderDocument, is_tender
from crawler.normalise import number_key
from crawler.sorting import Sort, after, cursor_of, order

CURRENT = (TenderStatus.OPEN, TenderStatus.PLANNED, TenderStatus.UNKNOWN)
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
    "programs",
    "source",
    "first_seen_at",
    "changed_at",
)
TARGET_COLUMNS = ("ocid", "title", "number", "closes_at", "status", "zone", "closes_precision")

# asked before every answer, so it is put together once
VERSION = select(select(func.max(col(Release.id))).scalar_subquery(), select(func.max(col(Tender.changed_at))).scalar_subquery())


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tenders: `statuses` empty is all; `current` leaves out what has closed; `within` is days until closing.

    `text` is words that must all stand somewhere in the tender.
    """

    text: str = ""
    program: str = ""
    source: str = ""
    statuses: tuple[TenderStatus, ...] = ()
    current: bool = False
    within: int | None = None
    also: tuple[ColumnElement[bool], ...] = ()  # conditions on Tender that a search made

    def conditions(self, session: Session, now: datetime) -> list[ColumnElement[bool]]:
        """The WHERE clauses, each of which must hold."""
        clauses: list[ColumnElement[bool]] = [is_tender()]
        if self.statuses:
            clauses.append(col(Tender.status).in_(self.statuses))
        if self.current:
            clauses.append(or_(col(Tender.closes_at).is_(None), col(Tender.closes_at) >= now))
        if self.within is not None:
            clauses.append(col(Tender.closes_at).between(now, now + timedelta(days=self.within)))
        if self.source:
            clauses.append(col(Tender.id).in_(select(col(Sighting.tender_id)).where(col(Sighting.source) == self.source)))
        if self.program:
            clauses.append(in_programs(session, self.program))
        if self.text.strip():
            clauses.append(says(session, self.text))
        return [*clauses, *self.also]


def in_line(program: str) -> ColumnElement[bool]:
    """Whether a tender belongs to a program line."""
    # a list kept as JSON, read as text: the same on both databases
    return cast(col(Tender.programs), Text).contains(json.dumps(program), autoescape=True)


def in_files(pattern: str) -> ColumnElement[bool]:
    """Whether the text of a file that a tender names now is LIKE the pattern, its own wild cards escaped by a backslash."""
    rows = select(col(TenderDocument.tender_id)).where(col(TenderDocument.superseded_at).is_(None))
    return col(Tender.id).in_(rows.where(col(TenderDocument.text).ilike(pattern, escape="\\")))


def named(session: Session, text: str) -> ColumnElement[bool]:
    """Whether all the words stand in a tender, or it has that number in any spelling."""
    key = number_key(text)
    return or_(says(session, text), col(Tender.number_key) == key) if key else says(session, text)


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
    session: Session, filters: Filters, *, now: datetime, sort: Sort = "closes", limit: int = 50, offset: int = 0
) -> list[Row[Any]]:
    """The same list by position, for pages that people number."""
    return _listed(session, filters, sort, now=now, limit=limit, offset=offset)


def _listed(
    session: Session,
    filters: Filters,
    sort: Sort,
    *,
    now: datetime,
    limit: int,
    offset: int = 0,
    also: tuple[ColumnElement[bool], ...] = (),
) -> list[Row[Any]]:
    conditions = [*filters.conditions(session, now), *also]
    rows: list[Row[Any]] = []
    for stretch in _stretches(filters, sort, now):
        part = _columns().where(*conditions, stretch).order_by(*order(sort)).limit(limit - len(rows)).offset(offset)
        rows += session.connection().execute(part)
        if len(rows) == limit:
            break
        if offset:
            before = select(func.count()).select_from(Tender).where(*conditions, stretch)
            offset = max(0, offset - session.connection().execute(before).scalar_one())
    return rows


def _stretches(filters: Filters, sort: Sort, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The list in pieces that an index gives in order; asked for as one, what has closed would all be passed over first."""
    closes = col(Tender.closes_at)
    return (closes >= now, closes.is_(None)) if filters.current and sort == "closes" else (true(),)


def target(session: Session, ocid: str) -> Row[Any] | None:
    """A tender's ocid, title, number, closing and status: what other rooms may know of it. None for a program page."""
    columns: list[Any] = [col(getattr(Tender, name)) for name in TARGET_COLUMNS]
    return session.connection().execute(select(*columns).where(col(Tender.ocid) == ocid, is_tender())).first()


def whole(
    session: Session, filters: Filters, *, now: datetime, sort: Sort = "closes", limit: int, offset: int = 0
) -> list[Tender]:
    """The same list as tenders with everything known of them, for exports and the command line."""
    statement = sql_select(Tender).where(*filters.conditions(session, now)).order_by(*order(sort))
    return list(session.exec(statement.limit(limit).offset(offset)))


def count(session: Session, filters: Filters, *, now: datetime) -> int:
    """How many tenders pass."""
    return (
        session.connection()
        .execute(select(func.count()).select_from(Tender).where(*filters.conditions(session, now)))
        .scalar_one()
    )


def version(session: Session) -> str:
    """A short text that differs whenever a tender was stored or changed: two look-ups in indexes."""
    newest, changed = session.connection().execute(VERSION).one()
    return f"{newest}-{changed}"


def sources_seen(session: Session) -> list[str]:
    """The sources that show or showed a tender, by name."""
    return list(session.connection().execute(select(col(Sighting.source)).distinct().order_by(Sighting.source)).scalars())


def types_seen(session: Session) -> list[str]:
    """Every type that a portal printed, as it did."""
    return [one for one in session.connection().execute(select(col(Tender.type)).distinct()).scalars() if one]


def facets(session: Session, filters: Filters, *, now: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """How many tenders each status would leave, and each source: every filter but that one stays."""
    any_status, any_source = replace(filters, statuses=(), current=False), replace(filters, source="")
    statuses = select(col(Tender.status), func.count()).where(*any_status.conditions(session, now)).group_by(col(Tender.status))
    sources = (
        select(col(Sighting.source), func.count(col(Sighting.tender_id).distinct()))
        .join(Tender, col(Tender.id) == col(Sighting.tender_id))
        .where(*any_source.conditions(session, now))
        .group_by(col(Sighting.source))
    )
    counted = (session.connection().execute(statement).all() for statement in (statuses, sources))
    by_status, by_source = ({str(value): count for value, count in rows} for rows in counted)
    return by_status, by_source


def closing_times(session: Session, filters: Filters, *, now: datetime, until: datetime) -> dict[datetime, int]:
    """When the tenders that pass close, from now until then, each time with how many do: many close at the same hour."""
    closes = col(Tender.closes_at)
    found = select(closes, func.count()).where(*filters.conditions(session, now), closes >= now, closes < until).group_by(closes)
    return {at: count for at, count in session.connection().execute(found) if at is not None}


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


def _columns() -> Select[Any]:
    return select(*(col(getattr(Tender, name)) for name in LIST_COLUMNS))
