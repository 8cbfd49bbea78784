"""A digest is one message of many deliveries: claimed, sent and recorded together, never twice, never late for a closing."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from api.database import Database
from contracts.vocabulary import Change, DeliveryState, ReleaseTag
from notifier import store
from notifier.alerts import announce
from notifier.claims import retry
from notifier.holding import hold_again
from notifier.models import Delivery, Subscription
from notifier.outbox import Drained
from tests.notifier.factories import NOW, announced, news, subscribed
from tests.notifier.servers import ScriptedRelay
from tests.notifier.test_outbox import outbox

QUEUED, SENT, DELAYED, SUPPRESSED = (
    DeliveryState.QUEUED,
    DeliveryState.SENT,
    DeliveryState.DELAYED,
    DeliveryState.SUPPRESSED,
)
EIGHT = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)  # 8:00 in Vancouver, the morning after NOW


def wanting(session: Session, query: str = "", **choices: Any) -> Subscription:
    row = subscribed(session, query, address=choices.pop("address", "owner@clinic.example"))
    for name, value in ({"frequency": "daily"} | choices).items():
        setattr(row, name, value)
    store.changed(session, row)
    return row


def tell(database: Database, *releases: str, **values: Any) -> None:
    with database.write() as session:
        for name in releases:
            announce(session, news(release_id=name, ocid=f"ocds-{name}", number=name, **values), now=NOW)


def rows(database: Database) -> list[Delivery]:
    with database.read() as session:
        return list(session.exec(select(Delivery).order_by(Delivery.id)).all())  # type: ignore[arg-type]


def test_what_comes_in_a_day_goes_out_in_one_mail_in_the_morning(database: Database) -> None:
    with database.write() as session:
        wanting(session)
    tell(database, "r1", "r2", "r3")

    async def story() -> None:
        async with ScriptedRelay() as relay:
            box = outbox(database, relay.port, batch=2)
            assert await box.drain(EIGHT - timedelta(minutes=1)) == Drained()
            assert await box.drain(EIGHT) == Drained(sent=1)
            assert await box.drain(EIGHT + timedelta(days=1)) == Drained()
            (message,) = relay.accepted["owner@clinic.example"]
            assert message["Subject"] == "Digest: 3 new"
            text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
            assert [text.count(name) for name in ("ocds-r1", "ocds-r2", "ocds-r3")] == [1, 1, 1]
            assert message["List-Unsubscribe"]

    asyncio.run(story())
    stored = rows(database)
    assert {row.state for row in stored} == {SENT}
    assert {row.sent_at for row in stored} == {EIGHT}
    assert len({row.message_id for row in stored}) == 1
    with database.read() as session:
        assert [len(store.attempts(session, row.id or 0)) for row in stored] == [1, 1, 1]


def test_a_digest_that_is_put_off_is_the_same_message_when_it_comes_again(database: Database) -> None:
    with database.write() as session:
        wanting(session)
    tell(database, "r1", "r2")

    async def story() -> None:
        async with ScriptedRelay({"owner@clinic.example": ["drop accepted"]}) as relay:
            box = outbox(database, relay.port)
            await box.drain(EIGHT)
            tell(database, "r3")  # comes in late: for the next digest, or this one's second message, never into a repeat
            await box.drain(EIGHT + timedelta(minutes=1))
            first, *others = relay.ids["owner@clinic.example"]
            assert sorted(identity == first for identity in others) == [False, True]

    asyncio.run(story())
    assert {row.state for row in rows(database)} == {SENT}


def test_two_workers_never_share_a_digest(database: Database) -> None:
    with database.write() as session:
        wanting(session)
    tell(database, *(f"r{number}" for number in range(9)))

    async def story() -> None:
        async with ScriptedRelay() as relay:
            boxes = [outbox(database, relay.port, batch=3) for _ in range(4)]
            drained = await asyncio.gather(*(box.drain(EIGHT) for box in boxes))
            assert sum(one.sent for one in drained) == 1
            assert len(relay.accepted["owner@clinic.example"]) == 1

    asyncio.run(story())


def test_what_closes_before_the_digest_goes_out_by_itself_at_once(session: Session) -> None:
    row = wanting(session)
    soon, later = (
        announced(session, news(release_id="soon", closes_at=EIGHT - timedelta(hours=2))),
        announced(session, news(release_id="later", closes_at=EIGHT + timedelta(days=9))),
    )
    assert [(one.next_attempt_at, one.digest) for one in soon + later] == [
        (NOW, None),
        (EIGHT, f"{row.id}:{EIGHT.isoformat()}"),
    ]


def test_a_digest_never_repeats_what_another_search_told_at_once(session: Session) -> None:
    daily = wanting(session, "rehabilitation")
    instant = subscribed(session, "services")
    states = {row.subscription_id: row.state for row in announced(session, news())}
    assert states == {instant.id: QUEUED, daily.id: SUPPRESSED}


def test_quiet_hours_hold_an_instant_mail_until_they_end(session: Session) -> None:
    wanting(session, frequency="instant", quiet="09:00-14:00")  # NOW is 10:00 in Vancouver
    (row,) = announced(session, news())
    assert (row.next_attempt_at, row.digest) == (NOW + timedelta(hours=4), None)


def test_who_chooses_otherwise_hears_in_the_new_rhythm_of_what_waits(session: Session) -> None:
    chosen = wanting(session, "")
    (row,) = announced(session, news())
    chosen.frequency = "instant"
    assert hold_again(session, chosen, now=NOW) == 1
    assert (row.next_attempt_at, row.digest) == (NOW, None)
    chosen.frequency = "weekly"
    hold_again(session, chosen, now=NOW)
    assert row.next_attempt_at == EIGHT + timedelta(days=2)


def test_what_an_ended_search_was_to_tell_another_search_of_its_address_tells(session: Session) -> None:
    first, second = wanting(session, "rehabilitation"), wanting(session, "services")
    announced(session, news())
    store.unsubscribe(session, first.id or 0, now=NOW)
    states = {row.subscription_id: row.state for row in session.exec(select(Delivery)).all()}
    assert states == {first.id: SUPPRESSED, second.id: QUEUED}
    assert store.unsubscribe(session, second.id or 0, now=NOW)
    assert {row.state for row in session.exec(select(Delivery)).all()} == {SUPPRESSED}


def test_a_failed_digest_that_is_tried_again_is_whole(database: Database) -> None:
    with database.write() as session:
        wanting(session)
    tell(database, "r1", "r2")

    async def story() -> None:
        async with ScriptedRelay({"owner@clinic.example": ["dot 554 5.7.1 no", "ok"]}) as relay:
            box = outbox(database, relay.port)
            assert (await box.drain(EIGHT)).failed == 1
            with database.write() as session:
                assert retry(session, now=EIGHT) == 2
            assert await box.drain(EIGHT) == Drained(sent=1)

    asyncio.run(story())
    assert {row.state for row in rows(database)} == {SENT}


def test_a_tender_that_changed_twice_stands_once_with_both_changes(database: Database) -> None:
    with database.write() as session:
        wanting(session)
        for number, change in enumerate((Change("addenda", 0, 1), Change("addenda", 1, 2)), 1):
            amended = news(
                release_id=f"a{number}", tag=ReleaseTag.TENDER_AMENDMENT, addenda=number, changes=(change,), sequence=number
            )
            announce(session, amended, now=NOW)

    async def story() -> None:
        async with ScriptedRelay() as relay:
            await outbox(database, relay.port).drain(EIGHT)
            (message,) = relay.accepted["owner@clinic.example"]
            text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
            assert text.count("048-2026 Occupational") == 1
            assert text.index("Addendum 1") < text.index("Addendum 2")
            (calendar,) = message.iter_attachments()
            assert calendar.get_content().count("BEGIN:VEVENT") == 1

    asyncio.run(story())


def test_what_was_held_under_a_clock_that_went_back_since_does_not_wait_for_it_to_come_round(database: Database) -> None:
    with database.write() as session:
        wanting(session)
    with database.write() as session:
        announce(session, news(closes_at=None), now=NOW + timedelta(days=3650))
    tell(database, "today")

    async def story() -> None:
        async with ScriptedRelay() as relay:
            box = outbox(database, relay.port)
            assert await box.drain(NOW) == Drained(sent=1)
            assert await box.drain(EIGHT) == Drained(sent=1)
            assert await box.drain(EIGHT + timedelta(days=3660)) == Drained()

    asyncio.run(story())


def test_a_clock_that_jumps_forward_sends_a_digest_early_but_once(database: Database) -> None:
    with database.write() as session:
        wanting(session)
    tell(database, "r1", "r2")

    async def story() -> None:
        async with ScriptedRelay() as relay:
            box = outbox(database, relay.port)
            assert await box.drain(NOW + timedelta(days=400)) == Drained(sent=1)
            for now in (NOW, EIGHT, EIGHT + timedelta(days=1)):
                assert await box.drain(now) == Drained()

    asyncio.run(story())
