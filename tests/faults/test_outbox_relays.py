"""Every way a relay can misbehave: nothing is lost, nobody else waits, and what is repeated keeps its Message-ID.

Each story is told twice, to a server that takes one command at a time and to one that lets us write ahead (RFC 2920).
"""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvloop
from sqlmodel import SQLModel

from api.database import Database
from contracts.vocabulary import DeliveryState
from notifier import store
from notifier.channels.email import EmailChannel
from notifier.channels.smtp import Relay
from notifier.outbox import Drained, Outbox, OutboxSettings
from notifier.schedule import DELAYS
from tests.certificates import contexts
from tests.notifier.factories import NOW
from tests.notifier.servers import ScriptedRelay, refused_port
from tests.notifier.test_outbox import SENDER, attempts, rows, told

SENT, DELAYED, FAILED = DeliveryState.SENT, DeliveryState.DELAYED, DeliveryState.FAILED
PATIENCE = 20.0  # seconds; what answers at all is given this long, on a machine however busy
SHORT = 1.0  # seconds, in place of the minutes that a relay that hangs is given
BOTH = pytest.mark.parametrize("extensions", [(), ("PIPELINING", "SIZE 10000000")], ids=["one by one", "ahead"])
OTHERS = ("ann@clinic.example", "zoe@clinic.example")
BAD = "bad@clinic.example"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """SQLite alone: what a relay does knows nothing of the database."""
    database = Database(f"sqlite:///{tmp_path / 'faults.db'}")
    SQLModel.metadata.create_all(database.engine)
    yield database
    database.close()


def outbox(
    database: Database,
    *relays: Relay,
    clock: Callable[[], datetime] = lambda: NOW,
    lines: int = 1,
    data_seconds: float = PATIENCE,
    **settings: Any,
) -> Outbox:
    channel = EmailChannel(SENDER, relays, lines=lines, idle=0.05, data_seconds=data_seconds)
    return Outbox(database.write, {"email": channel}, OutboxSettings(SENDER, **settings), clock)


def plain(port: int, patience: float = PATIENCE) -> Relay:
    return Relay("127.0.0.1", port, security="none", timeout=patience)


async def until_final(database: Database, box: Outbox) -> None:
    """Pass after pass, as the schedule says, until nothing waits."""
    now = NOW
    for delay in DELAYS:
        await box.drain(now)
        if all(row.state.final for row in rows(database).values()):
            return
        now += delay
    raise AssertionError("not everything became final")


TEMPORARY = (
    "rcpt 421 4.3.2 closing", "rcpt 450 4.2.0 busy", "rcpt 451 4.7.1 greylisted", "rcpt 452 4.2.2 full", "rcpt 550 4.2.1 later",
    "data 421 4.3.2 closing", "data 451 4.3.0 not now", "dot 421 4.3.2 closing", "dot 451 4.7.1 greylisted", "dot 452 4.3.1 no space",
    "drop rcpt", "drop data", "drop dot", "hang rcpt", "hang data", "hang dot", "drop accepted", "late",
)  # fmt: skip
FINAL = (
    "rcpt 550 5.1.1 no such mailbox", "rcpt 550 5.7.1 refused", "rcpt 552 5.2.2 full", "data 554 5.5.1 no", "dot 550 5.7.1 spam",
    "dot 552 5.3.4 too big", "dot 554 5.6.0 broken",
)  # fmt: skip
KEPT_WITHOUT_A_WORD = {"drop accepted", "late"}  # the relay has it, and we can't know


@BOTH
@pytest.mark.parametrize("step", TEMPORARY)
def test_what_is_temporary_is_sent_later_under_the_same_id_and_holds_up_nobody(
    database: Database, step: str, extensions: tuple[str, ...]
) -> None:
    told(database, BAD, *OTHERS)
    patience = SHORT if step == "late" or step.startswith("hang") else PATIENCE

    async def story() -> None:
        async with ScriptedRelay({BAD: [step]}, extensions=extensions) as relay:
            box = outbox(database, plain(relay.port, patience), data_seconds=patience)
            await box.drain(NOW)
            assert {address: len(relay.ids[address]) for address in OTHERS} == dict.fromkeys(OTHERS, 1)
            assert {address: rows(database)[address].state for address in OTHERS} == dict.fromkeys(OTHERS, SENT)
            assert rows(database)[BAD].state is DELAYED
            await until_final(database, box)
            assert {row.state for row in rows(database).values()} == {SENT}
            copies = relay.ids[BAD]
            assert set(copies) == {rows(database)[BAD].message_id}
            assert len(copies) == (2 if step in KEPT_WITHOUT_A_WORD else 1)
            relay.release.set()

    asyncio.run(story())


