"""The daily self-audit: what was lost comes back and is told of, what is well raises no alarm."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import Session, col, select

from api import journeys
from api.database import Database
from contracts.vocabulary import DeliveryState, TenderStatus
from crawler.items import Look, Posting
from crawler.sources import SourceConfig
from notifier import store
from notifier.audit import neglected
from notifier.models import Delivery, Notification
from tests.notifier.factories import NOW, subscribed

HARBOUR = SourceConfig(
    name="harbour", platform="bids-and-tenders", address="https://harbour.example/", permission="public page", title="Harbour"
)
LATER = NOW + timedelta(hours=2)
OPERATOR = "operator@clinic.example"


def look(session: Session, at: datetime, *titles: str) -> None:
    bids = tuple(
        Posting(id=title, number=title, title=title, status=TenderStatus.OPEN, closes=datetime(2026, 12, 20, 22, tzinfo=UTC))
        for title in ("First", *titles)
    )
    journeys.record(session, HARBOUR, Look("harbour", at, postings=bids, rows=len(bids)), now=at, operator="")


def check(database: Database, now: datetime = LATER, operator: str = OPERATOR) -> tuple[int, int]:
    return journeys.check_outbox(database, {"harbour": HARBOUR}, now=now, operator=operator)


def all_sent(database: Database) -> None:
    with database.write() as session:
        for row in session.exec(select(Delivery)).all():
            row.state, row.next_attempt_at = DeliveryState.SENT, None
            session.add(row)


def addresses(database: Database, kind: str) -> list[str]:
    with database.read() as session:
        wanted = select(Delivery.address).join(Notification).where(Notification.kind == kind).order_by(col(Delivery.address))
        return list(session.exec(wanted))


@pytest.fixture
def told(database: Database) -> Database:
    """Two subscribers who were told of one new posting two hours ago; one was told of another the day before."""
    with database.write() as session:
        subscribed(session, "rehabilitation", address="ann@clinic.example")
        subscribed(session, "", address="bob@clinic.example")
        look(session, NOW - timedelta(days=2))
        look(session, NOW - timedelta(days=1), "Roads")
    all_sent(database)
    with database.write() as session:
        look(session, NOW, "Roads", "Rehabilitation")
    return database


def test_where_all_is_well_nobody_is_alarmed(told: Database) -> None:
    all_sent(told)
    assert check(told) == (0, 0)
    assert addresses(told, "outbox_audit") == []


def test_what_nobody_took_care_of_for_an_hour_alarms_the_operator_once_a_day(told: Database) -> None:
    assert check(told, NOW + timedelta(minutes=30)) == (0, 0)
    assert check(told) == (2, 0)
    assert check(told, LATER + timedelta(minutes=5)) == (2, 0)
    assert addresses(told, "outbox_audit") == [OPERATOR]


@pytest.mark.parametrize("lost", ["a delivery", "the whole notification"])
def test_a_delivery_that_was_lost_is_written_under_its_own_key_and_told_of(told: Database, lost: str) -> None:
    all_sent(told)
    with told.write() as session:
        keys = set(session.exec(select(Delivery.key)))
        of = select(Notification.id).where(col(Notification.content)["title"].as_string() == "Rehabilitation")
        last = session.exec(of).one()
        rows = delete(Delivery).where(col(Delivery.notification_id) == last)
        if lost == "a delivery":
            session.connection().execute(rows.where(col(Delivery.address) == "ann@clinic.example"))
        else:
            session.connection().execute(rows)
            session.connection().execute(delete(Notification).where(col(Notification.id) == last))
    assert check(told) == (0, 1 if lost == "a delivery" else 2)
    with told.read() as session:
        assert set(session.exec(select(Delivery.key).where(Delivery.organisation_id == 1))) == keys
    assert addresses(told, "outbox_audit") == [OPERATOR]
    all_sent(told)
    assert check(told) == (0, 0)


def test_a_search_written_or_edited_since_is_no_loss(told: Database) -> None:
    all_sent(told)
    with told.write() as session:
        row = store.subscriptions(session, organisation_id=1)[0]
        row.query = "posting OR rehabilitation OR first"
        store.changed(session, row)
        session.connection().execute(delete(Delivery).where(col(Delivery.subscription_id) == row.id))
        subscribed(session, "", address="late@clinic.example")
    assert check(told) == (0, 0)


def test_without_an_operator_the_audit_repairs_all_the_same(told: Database) -> None:
    all_sent(told)
    with told.write() as session:
        session.connection().execute(delete(Delivery).where(col(Delivery.address) == "ann@clinic.example"))
    assert check(told, operator="") == (0, 1)
    assert addresses(told, "outbox_audit") == []
    with told.read() as session:
        assert [row.address for row in neglected(session, now=LATER + timedelta(hours=2))] == ["ann@clinic.example"]
