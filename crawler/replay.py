"""Saved answers of a source, read again in the order of their time on a database that is thrown away: what would have been told."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel, col, select

from contracts.vocabulary import Health, ReleaseTag
from crawler import spiders, store
from crawler.items import CapturedPage, EmptyAnswer, LayoutChanged, Listing, Look, Page, Refused, SourceError
from crawler.models import Capture, Quarantine, Release, Sighting, Source, SourceEvent, Tender, TenderDocument
from crawler.sources import SourceConfig

TABLES = (Source, Capture, Tender, Sighting, Release, Quarantine, SourceEvent, TenderDocument)
NAME = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})[T_ ](\d{2})[-:]?(\d{2})[-:]?(\d{2})(?:\.\d+)?Z")
TROUBLES: tuple[tuple[type[SourceError], Health], ...] = (
    (Refused, Health.REFUSED),
    (EmptyAnswer, Health.EMPTY),
    (LayoutChanged, Health.LAYOUT_CHANGED),
    (SourceError, Health.UNREACHABLE),
)
MEDIA_TYPES = {".csv": "text/csv", ".json": "application/json", ".html": "text/html", ".htm": "text/html", ".xml": "text/xml"}


class Unreplayable(Exception):
    """Raised for a folder that holds no answers to read again; the sentence says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """A file and the time its name says it was taken at (`2024-12-12T002548Z.csv`, UTC)."""

    path: Path
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the command prints it."""

    capture: str
    event: str
    id: str | None
    number: str | None
    changes: dict[str, list[Any]]

    def to_json(self) -> dict[str, Any]:
        return {"capture": self.capture, "event": self.event, "id": self.id, "number": self.number, "changes": self.changes}


def answers(folder: Path) -> list[SavedAnswer]:
    """The saved answers of a folder in the order of their time. Raises Unreplayable."""
    if not folder.is_dir():
        raise Unreplayable(f"{folder}: there is no such folder")
    found = []
    for path in folder.iterdir():
        if path.name.startswith(".") or not path.is_file():
            continue
        match = NAME.match(path.name)
        try:
            found.append(SavedAnswer(path, datetime(*map(int, match.groups()), tzinfo=UTC)))  # type: ignore[union-attr,misc,arg-type]
        except (AttributeError, ValueError):
            raise Unreplayable(f"{path}: the name does not begin with a UTC time such as 2024-12-12T002548Z") from None
    if not found:
        raise Unreplayable(f"{folder}: holds no saved answer")
    return sorted(found, key=lambda answer: (answer.taken_at, answer.path.name))


def replay(source: SourceConfig, saved: Iterable[SavedAnswer]) -> Iterator[Line]:
    """What each answer in turn would have told, the clock standing at its own time."""
    engine = throwaway()
    try:
        for answer in saved:
            with Session(engine, expire_on_commit=False) as session:
                written = store.save(session, source, look(source, answer), now=answer.taken_at)
                yield from _lines(session, answer, written)
                session.commit()
    finally:
        engine.dispose()


def throwaway() -> Engine:
    """An empty database in memory with the tables of this room."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    SQLModel.metadata.create_all(engine, tables=[SQLModel.metadata.tables[str(table.__tablename__)] for table in TABLES])
    return engine


def look(source: SourceConfig, answer: SavedAnswer) -> Look:
    """The look that fetching this answer would have been; what can't be read is its trouble."""
    body = answer.path.read_bytes()
    media_type = MEDIA_TYPES.get(answer.path.suffix.lower(), "")
    kept = CapturedPage(
        url=source.address,
        taken_at=answer.taken_at,
        status=200,
        media_type=media_type,
        sha256=sha256(body).hexdigest(),
        size=len(body),
    )
    try:
        listing = spiders.read(Page(body, url=source.address, media_type=media_type), source)
    except SourceError as error:
        state = next(health for kind, health in TROUBLES if isinstance(error, kind))
        return Look(source.name, answer.taken_at, trouble=(state, str(error)), pages=(kept,))
    return _seen(source, answer, listing, kept)


def _seen(source: SourceConfig, answer: SavedAnswer, listing: Listing, kept: CapturedPage) -> Look:
    # a saved answer is the whole listing even where the portal would have had a next page: its total says nothing here
    return Look(
        source.name,
        answer.taken_at,
        postings=listing.postings,
        rows=listing.rows,
        columns=listing.columns,
        says_none=listing.says_none,
        announces=listing.announces,
        pages=(kept,),
    )


def _lines(session: Session, answer: SavedAnswer, saved: store.Saved) -> Iterator[Line]:
    name = answer.path.name
    for event in saved.events:
        changes: dict[str, list[Any]] = {"state": [event.old.value, event.new.value], "reason": [None, event.reason]}
        yield Line(name, "health", None, None, changes)
    shown = _shown(session, saved)
    for release in saved.news:
        tag = ReleaseTag.TENDER_UPDATE if release.tag is ReleaseTag.AWARD else release.tag
        told = {change["field"]: [change["old"], change["new"]] for change in release.changes}
        yield _line(name, tag.value, shown[release.tender_id], told)
    for event_name, sightings in (("missing", saved.missing), ("returned", saved.returned)):
        for sighting in sightings:
            yield _line(name, event_name, sighting, {})


def _line(capture: str, event: str, sighting: Sighting, changes: dict[str, list[Any]]) -> Line:
    return Line(capture, event, sighting.posting["id"], sighting.posting["number"], changes)


def _shown(session: Session, saved: store.Saved) -> dict[int, Sighting]:
    wanted = [release.tender_id for release in saved.news]
    return {
        sighting.tender_id: sighting
        for start in range(0, len(wanted), 500)
        for sighting in session.exec(select(Sighting).where(col(Sighting.tender_id).in_(wanted[start : start + 500])))
    }
