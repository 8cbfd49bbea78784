"""A domain gets no more at once and a minute than it takes, nobody else waits for it, and a new sender begins slowly."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from api.database import Database
from contracts.vocabulary import DeliveryState
from notifier import own_mail
from notifier.channels.email import EmailChannel
from notifier.channels.pacing import Limit, Pace, domain_of, read_limits
from notifier.channels.relays import read_relays
from notifier.channels.smtp import Relay
from notifier.outbox import Drained, Outbox, OutboxSettings
from notifier.warming import WarmUp
from tests.notifier.factories import NOW
from tests.notifier.servers import ScriptedRelay
from tests.notifier.test_outbox import SENDER, rows, told

QUEUED, SENT = DeliveryState.QUEUED, DeliveryState.SENT


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'pace.db'}")
    SQLModel.metadata.create_all(database.engine)
    yield database
    database.close()


def outbox(database: Database, port: int, *, lines: int = 6, warm_up: WarmUp | None = None, **channel: Any) -> Outbox:
    mail = EmailChannel(SENDER, [Relay("127.0.0.1", port, security="none", timeout=20)], lines=lines, idle=0.05, **channel)
    return Outbox(database.write, {"email": mail}, OutboxSettings(SENDER, warm_up=warm_up), lambda: NOW)


def test_limits_are_read_and_refused_in_a_sentence() -> None:
    assert read_limits("gmail.com=3,100/min *=10 Slow.example=5/min") == {
        "gmail.com": Limit(3, 100),
        "*": Limit(10, None),
        "slow.example": Limit(None, 5),
    }
    assert read_limits("") == {}
    for wrong in ("gmail.com", "gmail.com=", "gmail.com=0", "gmail.com=x/min", "=3"):
        with pytest.raises(ValueError, match="is no limit: write"):
            read_limits(wrong)


def test_relays_are_read_from_addresses_and_their_passwords_shown_to_nobody() -> None:
    first, second = read_relays("smtp://ann:p%40ss@mx.example:2525 smtps://mx2.example", timeout=7)
    assert (first.host, first.port, first.security, first.username, first.password) == (
        "mx.example",
        2525,
        "starttls",
        "ann",
        "p@ss",
    )
    assert (second.host, second.port, second.security, second.timeout) == ("mx2.example", 465, "tls", 7)
    for wrong in ("mx.example", "http://ann:secret@mx.example", "smtp://ann:secret@mx.example:port"):
        with pytest.raises(ValueError, match="is no address of a relay") as refused:
            read_relays(wrong, timeout=7)
        assert "secret" not in str(refused.value)


def test_a_domain_gets_so_many_at_once_and_the_next_when_one_is_through() -> None:
    pace: Pace[str] = Pace({"a.example": Limit(at_once=2)}, monotonic=lambda: 0.0)
    assert [pace.enter("a.example", name) for name in "123"] == [None, None, 0.0]
    assert [pace.enter("b.example", name) for name in "123"] == [None, None, None]
    assert pace.leave("a.example") == "3"
    assert pace.leave("a.example") is None


def test_who_finds_no_room_is_told_a_turn_of_their_own() -> None:
    pace: Pace[int] = Pace({"*": Limit(at_once=1)}, monotonic=lambda: 0.0)
    waits = [pace.enter("a.example", number) for number in range(30)]
    assert waits[:21] == [None] + [0.0] * 20
    assert waits[21:] == [1.0, 1.0, *(float(turn) for turn in range(2, 9))]


def test_a_domain_gets_so_many_a_minute() -> None:
    now = [0.0]
    pace: Pace[int] = Pace({"a.example": Limit(a_minute=6)}, monotonic=lambda: now[0])
    assert [pace.enter("a.example", number) for number in range(3)] == [None, 10.0, 20.0]
    now[0] = 60.0
    assert pace.enter("a.example", 3) is None


def test_a_slow_domain_is_kept_busy_and_holds_up_no_other(database: Database) -> None:
    slow = [f"{number}@slow.example" for number in range(12)]
    told(database, *slow, "ann@clinic.example")

    async def story() -> None:
        async with ScriptedRelay({address: ["wait"] for address in slow}) as relay:
            draining = asyncio.create_task(outbox(database, relay.port, limits={"slow.example": Limit(at_once=2)}).drain(NOW))
            await relay.until(1)
            assert list(relay.accepted) == ["ann@clinic.example"]
            assert relay.most_at_once <= 3
            relay.release.set()
            assert await draining == Drained(sent=13)

    asyncio.run(story())


def test_what_is_over_the_rate_waits_in_the_rows_with_its_reason_and_loses_no_attempt(database: Database) -> None:
    told(database, *(f"{number}@slow.example" for number in range(3)), "ann@clinic.example")

    async def story() -> None:
        async with ScriptedRelay() as relay:
            box = outbox(database, relay.port, limits={"slow.example": Limit(a_minute=1)}, monotonic=lambda: 0.0)
            assert await box.drain(NOW) == Drained(sent=2)
            waiting = sorted(
                (row.next_attempt_at, row.attempts, row.reason) for row in rows(database).values() if row.state is QUEUED
            )
            reason = "slow.example gets no more messages at once"
            assert waiting == [(NOW + timedelta(minutes=minutes), 0, reason) for minutes in (1, 2)]

    asyncio.run(story())


def test_a_warm_up_grows_by_half_a_day_and_ends() -> None:
    warm = WarmUp(100, date(2026, 11, 20))
    days = [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22), date(2026, 12, 20)]
    assert [warm.allowed(day) for day in days] == [100, 100, 150, 225, None]


def test_a_new_sender_puts_off_to_the_next_day_what_is_too_much_but_not_what_somebody_waits_for(database: Database) -> None:
    told(database, *(f"{number}@clinic.example" for number in range(5)))
    warm = WarmUp(2, NOW.date())
    midnight = datetime(2026, 11, 21, tzinfo=UTC)

    async def story() -> None:
        async with ScriptedRelay() as relay:
            box = outbox(database, relay.port, warm_up=warm)
            assert await box.drain(NOW) == Drained(sent=2)
            put_off = [row for row in rows(database).values() if row.state is QUEUED]
            assert {row.next_attempt_at for row in put_off} == {midnight}
            assert {row.reason for row in put_off} == {"waits for tomorrow: a new sender sends 2 messages today"}
            with database.write() as session:
                own_mail.sign_in(session, "owner@clinic.example", nonce="n", now=NOW)
            assert await box.drain(NOW) == Drained(sent=1)
            assert await box.drain(midnight) == Drained(sent=3)

    asyncio.run(story())
    assert {row.state for row in rows(database).values()} == {SENT}


def test_the_domain_of_an_address_is_compared_in_lower_case() -> None:
    assert domain_of("Ann@Clinic.EXAMPLE") == "clinic.example"
