"""Saved answers of a source, read again in the order of their time on a database that is thrown away: what would have been told."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel, col, select

from contracts.vocabulary import Health, ReleaseTag
from crawler import archive, evidence, spiders, store
from crawler.items import CapturedPage, EmptyAnswer, LayoutChanged, Look, Page, Refused, SourceError
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
    """What one look at a source brought: the name it is told by, when it was (UTC), and its pages, read when asked for."""

    name: str
    taken_at: datetime
    pages: Callable[[], Sequence[Page]]


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


def answers(folder: Path, source: SourceConfig) -> list[SavedAnswer]:
    """The saved answers of a folder in the order of their time: files named by it (`2024-12-12T002548Z.csv`), or our own evidence.

    Raises Unreplayable.
    """
    if not folder.is_dir():
        raise Unreplayable(f"{folder}: there is no such folder")
    if evidence.files_of(folder, source.name):
        return _from_evidence(folder, source)
    found = [_from_file(path, source) for path in folder.iterdir() if not path.name.startswith(".") and path.is_file()]
    if not found:
        raise Unreplayable(f"{folder}: holds no saved answer")
    return sorted(found, key=lambda answer: (answer.taken_at, answer.name))


def _from_file(path: Path, source: SourceConfig) -> SavedAnswer:
    match = NAME.match(path.name)
    media_type = MEDIA_TYPES.get(path.suffix.lower(), "")
    try:
        taken_at = datetime(*map(int, match.groups()), tzinfo=UTC)  # type: ignore[union-attr,misc,arg-type]
    except (AttributeError, ValueError):
        raise Unreplayable(f"{path}: the name does not begin with a UTC time such as 2024-12-12T002548Z") from None
    return SavedAnswer(path.name, taken_at, lambda: [Page(path.read_bytes(), url=source.address, media_type=media_type)])


def _from_evidence(folder: Path, source: SourceConfig) -> list[SavedAnswer]:
    """The looks that evidence was kept of; the pages of one look bear one time."""
    looks: dict[datetime, list[tuple[str, int]]] = {}
    for taken_at, file, offset in evidence.answers(folder, source.name):
        looks.setdefault(taken_at, []).append((file, offset))
    return [
        SavedAnswer(f"{at:%Y-%m-%dT%H%M%SZ}", at, partial(_pages, folder, tuple(places))) for at, places in sorted(looks.items())
    ]


def _pages(folder: Path, places: Sequence[tuple[str, int]]) -> list[Page]:
    return [archive.read(folder, file, offset) for file, offset in places]


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
    pages = answer.pages()
    kept = tuple(
        CapturedPage(
            url=page.url,
            taken_at=answer.taken_at,
            status=page.status,
            media_type=page.media_type,
            sha256=sha256(page.body).hexdigest(),
            size=len(page.body),
        )
        for page in pages
    )
    try:
        listings = [spiders.read(page, source) for page in pages]
    except SourceError as error:
        state = next(health for kind, health in TROUBLES if isinstance(error, kind))
        return Look(source.name, answer.taken_at, trouble=(state, str(error)), pages=kept)
    # what is saved is the whole listing even where the portal would have had a next page: its total says nothing here
    return Look(
        source.name,
        answer.taken_at,
        postings=tuple(posting for listing in listings for posting in listing.postings),
        rows=sum(listing.rows for listing in listings),
        columns=listings[0].columns,
        says_none=all(listing.says_none for listing in listings),
        announces=all(listing.announces for listing in listings),
        pages=kept,
    )


def _lines(session: Session, answer: SavedAnswer, saved: store.Saved) -> Iterator[Line]:
    name = answer.name
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
