"""store → alert: what was stored becomes news and health, each written to whoever asked for it, in the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Pool
from sqlmodel import Session

import crawler.store
from api.database import Database
from api.programs import program_aliases
from contracts.vocabulary import Change
from crawler.models import Release, SourceEvent, Tender
from crawler.sources import SourceConfig
from crawler.store import Saved
from notifier import alerts, reminders, rounds
from notifier.matching import News, Searches

_INDEXES: WeakKeyDictionary[Pool, Searches] = WeakKeyDictionary()


def tell(session: Session, source: SourceConfig, saved: Saved, *, now: datetime, operator: str) -> Saved:
    """Write the deliveries of what was stored: each piece of news to who wants it, each step of health to the operator."""
    for release in saved.news:
        tell_news(session, source, release, now=now)
    for event in saved.events:
        tell_health(session, source, event, now=now, operator=operator)
    return saved


def tell_news(session: Session, source: SourceConfig, release: Release, *, now: datetime) -> None:
    """Write one release's deliveries, and take back the reminders that it makes untrue."""
    tender = session.get_one(Tender, release.tender_id)
    told = news(release, tender, source, sequence=crawler.store.earlier(session, release))
    alerts.announce(session, told, now=now, programs=program_aliases(), searches=searches(session))
    reminders.withdraw(session, told)


def remind(database: Database, sources: Mapping[str, SourceConfig], *, now: datetime) -> int:
    """Write the closing reminders that have become due, and withdraw those that hold no more; how many are to be sent."""
    with database.write() as session:
        return due_reminders(session, sources, now=now)


def due_reminders(session: Session, sources: Mapping[str, SourceConfig], *, now: datetime) -> int:
    """The same in the caller's transaction: a round over the tenders of which a mark has passed since the last one."""
    spans = rounds.spans(rounds.last(session), now=now)
    found = crawler.store.closings(session, spans, ocids=reminders.waiting(session))
    known = [news(release, tender, sources.get(release.source)) for release, tender in found]
    told = reminders.remind(session, known, now=now, searches=searches(session))
    rounds.done(session, now=now)
    return told.queued


def tell_health(session: Session, source: SourceConfig, event: SourceEvent, *, now: datetime, operator: str) -> None:
    """Write one step of a source's health to the source's own operator, else to `operator`."""
    alerts.health_changed(
        session,
        source=event.source,
        title=source.title,
        old=event.old,
        new=event.new,
        reason=event.reason,
        at=event.at,
        address=source.operator or operator,
        now=now,
    )


def news(release: Release, tender: Tender, source: SourceConfig | None, *, sequence: int = 0) -> News:
    """The frozen value that crosses from the watching room to the telling room.

    `source` is None for one that is watched no more; `sequence` counts the tender's releases before this one.
    """
    lines = tuple(str(key) for key in tender.programs)
    words = program_aliases()
    return News(
        release_id=release.release_id,
        ocid=release.ocid,
        tag=release.tag,
        date=release.date,
        title=tender.title,
        number=tender.number,
        buyer=tender.buyer,
        status=tender.status,
        type=tender.type,
        closes_at=tender.closes_at,
        closes_text=tender.closes_text,
        closes_precision=tender.closes_precision,
        zone=tender.zone,
        url=tender.url,
        published_at=tender.published_at,
        amendments=tender.amendments,
        addenda=tender.addenda,
        documents=tender.documents,
        description=tender.description,
        programs=lines,
        program_names=tuple(dict.fromkeys(name for key in lines for name in words.get(key, ()))),
        source=release.source,
        source_title=source.title if source else release.source,
        changes=tuple(Change(**change) for change in release.changes),
        sequence=sequence,
    )


def searches(session: Session) -> Searches:
    """The index of this database's saved searches, kept between postings; it catches up with the database by itself."""
    # options make a new Engine over the same pool: the pool is what two sessions of one database have in common
    return _INDEXES.setdefault(session.get_bind().engine.pool, Searches(program_aliases()))
