"""The database locked, or its disk full, just when answers are to be written down: they wait, and nothing is sent twice."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

from api.database import Database
from contracts.vocabulary import DeliveryState
from notifier import claims
from notifier.channels.email import EmailChannel
from notifier.channels.smtp import Relay
from notifier.outbox import Drained, Outbox, OutboxSettings
from tests.notifier.factories import NOW
from tests.notifier.servers import ScriptedRelay
from tests.notifier.test_outbox import SENDER, rows, told

RECIPIENTS = [f"{number:03}@clinic.example" for number in range(200)]  # their attempts fill some pages
SLOW = RECIPIENTS[0]
UNLIMITED = 1_073_741_823


class Trouble:
    """A database that can be locked by somebody else, or given no further page, and that says so after 20 ms."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.full = False
        self.refusals = 0
        self.refused_twice = threading.Event()
        self.database = Database(f"sqlite:///{path}")
        SQLModel.metadata.create_all(self.database.engine)
        event.listen(self.database.engine, "begin", self._limit, insert=True)

    def _limit(self, connection: Any) -> None:
        connection.exec_driver_sql("PRAGMA busy_timeout = 20")
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one() if self.full else UNLIMITED
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


@pytest.fixture
def trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trouble]:
    made = Trouble(tmp_path / "trouble.db")
    record = claims.Rows.record

    def counted(self: claims.Rows, answers: Any, now: Any) -> None:
        try:
            record(self, answers, now)
        except OperationalError:
            made.refusals += 1
            if made.refusals == 2:
                made.refused_twice.set()
            raise

    monkeypatch.setattr(claims.Rows, "record", counted)
    yield made
    made.database.close()


def one_each(relay: ScriptedRelay, trouble: Trouble) -> None:
    assert {address: len(ids) for address, ids in relay.ids.items()} == dict.fromkeys(RECIPIENTS, 1)
    assert {row.state for row in rows(trouble.database).values()} == {DeliveryState.SENT}


def outbox(trouble: Trouble, port: int) -> Outbox:
    channel = EmailChannel(SENDER, [Relay("127.0.0.1", port, security="none", timeout=20)], lines=4, idle=0.05)
    return Outbox(trouble.database.write, {"email": channel}, OutboxSettings(SENDER), lambda: NOW)


def test_answers_wait_while_somebody_else_holds_the_database(trouble: Trouble) -> None:
    told(trouble.database, *RECIPIENTS)

    async def story() -> None:
        async with ScriptedRelay({SLOW: ["wait"]}) as relay:
            draining = asyncio.create_task(outbox(trouble, relay.port).drain(NOW))
            await relay.reached.wait()
            other = sqlite3.connect(trouble.path, isolation_level=None, check_same_thread=False)
            await asyncio.to_thread(_hold, other)
            relay.release.set()
            assert await asyncio.to_thread(trouble.refused_twice.wait, 60)
            other.execute("ROLLBACK")
            other.close()
            assert await draining == Drained(sent=len(RECIPIENTS))
            one_each(relay, trouble)

    asyncio.run(story())


def _hold(other: sqlite3.Connection) -> None:
    """Take the write lock as soon as it is free."""
    while True:
        try:
            other.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            continue
        return


def test_answers_wait_while_the_disk_is_full(trouble: Trouble) -> None:
    told(trouble.database, *RECIPIENTS)

    async def story() -> None:
        async with ScriptedRelay({address: ["wait"] for address in RECIPIENTS}) as relay:
            draining = asyncio.create_task(outbox(trouble, relay.port).drain(NOW))
            await relay.reached.wait()
            trouble.full = True
            relay.release.set()
            assert await asyncio.to_thread(trouble.refused_twice.wait, 60)
            trouble.full = False
            assert await draining == Drained(sent=len(RECIPIENTS))
            one_each(relay, trouble)

    asyncio.run(story())
