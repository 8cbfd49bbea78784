"""posting → store: look at sources in a crawl process, and keep each look with its deliveries in one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

import crawler.store
from api import bid_documents
from api.database import Database
from api.journeys.telling import tell, tell_news
from api.settings import Settings
from crawler import archive, process, spiders, turns
from crawler.items import Look, Page
from crawler.sources import SourceConfig
from crawler.store import Saved
from crawler.turns import Taken, TurnLost

log = structlog.get_logger(__name__)


def watch(
    database: Database,
    sources: Sequence[SourceConfig],
    taken: Taken,
    *,
    settings: Settings,
    clock: Callable[[], datetime],
    pulse: process.Pulse,
    on_progress: Callable[[Mapping[str, Any]], None] | None = None,
) -> Iterator[Saved]:
    """Look at these sources in one crawl process; each look is stored, with its deliveries, in a transaction of its own.

    `taken` is the turn that was taken for them: a look whose turn was lost meanwhile is dropped.
    """
    with database.read() as session:
        validators = crawler.store.validators(session, [source.name for source in sources])
    by_name = {source.name: source for source in sources}
    looks = process.look(
        sources,
        archive=settings.archive,
        user_agent=settings.user_agent,
        allow_loopback=settings.allow_loopback_sources,
        validators=validators,
        timeout=settings.crawl_timeout,
        on_progress=on_progress,
        clock=clock,
        command=process.through(settings.crawl_socket),
        pulse=pulse,
    )
    for look in looks:
        source = by_name[look.source]
        try:
            with database.write() as session:
                turns.hold(session, taken, source)
                saved = record(session, source, look, now=clock(), operator=settings.operator_email)
                turns.looked(session, source)
        except TurnLost as lost:
            log.warning("look_dropped", reason=str(lost))
        else:
            yield saved
    try:
        fetch_documents(database, sources, taken, settings=settings, clock=clock, pulse=pulse)
    except TurnLost as lost:
        log.warning("file_dropped", reason=str(lost))


def fetch_documents(
    database: Database,
    sources: Sequence[SourceConfig],
    taken: Taken | None = None,
    *,
    settings: Settings,
    clock: Callable[[], datetime],
    pulse: process.Pulse | None = None,
) -> int:
    """Fetch the files that tenders of these sources name, where a source allows it; a replaced one is told. Gives how many came.

    Raises TurnLost when the turn `taken` for the sources was lost meanwhile.
    """
    allowed = {source.name: source for source in sources if source.documents and source.enabled}
    with database.read() as session:
        wanted = [one for source in allowed.values() for one in crawler.store.wanted(session, source, now=clock())]
    by_place = {(one.source, one.url): one for one in wanted}
    fetched = process.fetch(
        list(allowed.values()),
        wanted,
        archive=settings.archive,
        user_agent=settings.user_agent,
        allow_loopback=settings.allow_loopback_sources,
        timeout=settings.crawl_timeout,
        command=process.through(settings.crawl_socket),
        pulse=pulse,
    )
    came = 0
    for file in fetched:
        one = by_place[file.source, file.url]
        with database.read() as session:
            before = crawler.store.text_before(session, one)
        found = bid_documents.examine(file, before, folder=settings.archive, scanner=settings.document_scanner)
        with database.write() as session:
            if taken:
                turns.hold(session, taken, allowed[file.source])
            for release in crawler.store.take(session, one, file, found, now=clock()):
                tell_news(session, allowed[file.source], release, now=clock())
        came += file.sha256 is not None
    return came


def take_in(database: Database, source: SourceConfig, page: Page, *, settings: Settings, now: datetime) -> Saved:
    """Store an answer that a person saved as if it had just been fetched. Raises SourceError, storing nothing, when it can't be read."""
    listing = spiders.read(page, source)
    kept = archive.keep(settings.archive, page, now, source=source.name, rows=listing.rows)
    look = Look(
        source.name,
        now,
        postings=listing.postings,
        rows=listing.rows,
        total=listing.total if listing.next_url is None else None,  # one page of several is no shrunken listing
        columns=listing.columns,
        says_none=listing.says_none,
        announces=listing.announces,
        pages=(kept,),
    )
    with database.write() as session:
        return record(session, source, look, now=now, operator=settings.operator_email)


def record(session: Session, source: SourceConfig, look: Look, *, now: datetime, operator: str) -> Saved:
    """Store one look and write every delivery it calls for. Commits nothing: one transaction holds both or neither."""
    return tell(session, source, crawler.store.save(session, source, look, now=now), now=now, operator=operator)
