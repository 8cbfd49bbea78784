"""Closing reminders: at the right hour, once, to whom they concern, and withdrawn when they hold no more."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from api.database import Database
from contracts.vocabulary import DeliveryState, ReleaseTag, TenderStatus
from notifier.alerts import ALREADY_TOLD, Told, announce
from notifier.marks import DAYS, due_reminders, mark
from notifier.matching import Searches
from notifier.messages import Sender, compose
from notifier.models import Delivery, Notification, Subscription
from notifier.news import News
from notifier.reminders import remind, withdraw
from notifier.store import changed, unsubscribe
from tests.notifier.factories import NOW, news, subscribed, written

QUEUED, SUPPRESSED = DeliveryState.QUEUED, DeliveryState.SUPPRESSED
CLOSES = datetime(2026, 12, 10, 22, 0, tzinfo=UTC)  # 2 pm in Vancouver; NOW is twenty days before
PACIFIC = "America/Vancouver"
SENDER = Sender("https://bids.clinic.example", "alerts@bids.clinic.example", "1 Main Street, Kelowna", "secret")


def before(days: float, closes: datetime = CLOSES) -> datetime:
    return closes - timedelta(days=days)


def posting(**values: Any) -> News:
    return news(**{"closes_at": CLOSES} | values)


def passes(session: Session, *times: datetime, tender: News | None = None) -> list[tuple[str, DeliveryState]]:
    """What each look of the clock adds: the days and the state of its deliveries."""
    found = []
    for now in times:
        rows = written(session, partial(remind, session, [tender or posting()], now=now, searches=Searches()))
        found += [(row.key.split(":")[-3], row.state) for row in rows]
    return found


def reminders(session: Session) -> list[tuple[DeliveryState, str | None]]:
    rows = session.exec(select(Delivery).join(Notification).where(Notification.kind == "reminder").order_by(Delivery.id)).all()  # type: ignore[arg-type]
    return [(row.state, row.reason) for row in rows]


@pytest.mark.parametrize(
    ("zone", "closes", "days", "expected"),
    [
        # Toronto's clocks go forward on 14 March 2027 and back on 7 November 2027
        ("America/Toronto", "2027-03-16T14:00-04:00", 1, "2027-03-15T14:00-04:00"),
        ("America/Toronto", "2027-03-16T14:00-04:00", 3, "2027-03-13T14:00-05:00"),
        ("America/Toronto", "2027-11-09T14:00-05:00", 1, "2027-11-08T14:00-05:00"),
        ("America/Toronto", "2027-11-09T14:00-05:00", 3, "2027-11-06T14:00-04:00"),
        ("America/Toronto", "2027-03-15T02:30-04:00", 1, "2027-03-14T02:30-05:00"),  # an hour that day does not have
        ("America/Toronto", "2027-11-08T01:30-05:00", 1, "2027-11-07T01:30-04:00"),  # an hour it has twice
        ("America/Regina", "2027-03-16T14:00-06:00", 7, "2027-03-09T14:00-06:00"),  # no summer time
        (None, "2026-01-20T14:00-08:00", 14, "2026-01-06T14:00-08:00"),
        ("Not/AZone", "2026-01-20T14:00-08:00", 14, "2026-01-06T14:00-08:00"),
    ],
)
def test_a_reminder_is_due_at_the_closings_own_wall_time(zone: str | None, closes: str, days: int, expected: str) -> None:
    assert mark(datetime.fromisoformat(closes), days, zone) == datetime.fromisoformat(expected)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([PACIFIC, "America/Toronto", "America/St_Johns", "Europe/Paris", "UTC"]),
    st.sets(st.sampled_from(DAYS)),
    st.floats(0, 20),
    st.floats(0, 20),
)
def test_what_is_due_was_wanted_has_passed_and_nothing_nearer_has(
    closes: datetime, zone: str, wanted: set[int], known: float, at: float
) -> None:
    since, now = before(known, closes), before(at, closes)
    due = due_reminders(closes, zone, wanted=wanted, since=since, now=now)
    assert len(due) <= 1
    assert not due or now < closes
    passed = {days for days in wanted if since < mark(closes, days, zone) <= now < closes}
    assert set(due) == ({min(passed)} if passed else set())
    for days in DAYS:
        wall = closes.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        there = mark(closes, days, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert abs(wall - there - timedelta(days=days)) <= timedelta(hours=1)  # the hour that a day does not have


def test_each_reminder_comes_once_whoever_looks_and_how_often(database: Database) -> None:
    with database.write() as session:
        subscribed(session, "rehabilitation")
        subscribed(session, "plumbing", address="other@clinic.example")
    told = []
    for days in (15, 14, 13.99, 7, 6.9, 3, 1, 0.5, 0):
        with database.write() as session:
            told += passes(session, before(days), before(days))
    assert told == [("14", QUEUED), ("7", QUEUED), ("3", QUEUED), ("1", QUEUED)]


def test_marks_missed_together_are_told_as_the_last_of_them(session: Session) -> None:
    subscribed(session)
    assert passes(session, before(2.5), before(2.4)) == [("3", QUEUED)]


def test_each_hears_on_the_days_they_chose(session: Session) -> None:
    row = subscribed(session)
    row.reminders = [14, 3]
    quiet = subscribed(session, address="quiet@clinic.example")
    quiet.reminders = []
    changed(session, row)
    assert passes(session, before(6)) == [("14", QUEUED)]  # while seven, which they did not choose, has passed as well
    assert passes(session, before(5), before(3), before(1)) == [("3", QUEUED)]


def test_who_came_after_the_mark_is_not_reminded_of_it(session: Session) -> None:
    row = subscribed(session)
    row.confirmed_at = before(6)
    session.flush()
    assert passes(session, before(5), before(3)) == [("3", QUEUED)]


def test_a_deadline_first_stated_after_the_mark_is_news_and_no_reminder(session: Session) -> None:
    subscribed(session)
    assert passes(session, before(2), before(1), tender=posting(date=before(2.5))) == [("1", QUEUED)]


def test_one_address_with_two_searches_is_reminded_once(session: Session) -> None:
    subscribed(session, "rehabilitation")
    subscribed(session, "program:OR2")
    assert passes(session, before(7)) == [("7", QUEUED), ("7", SUPPRESSED)]
    assert reminders(session)[1] == (SUPPRESSED, ALREADY_TOLD)


def test_who_heard_of_the_tender_is_reminded_though_it_matches_no_more(session: Session) -> None:
    subscribed(session, "rehabilitation")
    announce(session, posting(), now=NOW)
    assert passes(session, before(7), tender=posting(title="Services")) == [("7", QUEUED)]


def test_who_left_is_not_reminded(session: Session) -> None:
    row = subscribed(session)
    announce(session, posting(), now=NOW)
    unsubscribe(session, row.id or 0, now=NOW)
    assert passes(session, before(7)) == [("7", SUPPRESSED)]


def test_a_moved_deadline_withdraws_what_waits_and_reminds_anew(database: Database) -> None:
    later = posting(release_id="r2", date=before(6.9), closes_at=CLOSES + timedelta(days=7))
    with database.write() as session:
        subscribed(session)
        assert passes(session, before(7)) == [("7", QUEUED)]
    with database.write() as session:
        assert withdraw(session, later) == 1
        assert withdraw(session, later) == 0
        assert reminders(session) == [(SUPPRESSED, "the closing time moved")]
        assert passes(session, before(6), before(0), tender=later) == [("7", QUEUED)]


def test_what_was_sent_is_left_as_it_is(session: Session) -> None:
    subscribed(session)
    (row,) = written(session, partial(remind, session, [posting()], now=before(7), searches=Searches()))
    row.state = DeliveryState.SENT
    session.flush()
    assert withdraw(session, posting(closes_at=CLOSES + timedelta(days=7))) == 0
    assert row.state is DeliveryState.SENT


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"status": TenderStatus.CANCELLED}, "the tender is cancelled"),
        ({"tag": ReleaseTag.TENDER_CANCELLATION}, "the tender is cancelled"),
        ({"status": TenderStatus.AWARDED}, "the tender is awarded"),
        ({"status": TenderStatus.CLOSED}, "the tender is closed"),
        ({"closes_at": None}, "the closing time moved"),
    ],
)
def test_a_tender_that_is_over_withdraws_its_reminders_and_makes_no_more(
    session: Session, values: dict[str, Any], reason: str
) -> None:
    subscribed(session)
    passes(session, before(7))
    assert passes(session, before(3), tender=posting(**values)) == []
    assert reminders(session) == [(SUPPRESSED, reason)]


def test_an_addendum_withdraws_nothing(session: Session) -> None:
    subscribed(session)
    passes(session, before(7))
    assert withdraw(session, posting(release_id="r2", addenda=2, date=before(6.9))) == 0


def test_a_reminder_that_could_not_be_sent_before_the_closing_is_withdrawn(session: Session) -> None:
    subscribed(session)
    passes(session, before(1))
    assert remind(session, [], now=before(0), searches=Searches()) == Told()
    assert reminders(session) == [(SUPPRESSED, "the tender is closed")]


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Closes in 7 days: 048-2026 Occupational Rehabilitation Services"),
        ("fr", "Clôture dans 7 jours: 048-2026 Occupational Rehabilitation Services"),
    ],
)
def test_the_mail_says_how_long_is_left(session: Session, language: str, subject: str) -> None:
    subscribed(session)
    passes(session, before(7))
    (content,) = session.exec(select(Notification.content).where(Notification.key.endswith(":7"))).all()
    letter = compose("reminder", content, sender=SENDER, now=before(7), language=language)
    assert letter.subject == subject
    assert "2026" in letter.text
    assert "https://bids.clinic.example/tenders/ocds-bids-1" in letter.html


def test_a_new_subscription_has_all_four_reminders() -> None:
    assert Subscription(organisation_id=1, address="a@clinic.example", query="", created_at=NOW).reminders == [14, 7, 3, 1]


def test_a_reminder_comes_hours_before_for_who_wants_it(session: Session) -> None:
    row = subscribed(session)
    row.reminders = [1, "3h"]
    changed(session, row)
    assert passes(session, before(1), CLOSES - timedelta(hours=4), CLOSES - timedelta(hours=3), CLOSES - timedelta(hours=1)) == [
        ("1", QUEUED),
        ("3h", QUEUED),
    ]


@pytest.mark.parametrize(
    ("lead", "headline"),
    [("3h", "Closes in 3 hours"), ("1h", "Closes in 1 hour"), (1, "Closes tomorrow"), (7, "Closes in 7 days")],
)
def test_a_reminder_says_how_long_is_left(lead: int | str, headline: str) -> None:
    now = mark(CLOSES, lead, "America/Vancouver")
    letter = compose("reminder", posting().to_json() | {"lead": lead}, sender=SENDER, now=now)
    assert letter.subject.startswith(headline)
