"""How many tenders a choice has, and how many each status, source and closing time would leave of it."""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, literal_column, select
from sqlmodel import Session, col

from contracts.vocabulary import TenderStatus
from crawler.filters import Filters, Shape, plain
from crawler.models import Sighting, Tender


def count(session: Session, filters: Filters, *, now: datetime, most: int | None = None) -> int:
    """How many tenders pass; with `most` the counting ends there."""
    asked, bounded = filters.asked(session), most is not None
    statement = _counted((*plain(filters.shape), *asked), bounded) if asked else _plainly_counted(filters.shape, bounded)
    return int(session.connection().execute(statement, filters.values(now) | {"most": most}).scalar_one())


@lru_cache(256)
def _plainly_counted(shape: Shape, bounded: bool) -> Select[Any]:
    return _counted(plain(shape), bounded)


def _counted(conditions: tuple[ColumnElement[bool], ...], bounded: bool) -> Select[Any]:
    if not bounded:
        return select(func.count()).select_from(Tender).where(*conditions)
    found = select(literal_column("1", Integer)).select_from(Tender).where(*conditions).limit(bindparam("most", type_=Integer))
    return select(func.count()).select_from(found.subquery())


def facets(session: Session, filters: Filters, *, now: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """How many tenders each status would leave, and each source: every filter but that one stays."""
    # every status by its name, so that the index of statuses and closings is enough
    any_status = replace(filters, statuses=tuple(TenderStatus), current=False)
    any_source = replace(filters, source="")
    statuses = select(col(Tender.status), func.count()).where(*any_status.conditions(session)).group_by(col(Tender.status))
    sources = (
        select(col(Sighting.source), func.count(col(Sighting.tender_id).distinct()))
        .join(Tender, col(Tender.id) == col(Sighting.tender_id))
        .where(*any_source.conditions(session))
        .group_by(col(Sighting.source))
    )
    connection, values = session.connection(), filters.values(now)
    by_status, by_source = (
        {str(value): count for value, count in connection.execute(statement, values)} for statement in (statuses, sources)
    )
    return by_status, by_source


def closing_times(session: Session, filters: Filters, *, now: datetime, until: datetime) -> dict[datetime, int]:
    """When the tenders that pass close, from now until then, each time with how many do: many close at the same hour."""
    closes = col(Tender.closes_at)
    found = select(closes, func.count()).where(*filters.conditions(session), closes >= now, closes < until).group_by(closes)
    return {at: count for at, count in session.connection().execute(found, filters.values(now)) if at is not None}
