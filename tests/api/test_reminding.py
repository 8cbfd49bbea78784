"""From what a portal showed to the reminder of its closing, through the store: journeys alone, without a service."""

from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session, col, select

from api import journeys, reminding
from api.database import Database
from contracts.models import Contract, Obligation
from contracts.vocabulary import DeliveryState, TenderStatus
from crawler import store
from crawler.items import Look, Posting
from crawler.sources import SourceConfig
from notifier.models import Delivery, Notification
from tests.notifier.factories import NOW, subscribed

HARBOUR = SourceConfig(
    name="harbour", platform="bids-and-tenders", address="https://harbour.example/", permission="public page", title="Harbour"
)
CLOSES = datetime(2026, 12, 20, 22, 0, tzinfo=UTC)
FAR = Posting(id="8", number="8-2026", title="Roofing", status=TenderStatus.OPEN, closes=CLOSES + timedelta(days=300))


def look(session: Session, at: datetime, closes: datetime = CLOSES, status: TenderStatus = TenderStatus.OPEN) -> None:
    bid = Posting(id="7", number="7-2026", title="Rehabilitation", status=status, closes=closes)
    journeys.record(session, HARBOUR, Look("harbour", at, postings=(bid, FAR), rows=2), now=at, operator="")


def remind(database: Database, now: datetime) -> int:
    return journeys.remind(database, {"harbour": HARBOUR}, now=now)


def reminders(database: Database) -> list[tuple[DeliveryState, str | None]]:
    with database.read() as session:
        rows = select(Delivery.state, Delivery.reason).join(Notification).where(Notification.kind == "reminder")
        return [(DeliveryState(state), reason) for state, reason in session.exec(rows.order_by(col(Delivery.id))).all()]


def test_what_was_open_at_the_first_look_is_reminded_of_too(database: Database) -> None:
    with database.write() as session:
        subscribed(session)
        look(session, NOW)
    assert remind(database, CLOSES - timedelta(days=15)) == 0
    assert remind(database, CLOSES - timedelta(days=14)) == 1
    assert remind(database, CLOSES - timedelta(days=13)) == 0
    assert reminders(database) == [(DeliveryState.QUEUED, None)]


def test_a_look_that_shows_a_moved_deadline_withdraws_the_reminder_with_the_news(database: Database) -> None:
    with database.write() as session:
        subscribed(session)
        look(session, NOW)
    moved = CLOSES - timedelta(days=6)
    assert remind(database, CLOSES - timedelta(days=7)) == 1
    with database.write() as session:
        look(session, moved, CLOSES + timedelta(days=5))
    assert reminders(database) == [(DeliveryState.SUPPRESSED, "the closing time moved")]
    assert remind(database, moved + timedelta(hours=1)) == 0  # fourteen days were over when the new time was stated
    assert remind(database, CLOSES - timedelta(days=2)) == 1


def test_a_closing_is_reminded_of_though_its_source_is_watched_no_more(database: Database) -> None:
    with database.write() as session:
        subscribed(session)
        look(session, NOW)
    assert journeys.remind(database, {}, now=CLOSES - timedelta(days=7)) == 1


def test_closings_come_with_the_release_that_stated_them(session: Session) -> None:
    stated, changed = NOW + timedelta(hours=1), NOW + timedelta(days=1)
    look(session, NOW, CLOSES - timedelta(days=1))
    look(session, stated)
    look(session, changed, status=TenderStatus.CANCELLED)
    ((release, tender),) = store.closings(session, [(NOW, CLOSES)])
    assert (release.date, tender.status) == (stated, TenderStatus.CANCELLED)
    later = [(CLOSES, CLOSES + timedelta(days=1)), (CLOSES + timedelta(days=2), CLOSES + timedelta(days=3))]
    assert store.closings(session, later) == []
    assert store.closings(session, later, ocids=[tender.ocid, "ocds-unknown"]) == [(release, tender)]


def test_news_counts_the_releases_before_it(session: Session) -> None:
    subscribed(session)
    look(session, NOW)
    for hours in (1, 2):
        look(session, NOW + timedelta(hours=hours), CLOSES + timedelta(days=hours))
    found = session.exec(select(Notification).where(Notification.kind == "news").order_by(col(Notification.id))).all()
    assert [row.content["sequence"] for row in found] == [1, 2]


def test_what_a_contract_makes_due_is_mailed_at_each_of_its_steps_to_who_looks_after_it(database: Database) -> None:
    due = date(2026, 12, 20)
    with database.write() as session:
        contract = Contract(organisation_id=1, number="C-7", title="Rehabilitation", created_at=NOW)
        session.add(contract)
        session.flush()
        for number, owner in ((1, None), (2, "legal@clinic.example")):
            session.add(
                Obligation(
                    organisation_id=1,
                    contract_id=contract.id or 0,
                    key=f"k{number}",
                    kind="option_to_renew",
                    title=f"Decide on option {number}",
                    due=due,
                    remind_on=due - timedelta(days=21),
                    basis="90 days before the end",
                    owner=owner,
                    created_at=NOW,
                )
            )
    counts = []
    for days in (22, 21, 20, 7, 6, 1, 0, -1, -5):
        now = datetime.combine(due, time(18), UTC) - timedelta(days=days)
        counts.append(reminding.duties(database, operator="op@clinic.example", now=now))
    assert counts == [0, 2, 0, 2, 0, 2, 0, 2, 0]
    with database.read() as session:
        told = session.exec(select(Delivery.address).join(Notification).where(Notification.kind == "obligation")).all()
    assert sorted(told) == ["legal@clinic.example"] * 4 + ["op@clinic.example"] * 4