@BOTH
@pytest.mark.parametrize("asks_anyway", [False, True])
@pytest.mark.parametrize("step", FINAL)
def test_what_is_final_fails_at_once_alone_and_for_good(
    database: Database, step: str, extensions: tuple[str, ...], asks_anyway: bool
) -> None:
    told(database, OTHERS[0], BAD, OTHERS[1])

    async def story() -> None:
        async with ScriptedRelay({BAD: [step]}, extensions=extensions, asks_anyway=asks_anyway) as relay:
            assert await outbox(database, plain(relay.port)).drain(NOW) == Drained(sent=2, failed=1)
            assert relay.connections == 1, "a refusal ends no line"
            assert BAD not in relay.accepted

    asyncio.run(story())
    assert rows(database)[BAD].state is FAILED
    assert [(outcome, code) for outcome, code, _ in attempts(database, BAD)] == [("failed", int(step.split()[1]))]


@BOTH
def test_one_message_at_a_time_is_in_doubt_on_each_line(database: Database, extensions: tuple[str, ...]) -> None:
    """The text goes only once the answer to the one before it is committed, though its envelope may go ahead."""
    told(database, "slow@clinic.example", *(f"{number}@clinic.example" for number in range(5)))
    texts_before: list[int] = []

    async def story() -> None:
        async with ScriptedRelay(extensions=extensions) as relay:
            box = outbox(database, plain(relay.port))
            real = box._pass

            def watched(*arguments: Any, **named: Any) -> Any:
                one = real(*arguments, **named)
                record = one.rows.record

                def slowly(answers: Any, now: datetime) -> None:
                    texts_before.append(len(relay.accepted))
                    record(answers, now)

                one.rows.record = slowly
                return one

            box._pass = watched  # type: ignore[method-assign]
            assert await box.drain(NOW) == Drained(sent=6)

    asyncio.run(story())
    assert texts_before == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("kind", ["refused", "silent", "turned away"])
def test_a_relay_that_gives_no_line_delays_everything_and_fails_nothing(database: Database, kind: str) -> None:
    told(database, *OTHERS)

    async def story() -> None:
        async with ScriptedRelay(silent=kind == "silent", greeting="554 5.7.1 go away") as relay:
            port = await refused_port() if kind == "refused" else relay.port
            patience = SHORT if kind == "silent" else PATIENCE
            assert await outbox(database, plain(port, patience), lines=2).drain(NOW) == Drained(delayed=2)
        async with ScriptedRelay() as relay:
            assert await outbox(database, plain(relay.port)).drain(NOW + timedelta(minutes=1)) == Drained(sent=2)

    asyncio.run(story())


@BOTH
def test_a_relay_that_dies_in_the_middle_of_a_batch_gets_the_rest_when_it_is_back(
    database: Database, extensions: tuple[str, ...]
) -> None:
    addresses = [f"{number:02}@clinic.example" for number in range(20)]
    told(database, *addresses)

    async def story() -> None:
        async with ScriptedRelay({addresses[7]: ["die"]}, extensions=extensions) as relay:
            await outbox(database, plain(relay.port), lines=3).drain(NOW)
            before = {address: list(ids) for address, ids in relay.ids.items()}
        assert {row.state for row in rows(database).values()} == {SENT, DELAYED}
        async with ScriptedRelay(extensions=extensions) as relay:
            await outbox(database, plain(relay.port), lines=3).drain(NOW + timedelta(minutes=1))
            after = relay.ids
        repeated = [address for address in addresses if address in before and address in after]
        assert set(before) | set(after) == set(addresses)
        assert len(repeated) <= 3, "at most one for each line that broke"
        assert all(before[address] == after[address] for address in repeated)

    asyncio.run(story())
    assert {row.state for row in rows(database).values()} == {SENT}


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_over_tls_arrives_encrypted(database: Database, tmp_path: Path, security: Any) -> None:
    theirs, ours = contexts(tmp_path)
    told(database, *OTHERS)

    async def story() -> None:
        extensions = ("STARTTLS", "PIPELINING") if security == "starttls" else ("PIPELINING",)
        async with ScriptedRelay(extensions=extensions, tls=theirs, tls_at_once=security == "tls") as relay:
            place = Relay("127.0.0.1", relay.port, security=security, timeout=5, tls=ours)
            assert await outbox(database, place).drain(NOW) == Drained(sent=2)
            assert relay.encrypted == 2

    asyncio.run(story())


