"""A saved search asked of what is stored: feeds, calendars and the mail of what is open already."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlmodel import Session

from api.journeys.telling import news
from api.programs import program_aliases
from crawler import reading
from crawler.sources import SourceConfig
from notifier import alerts, reminders
from notifier.matching import News
from notifier.models import Delivery, Subscription
from notifier.query import Query, Reading, parse

FEED_NEWS = 50  # entries of a feed
FEED_LOOK = 1_000  # releases, or tenders, that a feed looks through
FEED_PAST = timedelta(days=31)  # how long a closing stays in a calendar


def recent_news(
    session: Session, query: str, sources: Mapping[str, SourceConfig], *, now: datetime, limit: int = FEED_NEWS
) -> list[News]:
    """The latest news that a search finds, newest first: what its feeds show. Raises QueryError."""
    wanted = parse(query, program_aliases())
    found = (news(release, tender, sources.get(release.source)) for release, tender in reading.news(session, limit=FEED_LOOK))
    return list(islice((one for one in found if wanted.holds(Reading(one, now=now))), limit))


def closings(
    session: Session, queries: Sequence[str], sources: Mapping[str, SourceConfig], *, now: datetime
) -> list[tuple[News, int]]:
    """What any of these searches finds among tenders that close from a month ago on, each with how often it was released before
    (SEQUENCE)."""
    wanted = [parse(query, program_aliases()) for query in queries]
    found = [
        (news(release, tender, sources.get(release.source)), count - 1)
        for release, tender, count in reading.closings(session, since=now - FEED_PAST, limit=FEED_LOOK)
    ]
    return [(one, sequence) for one, sequence in found if _any_holds(wanted, Reading(one, now=now))]


def _any_holds(wanted: Sequence[Query], told: Reading) -> bool:
    return any(query.holds(told) for query in wanted)


def open_now(session: Session, query: str, sources: Mapping[str, SourceConfig], *, now: datetime) -> list[News]:
    """What a search finds among the tenders that are open now, soonest closing first. Raises QueryError."""
    wanted = parse(query, program_aliases())
    found = (
        news(release, tender, sources.get(release.source), sequence=count - 1)
        for release, tender, count in reading.closings(session, since=now, limit=FEED_LOOK)
    )
    return [one for one in found if reminders.over(one) is None and wanted.holds(Reading(one, now=now))]


def mail_open(
    session: Session, subscription: Subscription, sources: Mapping[str, SourceConfig], *, now: datetime
) -> Delivery | None:
    """Write one message of what is open for a subscription's search, once for each wording of it; None without anything."""
    found = open_now(session, subscription.query, sources, now=now)
    return alerts.tell_open(session, subscription, found, now=now) if found else None
