"""Two nodes that see one tender at the same moment on two portals: one tender, told once."""

import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text
from sqlmodel import Session, select

from api.database import Database
from contracts.vocabulary import ReleaseTag
from crawler import store
from crawler.models import Release, Sighting, Tender
from tests.crawler.test_store import HOUR, OTHER, PORTAL, T0, look, posting

WAITS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def baseline(database: Database) -> None:
    with database.write() as session:
        for source in (PORTAL, OTHER):
            store.save(session, source, look(posting(1), source=source.name), now=T0)


def until_somebody_waits(session: Session) -> None:
    """Bounded: a writer that does not wait at all makes the test fail by what it wrote, not by hanging."""
    for _ in range(100):
        if session.connection().execute(WAITS).scalar_one():
            return
        time.sleep(0.05)


def both_see(database: Database, *postings: object) -> None:
    """One node has written but not committed what its portal shows when another node writes the same from another portal."""

    def other() -> None:
        with database.write() as session:
            store.save(session, OTHER, look(*postings, source="other"), now=T0 + HOUR)  # type: ignore[arg-type]

    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            store.save(session, PORTAL, look(*postings), now=T0 + HOUR)  # type: ignore[arg-type]
            second = pool.submit(other)
            with database.read() as watching:
                until_somebody_waits(watching) if database.shared else None
        second.result(timeout=30)


def test_a_new_tender_on_two_portals_at_once_is_one_tender_told_once(database: Database) -> None:
    baseline(database)
    both_see(database, posting(1), posting(2))
    with database.read() as session:
        found = session.exec(select(Tender).where(Tender.number == posting(2).number)).all()
        assert len(found) == 1
        shown = session.exec(select(Sighting.source).where(Sighting.tender_id == found[0].id)).all()
        assert sorted(shown) == ["other", "portal"]
        tags = session.exec(select(Release.tag).where(Release.tender_id == found[0].id)).all()
        assert tags == [ReleaseTag.TENDER]


def test_an_addendum_on_two_portals_at_once_is_told_once(database: Database) -> None:
    baseline(database)
    both_see(database, posting(1, addenda=1))
    with database.read() as session:
        told = session.exec(select(Release).where(Release.news)).all()  # type: ignore[arg-type]
        assert [change["field"] for release in told for change in release.changes] == ["addenda"]
