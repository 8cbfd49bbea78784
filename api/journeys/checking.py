"""What should have happened and did not: a source that fell silent, an alert that was forgotten, mail that nobody takes care of."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import Session

import crawler.store
import notifier.store
from api.database import Database
from api.journeys.telling import news, searches, tell_health
from api.metrics import Standing
from crawler import reading
from crawler.models import SourceEvent
from crawler.sources import SourceConfig
from notifier import alerts, audit, notices
from notifier.matching import News

AUDITED = timedelta(days=3)  # how far back the outbox's self-audit looks
AUDITED_NEWS = 5_000  # releases that it looks through at most


def silence(database: Database, sources: Mapping[str, SourceConfig], *, now: datetime, operator: str) -> tuple[SourceEvent, ...]:
    """Tell the operator of each source that has been silent beyond its rhythm, once, though no look of it ended."""
    with database.read() as session:
        if not crawler.store.late(session, dict(sources), now=now):
            return ()  # as nearly always: nothing is written
    with database.write() as session:
        events = crawler.store.check_late(session, dict(sources), now=now)
        for event in events:
            tell_health(session, sources[event.source], event, now=now, operator=operator)
    return events


def check_outbox(database: Database, sources: Mapping[str, SourceConfig], *, now: datetime, operator: str) -> tuple[int, int]:
    """The daily self-audit: how many messages nobody takes care of, and how many alerts had been forgotten.

    The latter are written now, under the keys they would have had; the operator is mailed of both, once a day.
    """
    with database.read() as session:
        missing = _forgotten(session, sources, now=now)
        stuck = len(audit.neglected(session, now=now))
    if not missing and not stuck:
        return 0, 0
    with database.write() as session:
        written = alerts.Told()
        for told, subscribed in missing:
            of = notifier.store.noted(session, key=told.release_id, kind="news", ocid=told.ocid, content=told.to_json(), now=now)
            written += alerts.deliver(session, of, alerts.hearers(session, subscribed), now=now)
        content = {"neglected": stuck, "forgotten": written.new}
        addresses = [operator] if operator else []
        key = f"outbox-audit:{now.date().isoformat()}"
        notices.tell(session, "outbox_audit", content, addresses, key=key, organisation_id=None, now=now)
    return stuck, written.new


def _forgotten(session: Session, sources: Mapping[str, SourceConfig], *, now: datetime) -> list[tuple[News, list[int]]]:
    """News of the last days, older than an hour, with the subscriptions that have no delivery of it."""
    missing, seen = [], set()
    for release, tender in reading.news(session, limit=AUDITED_NEWS):
        is_latest = release.tender_id not in seen  # only then does the tender still say what was announced
        seen.add(release.tender_id)
        if not now - AUDITED < release.date < now - audit.AGE:
            continue
        told = news(release, tender, sources.get(release.source))
        if is_latest or audit.was_announced(session, told):
            subscribed = audit.forgotten(session, told, at=release.date, searches=searches(session))
            missing += [(told, subscribed)] if subscribed else []
    return missing


def standing(session: Session, sources: Mapping[str, SourceConfig], *, now: datetime) -> Standing:
    """What an operator watches: deliveries by state, sources by health, and how many of these are late."""
    deliveries = {state.value: count for state, count in notifier.store.counts(session).items()}
    healths = Counter(one.health.value for one in crawler.store.sources(session))
    return Standing(deliveries, healths, len(crawler.store.late(session, dict(sources), now=now)))