@pytest.mark.parametrize("security", ["none", "starttls"])
def test_mail_leaves_from_the_loop_that_the_service_runs_on_too(database: Database, tmp_path: Path, security: Any) -> None:
    theirs, ours = contexts(tmp_path)
    told(database, *OTHERS)

    async def story() -> None:
        async with ScriptedRelay(extensions=("STARTTLS", "PIPELINING"), tls=theirs) as relay:
            place = Relay("127.0.0.1", relay.port, security=security, timeout=PATIENCE, tls=ours)
            assert await outbox(database, place).drain(NOW) == Drained(sent=2)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(story())


@pytest.mark.parametrize("trouble", ["unknown certificate", "not offered", "broken"])
def test_without_good_tls_no_mail_leaves(database: Database, tmp_path: Path, trouble: str) -> None:
    theirs, _ = contexts(tmp_path)
    told(database, *OTHERS)

    async def story() -> None:
        extensions = () if trouble == "not offered" else ("STARTTLS",)
        async with ScriptedRelay(extensions=extensions, tls=theirs if trouble == "unknown certificate" else None) as relay:
            place = Relay("127.0.0.1", relay.port, security="starttls", timeout=5, tls=ssl.create_default_context())
            assert await outbox(database, place).drain(NOW) == Drained(delayed=2)
            assert relay.attempts == []

    asyncio.run(story())


def test_a_silent_relay_is_left_alone_while_another_takes_the_mail(database: Database) -> None:
    told(database, *(f"{number}@clinic.example" for number in range(6)))

    async def story() -> None:
        async with ScriptedRelay(silent=True) as first, ScriptedRelay(messages_per_connection=1) as second:
            seconds = iter(range(0, 1000, 2))
            channel = EmailChannel(
                SENDER, [plain(first.port, SHORT), plain(second.port)], lines=1, idle=0.05, monotonic=lambda: float(next(seconds))
            )
            box = Outbox(database.write, {"email": channel}, OutboxSettings(SENDER), lambda: NOW)
            assert await box.drain(NOW) == Drained(sent=6)
            assert second.connections == 6
            assert first.connections < 3, "each line would wait for it again"

    asyncio.run(story())


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
@pytest.mark.parametrize(
    "start", [datetime.fromisoformat("2026-11-01T01:30-07:00"), datetime.fromisoformat("2027-03-14T01:30-08:00")]
)
def test_a_clock_that_jumps_a_day_over_a_change_to_or_from_summer_time_loses_and_repeats_nothing(
    database: Database, jump: timedelta, start: datetime
) -> None:
    now = [start]
    told(database, "grey@clinic.example", "fine@clinic.example")
    with database.write() as session:
        for row in store.deliveries(session):
            row.created_at = row.next_attempt_at = start
            session.add(row)

    async def story() -> dict[str, list[str]]:
        async with ScriptedRelay({"grey@clinic.example": ["rcpt 451 4.7.1 later"]}) as relay:
            box = outbox(database, plain(relay.port), clock=lambda: now[0])
            await box.drain()
            now[0] = start + jump
            for _ in range(25):
                await box.drain()
                now[0] += timedelta(hours=1)
            return relay.ids

    ids = asyncio.run(story())
    assert {address: len(found) for address, found in ids.items()} == {"grey@clinic.example": 1, "fine@clinic.example": 1}
    assert {row.state for row in rows(database).values()} == {SENT}
