"""Rows become mails, once each, whatever the server says: over real SMTP, on both databases."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from api.database import Database
from contracts.vocabulary import DeliveryState, Health
from notifier import claims, store
from notifier.alerts import announce, health_changed
from notifier.audit import neglected
from notifier.channels import Feed, Outcome, Report, Result
from notifier.channels.email import EmailChannel
from notifier.channels.smtp import Relay, judged
from notifier.claims import retry
from notifier.messages import Sender
from notifier.models import Delivery, Notification
from notifier.outbox import Drained, Outbox, OutboxSettings
from notifier.schedule import DELAYS, retry_delay
from tests.notifier.factories import NOW, news, subscribed
from tests.notifier.servers import ScriptedRelay, refused_port

SENDER = Sender("https://bids.clinic.example", "Bidkeeper <alerts@bids.clinic.example>", "1 Main Street, Kelowna", "secret")
SENT, DELAYED, FAILED, SUPPRESSED = DeliveryState.SENT, DeliveryState.DELAYED, DeliveryState.FAILED, DeliveryState.SUPPRESSED


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Database]:
    """SQLite alone, for what does not depend on the database."""
    database = Database(f"sqlite:///{tmp_path / 'lite.db'}")
    SQLModel.metadata.create_all(database.engine)
    yield database
    database.close()


def told(database: Database, *addresses: str, release: str = "r1") -> None:
    """Subscribe each address to everything and announce one release."""
    with database.write() as session:
        for address in addresses or ("owner@clinic.example",):
            subscribed(session, address=address)
        announce(session, news(release_id=release), now=NOW)


def outbox(database: Database, *ports: int, clock: Callable[[], datetime] = lambda: NOW, **settings: Any) -> Outbox:
    relays = [Relay("127.0.0.1", port, security="none", timeout=5) for port in ports]
    channel = EmailChannel(SENDER, relays, lines=settings.pop("lines", 3), idle=0.05)
    return Outbox(database.write, {"email": channel}, OutboxSettings(SENDER, **settings), clock)


def rows(database: Database) -> dict[str, Delivery]:
    with database.read() as session:
        found = {row.address: row for row in session.exec(select(Delivery)).all()}
        session.expunge_all()
        return found


def attempts(database: Database, address: str) -> list[tuple[str, int | None, str | None]]:
    with database.read() as session:
        row = session.exec(select(Delivery).where(Delivery.address == address)).one()
        return [(attempt.outcome, attempt.code, attempt.enhanced) for attempt in store.attempts(session, row.id or 0)]


def test_each_recipient_gets_one_mail_and_a_second_pass_sends_nothing(database: Database) -> None:
    addresses = [f"clinic{number}@clinic.example" for number in range(25)]
    told(database, *addresses)

    async def story() -> None:
        async with ScriptedRelay() as relay:
            box = outbox(database, relay.port, batch=10)
            assert await box.drain(NOW) == Drained(sent=25)
            assert await box.drain(NOW + timedelta(days=4)) == Drained()
            assert {address: len(mails) for address, mails in relay.accepted.items()} == dict.fromkeys(addresses, 1)
            assert relay.connections <= 6  # three lines, kept for all of a pass
            stored = rows(database)
            assert {row.state for row in stored.values()} == {SENT}
            assert all(relay.ids[address] == [stored[address].message_id] for address in addresses)

    asyncio.run(story())
    assert attempts(database, addresses[0]) == [("sent", 250, "2.0.0")]


@pytest.mark.parametrize(
    ("step", "state", "code"),
    [
        ("rcpt 450 4.7.1 greylisted, come back", DELAYED, 450),
        ("rcpt 451 4.3.0 not now", DELAYED, 451),
        ("rcpt 452 4.2.2 mailbox full", DELAYED, 452),
        ("rcpt 421 4.3.2 closing", DELAYED, 421),
        ("data 451 4.3.0 not now", DELAYED, 451),
        ("dot 452 4.3.1 no space", DELAYED, 452),
        ("dot 421 4.3.2 closing", DELAYED, 421),
        ("drop rcpt", DELAYED, None),
        ("drop data", DELAYED, None),
        ("drop dot", DELAYED, None),
        ("rcpt 550 4.2.1 disabled for now", DELAYED, 550),
        ("rcpt 530 5.7.0 authentication required", DELAYED, 530),
        ("rcpt 550 5.7.1 refused", FAILED, 550),
        ("rcpt 550 5.1.1 no such mailbox", FAILED, 550),
        ("data 554 5.5.1 no", FAILED, 554),
        ("dot 552 5.3.4 too big", FAILED, 552),
        ("dot 554 5.7.1 spam", FAILED, 554),
    ],
)
def test_a_refusal_concerns_its_recipient_alone(lite: Database, step: str, state: DeliveryState, code: int | None) -> None:
    database = lite
    # the kept line may break once; a second time in a row is the recipient's own trouble
    script = {"bad@clinic.example": [step, step]}
    others = ["a@clinic.example", "z@clinic.example"]
    told(database, "a@clinic.example", "bad@clinic.example", "z@clinic.example")

    async def story() -> None:
        async with ScriptedRelay(script) as relay:
            drained = await outbox(database, relay.port, lines=1).drain(NOW)
            assert {address: len(relay.ids[address]) for address in others} == dict.fromkeys(others, 1)
            assert drained.sent == 2
            assert drained.delayed == (state is DELAYED)
            assert drained.failed == (state is FAILED)

    asyncio.run(story())
    row = rows(database)["bad@clinic.example"]
    assert row.state is state
    assert row.next_attempt_at == (NOW + timedelta(minutes=1) if state is DELAYED else None)
    assert attempts(database, row.address)[0][1] == code
    assert row.reason


def test_a_greylisted_mail_is_sent_when_its_time_has_come_under_the_same_id(database: Database) -> None:
    told(database)
    script = {"owner@clinic.example": ["dot 451 4.7.1 later", "drop accepted", "ok"]}

    async def story() -> None:
        async with ScriptedRelay(script) as relay:
            box = outbox(database, relay.port)
            assert await box.drain(NOW) == Drained(delayed=1)
            assert await box.drain(NOW + timedelta(seconds=59)) == Drained()
            assert await box.drain(NOW + timedelta(minutes=1)) == Drained(delayed=1)
            assert await box.drain(NOW + timedelta(minutes=6)) == Drained(sent=1)
            first, second = relay.ids["owner@clinic.example"]  # the one the server kept without saying so, and its repeat
            assert first == second == rows(database)["owner@clinic.example"].message_id

    asyncio.run(story())
    assert [outcome for outcome, _, _ in attempts(database, "owner@clinic.example")] == ["delayed", "delayed", "sent"]


def test_a_mailbox_that_is_no_more_hears_nothing_further(lite: Database) -> None:
    told(lite)

    async def story() -> None:
        async with ScriptedRelay({"owner@clinic.example": ["rcpt 550 5.1.1 no such mailbox"]}) as relay:
            await outbox(lite, relay.port).drain(NOW)

    asyncio.run(story())
    told(lite, release="r2")
    with lite.read() as session:
        (latest,) = store.deliveries(session, limit=1)
        assert latest.state is SUPPRESSED
        assert latest.reason == "bounced: 5.1.1 no such mailbox"


@pytest.mark.parametrize("greeting", ["421 4.3.2 not now", "554 5.7.1 go away", "nonsense"])
def test_a_server_that_turns_us_away_delays_everything_and_fails_nothing(lite: Database, greeting: str) -> None:
    told(lite, "a@clinic.example", "b@clinic.example")

    async def story() -> None:
        async with ScriptedRelay(greeting=greeting) as relay:
            assert await outbox(lite, relay.port).drain(NOW) == Drained(delayed=2)

    asyncio.run(story())
    assert {row.state for row in rows(lite).values()} == {DELAYED}


def test_when_nobody_listens_the_mail_waits_and_after_three_days_is_given_up(lite: Database) -> None:
    told(lite)

    async def story() -> None:
        box = outbox(lite, await refused_port())
        now = NOW
        for delay in DELAYS:
            assert await box.drain(now) == Drained(delayed=1)
            now += delay
        assert now == NOW + timedelta(hours=72)
        assert await box.drain(now) == Drained(failed=1)

    asyncio.run(story())
    row = rows(lite)["owner@clinic.example"]
    assert (row.state, row.next_attempt_at) == (FAILED, None)
    assert row.reason is not None
    assert row.reason.startswith("given up after 36 attempts: 127.0.0.1")


def test_the_schedule_is_the_one_that_was_promised() -> None:
    minutes = [delay.total_seconds() / 60 for delay in DELAYS]
    assert minutes[:4] == [1, 5, 15, 60]
    assert set(minutes[4:-9]) == {60.0}
    assert sum(minutes[:-9]) <= 24 * 60 < sum(minutes[:-8])
    assert minutes[-9:-1] == [360] * 8
    assert sum(minutes) == 72 * 60
    assert retry_delay(len(DELAYS) + 1) is None


def test_a_second_relay_takes_over_when_the_first_is_down(lite: Database) -> None:
    told(lite)

    async def story() -> None:
        async with ScriptedRelay() as relay:
            assert await outbox(lite, await refused_port(), relay.port).drain(NOW) == Drained(sent=1)

    asyncio.run(story())


def test_a_relay_that_closes_its_line_between_two_messages_delays_nobody(lite: Database) -> None:
    told(lite, *(f"{number}@clinic.example" for number in range(7)))

    async def story() -> None:
        async with ScriptedRelay(messages_per_connection=2) as relay:
            assert await outbox(lite, relay.port, lines=1).drain(NOW) == Drained(sent=7)
            assert relay.connections == 4

    asyncio.run(story())


def test_a_relay_that_offers_no_tls_gets_no_mail(lite: Database) -> None:
    told(lite)

    async def story() -> None:
        for extensions in ((), ("STARTTLS",)):  # not offered, and offered but broken
            async with ScriptedRelay(extensions=extensions) as relay:
                channel = EmailChannel(SENDER, [Relay("127.0.0.1", relay.port, timeout=5)], lines=1)
                box = Outbox(lite.write, {"email": channel}, OutboxSettings(SENDER), lambda: NOW)
                assert await box.drain(NOW + timedelta(hours=len(extensions))) == Drained(delayed=1)
                assert relay.attempts == []

    asyncio.run(story())


def test_a_message_that_cannot_be_made_fails_alone(lite: Database) -> None:
    told(lite, "a@clinic.example")
    with lite.write() as session:
        broken = Notification(key="broken", kind="news", ocid=None, content={"no": "news"}, created_at=NOW)
        unknown = Notification(key="unknown", kind="no-such-kind", ocid=None, content={}, created_at=NOW)
        session.add(broken)
        session.add(unknown)
        session.flush()
        for notification in (broken, unknown):
            session.add(
                Delivery(
                    key=notification.key,
                    notification_id=notification.id or 0,
                    address="b@clinic.example",
                    created_at=NOW,
                    next_attempt_at=NOW - timedelta(hours=1),
                )
            )

    async def story() -> None:
        async with ScriptedRelay() as relay:
            assert await outbox(lite, relay.port, lines=1).drain(NOW) == Drained(sent=1, failed=2)

    asyncio.run(story())
    reason = rows(lite)["b@clinic.example"].reason
    assert reason is not None
    assert reason.startswith("the message can't be made")


def test_one_slow_recipient_holds_up_nobody_else(lite: Database) -> None:
    told(lite, "slow@clinic.example", *(f"{number}@clinic.example" for number in range(12)))

    async def story() -> None:
        async with ScriptedRelay({"slow@clinic.example": ["wait"]}) as relay:
            draining = asyncio.create_task(outbox(lite, relay.port, lines=2, batch=4).drain(NOW))
            await relay.reached.wait()
            await relay.until(12)
            assert "slow@clinic.example" not in relay.accepted
            relay.release.set()
            assert await draining == Drained(sent=13)

    asyncio.run(story())


def test_what_is_unsubscribed_paused_or_suppressed_before_it_is_due_is_not_sent(lite: Database) -> None:
    told(lite, "left@clinic.example", "rests@clinic.example", "bounced@clinic.example")
    with lite.write() as session:
        # by hand, so that only the look before sending can notice
        for row in store.subscriptions(session, organisation_id=1):
            row.state = {"left@clinic.example": "ended", "rests@clinic.example": "paused"}.get(row.address, row.state)
        store.insert_once(session, store.Suppression, [{"address": "bounced@clinic.example", "reason": "gone", "since": NOW}])

    async def story() -> None:
        async with ScriptedRelay() as relay:
            assert await outbox(lite, relay.port).drain(NOW) == Drained()
            assert relay.connections == 0

    asyncio.run(story())
    assert {address: (row.state, row.reason) for address, row in rows(lite).items()} == {
        "left@clinic.example": (SUPPRESSED, "unsubscribed"),
        "rests@clinic.example": (SUPPRESSED, "the subscription is paused"),
        "bounced@clinic.example": (SUPPRESSED, "gone"),
    }


class Dies:
    """A channel whose process ends with everything in its hands."""

    async def send(self, feed: Feed, report: Report) -> None:
        if await feed.take() is not None:
            raise asyncio.CancelledError


def test_what_a_dead_worker_held_is_sent_when_its_lease_runs_out(database: Database) -> None:
    told(database)
    settings = OutboxSettings(SENDER, lease=timedelta(minutes=5))
    dead = Outbox(database.write, {"email": Dies()}, settings, lambda: NOW)

    async def story() -> None:
        async with ScriptedRelay() as relay:
            with pytest.raises(asyncio.CancelledError):
                await dead.drain(NOW)
            box = outbox(database, relay.port)
            assert await box.drain(NOW + timedelta(minutes=5)) == Drained()
            assert await box.drain(NOW + timedelta(minutes=5, seconds=1)) == Drained(sent=1)
            assert attempts(database, "owner@clinic.example") == [("sent", 250, "2.0.0")]

    asyncio.run(story())


def test_a_worker_that_is_alone_takes_over_at_once(database: Database) -> None:
    told(database)

    async def story() -> None:
        async with ScriptedRelay() as relay:
            with pytest.raises(asyncio.CancelledError):
                await Outbox(database.write, {"email": Dies()}, OutboxSettings(SENDER), lambda: NOW).drain(NOW)
            assert await outbox(database, relay.port, alone=True).drain(NOW) == Drained(sent=1)

    asyncio.run(story())


def test_a_message_that_kills_every_worker_is_given_up(lite: Database) -> None:
    told(lite)

    async def story() -> None:
        for round_ in range(len(DELAYS) + 1):
            box = Outbox(lite.write, {"email": Dies()}, OutboxSettings(SENDER, alone=True), lambda: NOW)
            with pytest.raises(asyncio.CancelledError):
                await box.drain(NOW + timedelta(hours=round_))
        assert await box.drain(NOW + timedelta(days=9)) == Drained()

    asyncio.run(story())
    assert rows(lite)["owner@clinic.example"].state is FAILED


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
def test_a_clock_that_jumps_neither_loses_nor_repeats(lite: Database, jump: timedelta) -> None:
    """Accepted before the jump, recorded after it, delayed before it, due after it."""
    told(lite, "slow@clinic.example", "grey@clinic.example", "fine@clinic.example")
    now = [NOW]

    async def story() -> None:
        script = {"slow@clinic.example": ["wait"], "grey@clinic.example": ["rcpt 451 later"]}
        async with ScriptedRelay(script) as relay:
            box = outbox(lite, relay.port, clock=lambda: now[0], poll=0.01)
            stop = asyncio.Event()
            running = asyncio.create_task(box.run(stop))
            await relay.reached.wait()
            await relay.until(1)
            now[0] = NOW + jump
            told(lite, "late@clinic.example", release="r2")
            await relay.until(2)
            relay.release.set()
            stop.set()
            await running
            # whatever the clock says, within a day everything has been sent, once
            for hours in range(25):
                await box.drain(now[0] + timedelta(hours=hours))
            return relay.ids

    ids = asyncio.run(story())
    assert {address: len(found) for address, found in ids.items() if address == "late@clinic.example"} == {
        "late@clinic.example": 1
    }
    assert all(len(found) == len(set(found)) for found in ids.values())
    assert {"slow@clinic.example", "grey@clinic.example", "fine@clinic.example"} <= ids.keys()


def running(database: Database, during: Callable[[ScriptedRelay, Outbox], Awaitable[None]], script: Any = None) -> None:
    """Run an outbox until `during` is over, then stop it cleanly."""

    async def story() -> None:
        async with ScriptedRelay(script) as relay:
            box, stop = outbox(database, relay.port, poll=3600, lines=1), asyncio.Event()
            task = asyncio.create_task(box.run(stop))
            try:
                await during(relay, box)
            finally:
                stop.set()
                box.nudge()
                await task

    asyncio.run(story())


def test_a_nudge_from_any_thread_wakes_a_sleeping_outbox(lite: Database) -> None:
    async def during(relay: ScriptedRelay, box: Outbox) -> None:
        await asyncio.sleep(0)
        await asyncio.to_thread(told, lite)
        while not relay.accepted:
            await asyncio.to_thread(box.nudge)

    running(lite, during)
    assert rows(lite)["owner@clinic.example"].state is SENT


def test_a_clean_stop_finishes_what_is_in_flight_and_puts_back_the_rest(lite: Database) -> None:
    told(lite, "a@clinic.example", "b@clinic.example", "c@clinic.example")

    async def during(relay: ScriptedRelay, box: Outbox) -> None:
        await relay.reached.wait()
        asyncio.get_running_loop().call_later(0.05, relay.release.set)

    running(lite, during, {"a@clinic.example": ["wait"]})
    stored = rows(lite)
    assert {address: row.state for address, row in stored.items()} == {
        "a@clinic.example": SENT,
        "b@clinic.example": DeliveryState.QUEUED,
        "c@clinic.example": DeliveryState.QUEUED,
    }
    assert stored["b@clinic.example"].attempts == 0
    assert attempts(lite, "b@clinic.example") == []


def test_an_answer_is_recorded_even_when_the_database_is_locked_for_a_while(database: Database, monkeypatch: Any) -> None:
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    told(database)
    real, refusals = claims.Rows.record, [1, 2]

    def sometimes(self: Any, answers: Any, now: datetime) -> None:
        if refusals:
            refusals.pop()
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        real(self, answers, now)

    monkeypatch.setattr(claims.Rows, "record", sometimes)

    async def story() -> None:
        async with ScriptedRelay() as relay:
            assert await outbox(database, relay.port).drain(NOW) == Drained(sent=1)
            assert len(relay.attempts) == 1

    asyncio.run(story())
    assert rows(database)["owner@clinic.example"].state is SENT


def test_an_answer_the_database_will_never_take_holds_up_no_other(database: Database) -> None:
    told(database, "a@clinic.example", "b@clinic.example")
    unfit = "\x00" if "postgresql" in database.url else "\ud800"

    class Strange:
        async def send(self, feed: Feed, report: Report) -> None:
            waiting = []
            while (parcel := await feed.take()) is not None:
                text = unfit if parcel.address[0] == "a" else "fine"
                waiting.append(asyncio.ensure_future(report(parcel, Outcome(Result.SENT, 250, text=text))))
                if len(waiting) == 2:
                    await asyncio.gather(*waiting)

    async def story() -> None:
        box = Outbox(database.write, {"email": Strange()}, OutboxSettings(SENDER), lambda: NOW)
        assert await box.drain(NOW) == Drained(sent=2)

    asyncio.run(story())
    assert {row.state for row in rows(database).values()} == {SENT}


def test_retry_makes_failed_and_waiting_ones_due_again(database: Database) -> None:
    told(database, "a@clinic.example", "b@clinic.example", "c@clinic.example")

    async def story() -> None:
        script = {"a@clinic.example": ["rcpt 550 5.7.1 no"], "b@clinic.example": ["rcpt 451 later"]}
        async with ScriptedRelay(script) as relay:
            box = outbox(database, relay.port)
            await box.drain(NOW)
            with database.write() as session:
                assert retry(session, now=NOW) == 2
            assert await box.drain(NOW) == Drained(sent=2)

    asyncio.run(story())


def test_the_audit_finds_what_nobody_takes_care_of(database: Database) -> None:
    told(database, "a@clinic.example", "b@clinic.example")
    later = NOW + timedelta(hours=3)
    with database.write() as session:
        assert [row.address for row in neglected(session, now=NOW)] == []
        assert len(neglected(session, now=later)) == 2

    async def story() -> None:
        async with ScriptedRelay({"a@clinic.example": ["rcpt 451 later"]}) as relay:
            await outbox(database, relay.port).drain(later)

    asyncio.run(story())
    with database.read() as session:
        assert neglected(session, now=later) == []


def test_two_workers_share_the_work_and_repeat_nothing(database: Database) -> None:
    addresses = [f"{number}@clinic.example" for number in range(30)]
    told(database, *addresses)

    async def story() -> None:
        async with ScriptedRelay() as relay:
            drained = await asyncio.gather(*(outbox(database, relay.port, batch=3).drain(NOW) for _ in range(2)))
            assert sum(one.sent for one in drained) == 30
            assert {len(mails) for mails in relay.accepted.values()} == {1}

    asyncio.run(story())


def test_the_operator_is_mailed_without_a_way_to_unsubscribe(lite: Database) -> None:
    with lite.write() as session:
        health_changed(
            session,
            source="harbour",
            title="Harbour City",
            old=Health.HEALTHY,
            new=Health.EMPTY,
            reason="no rows",
            at=NOW,
            address="operator@clinic.example",
            now=NOW,
        )

    async def story() -> None:
        async with ScriptedRelay() as relay:
            assert await outbox(lite, relay.port).drain(NOW) == Drained(sent=1)
            (mail,) = relay.accepted["operator@clinic.example"]
            assert mail["Subject"] == "Can't see: Harbour City (empty)"
            assert mail["List-Unsubscribe"] is None

    asyncio.run(story())


def test_a_reply_is_judged_by_code_and_enhanced_status() -> None:
    assert judged(550, "5.1.1 <x> unknown") == Outcome(Result.FAILED, 550, "5.1.1", "5.1.1 <x> unknown", gone=True)
    assert judged(450, "4.2.0 greylisted").result is Result.DELAYED
    assert judged(535, "5.7.8 bad credentials").result is Result.DELAYED
    assert judged(554, "two\nlines\x07").text == "two lines"


def told_in_turn(database: Database, *releases: tuple[str, str], at: datetime = NOW) -> None:
    """One subscriber, and these releases (id, ocid) announced one after the other."""
    with database.write() as session:
        subscribed(session, address="owner@clinic.example")
        for release, ocid in releases:
            announce(session, news(release_id=release, ocid=ocid), now=at)


def state_by_release(database: Database) -> dict[str, DeliveryState]:
    with database.read() as session:
        return dict(session.exec(select(Notification.key, Delivery.state).join(Delivery)).all())


def test_what_follows_on_a_tender_waits_until_what_was_put_off_before_it_is_sent(database: Database) -> None:
    told_in_turn(database, ("r1", "ocds-a"), ("r2", "ocds-a"), ("r3", "ocds-b"))

    async def story() -> None:
        async with ScriptedRelay({"owner@clinic.example": ["rcpt 451 4.3.0 not now"]}) as relay:
            await outbox(database, relay.port, lines=1).drain(NOW)
            assert state_by_release(database) == {"r1": DELAYED, "r2": DeliveryState.QUEUED, "r3": SENT}
            await outbox(database, relay.port).drain(NOW + timedelta(minutes=10))
            assert state_by_release(database) == {"r1": SENT, "r2": SENT, "r3": SENT}

    asyncio.run(story())
    with database.read() as session:
        ids = select(Notification.key, Delivery.id).join(Delivery)
        by_release = dict(session.exec(ids).all())
        at = {row.delivery_id: row.id for key in by_release for row in store.attempts(session, by_release[key] or 0)}
    assert at[by_release["r1"]] < at[by_release["r2"]]


def test_what_can_not_be_sent_holds_up_what_follows_for_an_hour_only(database: Database) -> None:
    told_in_turn(database, ("r1", "ocds-a"), ("r2", "ocds-a"))

    async def story() -> None:
        async with ScriptedRelay({"owner@clinic.example": ["rcpt 451 4.3.0 not now"]}) as relay:
            await outbox(database, relay.port, lines=1).drain(NOW)
        with database.write() as session:
            first = session.exec(select(Delivery).order_by(Delivery.id)).first()  # type: ignore[arg-type]
            assert first
            first.next_attempt_at = NOW + timedelta(hours=6)
            session.add(first)
        async with ScriptedRelay() as relay:
            await outbox(database, relay.port).drain(NOW + claims.PATIENCE - timedelta(minutes=1))
            assert state_by_release(database)["r2"] is DeliveryState.QUEUED
            await outbox(database, relay.port).drain(NOW + claims.PATIENCE + timedelta(minutes=1))
            assert state_by_release(database) == {"r1": DELAYED, "r2": SENT}

    asyncio.run(story())
