"""Which tenders a list shows: what was chosen, as conditions on Tender that are put together once for all who choose alike."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Text, bindparam, cast, literal, or_, select
from sqlmodel import Session, col

from contracts.vocabulary import TenderStatus
from contracts.vocabulary.columns import Codelist
from crawler.fulltext import in_programs, says
from crawler.models import Sighting, Tender, TenderDocument, is_tender
from crawler.normalise import number_key

CURRENT = (TenderStatus.OPEN, TenderStatus.PLANNED, TenderStatus.UNKNOWN)


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

    @property
    def shape(self) -> "Shape":
        """Which conditions there are, whatever the time and the source are that they ask for."""
        return Shape(self.statuses, self.current, self.within is not None, bool(self.source))

    def values(self, now: datetime) -> dict[str, Any]:
        """What a statement with these conditions is executed with."""
        return {"now": now, "until": now + timedelta(days=self.within or 0), "source": self.source}

    def conditions(self, session: Session) -> list[ColumnElement[bool]]:
        """The WHERE clauses, each of which must hold; they are executed with `values`."""
        return [*plain(self.shape), *self.asked(session)]

    def asked(self, session: Session) -> list[ColumnElement[bool]]:
        """Those of the clauses that are made anew for what is looked for."""
        clauses = list(self.also)
        if self.program:
            clauses.append(in_programs(session, self.program))
        if self.text.strip():
            clauses.append(says(session, self.text))
        return clauses


class Shape(NamedTuple):
    """The conditions that many lists have in common: the statuses, and whether the others are there."""

    statuses: tuple[TenderStatus, ...]
    current: bool
    within: bool
    source: bool


@lru_cache(256)  # putting conditions together costs more than reading fifty rows does
def plain(shape: Shape) -> tuple[ColumnElement[bool], ...]:
    closes = col(Tender.closes_at)
    now: BindParameter[Any] = bindparam("now")
    clauses: list[ColumnElement[bool]] = [is_tender()]
    if shape.statuses:
        clauses.append(col(Tender.status).in_([literal(status, Codelist(TenderStatus)) for status in shape.statuses]))
    if shape.current:
        clauses.append(or_(closes.is_(None), closes >= now))
    if shape.within:
        clauses.append(closes.between(now, bindparam("until")))
    if shape.source:
        shown = select(col(Sighting.tender_id)).where(col(Sighting.source) == bindparam("source"))
        clauses.append(col(Tender.id).in_(shown))
    return tuple(clauses)


def in_line(program: str) -> ColumnElement[bool]:
    """Whether a tender belongs to a program line."""
    # a list kept as JSON, read as text: the same on both databases
    return cast(col(Tender.programs), Text).contains(json.dumps(program), autoescape=True)


def in_files(pattern: str) -> ColumnElement[bool]:
    """Whether the text of a file that a tender names now is LIKE the pattern, its own wild cards escaped by a backslash."""
    own = select(1).where(col(TenderDocument.tender_id) == col(Tender.id), col(TenderDocument.superseded_at).is_(None))
    return own.where(col(TenderDocument.text).ilike(pattern, escape="\\")).exists()


def named(session: Session, text: str) -> ColumnElement[bool]:
    """Whether all the words stand in a tender, or it has that number in any spelling."""
    key = number_key(text)
    return or_(says(session, text), col(Tender.number_key) == key) if key else says(session, text)
