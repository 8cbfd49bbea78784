"""Nodes that share a PostgreSQL: each fire runs once, on whichever is free, at once; and what a dead node was doing is taken up."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import Any

import pytest
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from sqlalchemy import text

from api import queue
from api.clock import ServerTime, house_clock
from api.database import Database
from api.fires import won
from api.house import House
from api.jobs import EngineAway, Job
from api.queue import Queue
from api.settings import NO_DIRECT_WAY
from notifier import own_mail
from tests.api import service

MINUTE = timedelta(minutes=1)
AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


class Work:
    """A job that counts its runs, and says in the loop that one was."""

    def __init__(self, *, name: str = "work", waiting: Callable[[House], bool] | None = None, lanes: int = 1) -> None:
        self.job = Job(name, MINUTE, self, waiting=waiting, lanes=lanes)
        self.runs = 0
        self._lock = Lock()
        self._loop, self._ran = asyncio.get_running_loop(), asyncio.Semaphore(0)

    def __call__(self, _house: House) -> None:
        with self._lock:
            self.runs += 1
        self._loop.call_soon_threadsafe(self._ran.release)

    async def ran(self) -> None:
        """Return once there is one more run."""
        async with asyncio.timeout(30):
            await self._ran.acquire()


@pytest.fixture
def house(postgres_own: str, tmp_path: Path) -> Iterator[House]:
    database = Database(postgres_own)
    yield House(service.settings(tmp_path, database_url=postgres_own), database, {}, lambda: AT)
    database.close()


async def ask(house: House, job: Job, at: datetime) -> None:
    """Fire it on a node that does no work itself."""
    async with working(clock := Queue(house, [])):
        await clock.fire(job, at)


LISTENING = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'idle' AND query ILIKE 'listen%'"""


@asynccontextmanager
async def working(*queues: Queue, listening: Database | None = None) -> AsyncIterator[None]:
    """Nodes at work; with `listening`, not before each hears of what is written there: for its one worker, and for its outbox."""
    for one in queues:
        await one.start()
    try:
        if listening:
            await asyncio.to_thread(until, listening, LISTENING, 2 * len(queues))
        yield
    finally:
        for one in queues:
            await one.stop()


def until(database: Database, query: str, least: int) -> None:
    """Ask until so many are counted."""
    ends, found = time.monotonic() + 30, 0
    while found < least:
        assert time.monotonic() < ends
        with database.read() as session:
            found = session.execute(text(query)).scalar_one()


def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks the queue by himself: what runs was woken."""
    monkeypatch.setattr(queue, "POLL", 3600.0)


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(story())


def test_a_fire_that_every_node_notices_runs_once_and_wakes_who_is_free(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asleep(monkeypatch)

    async def story() -> None:
        work = Work()
        nodes = [Queue(house, [work.job]) for _ in range(2)]
        async with working(*nodes, listening=house.database):
            for at in (AT, AT + MINUTE, AT + 2 * MINUTE):
                await asyncio.gather(*(node.fire(work.job, at) for node in nodes))
                await work.ran()
        assert work.runs == 3

    run(story)


def test_without_notifications_the_queue_is_asked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "POLL", 0.05)
    pooled = House(house.settings.model_copy(update={"database_direct_url": NO_DIRECT_WAY}), house.database, {}, house.now)

    async def story() -> None:
        work = Work()
        async with working(node := Queue(pooled, [work.job])):
            await node.fire(work.job, AT)
            await work.ran()

    run(story)


@pytest.mark.parametrize("direct", [True, False])
def test_who_sends_hears_at_once_what_any_node_wrote_or_behind_a_pooler_this_one(house: House, direct: bool) -> None:
    way = {} if direct else {"database_direct_url": NO_DIRECT_WAY}
    other = Database(house.database.url)
    writing = other if direct else house.database

    async def story() -> None:
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        node = House(
            house.settings.model_copy(update=way), house.database, {}, house.now, lambda: loop.call_soon_threadsafe(heard.set)
        )
        async with working(Queue(node, [Work().job]), listening=other if direct else None), asyncio.timeout(30):
            await asyncio.to_thread(write_delivery, writing)
            await heard.wait()

    run(story)
    other.close()


def write_delivery(database: Database) -> None:
    with database.write() as session:
        own_mail.sign_in(session, "owner@clinic.example", nonce=token_hex(8), now=AT)


def test_of_one_job_at_most_one_run_waits_and_none_without_something_to_do(house: House) -> None:
    async def story() -> None:
        work = Work(waiting=lambda _: True, lanes=2)
        idle = Work(name="idle", waiting=lambda _: False)
        async with working(clock := Queue(house, [])):
            for seconds in range(3):
                await clock.fire(work.job, AT + timedelta(seconds=seconds))
                await clock.fire(idle.job, AT + timedelta(seconds=seconds))

    run(story)
    assert queued(house.database) == [("work", "todo")]


@pytest.mark.parametrize("next_one_waits", [False, True])
def test_what_a_dead_node_was_doing_is_taken_up(house: House, monkeypatch: pytest.MonkeyPatch, next_one_waits: bool) -> None:
    monkeypatch.setattr(queue, "POLL", 0.05)  # nobody is woken for what is queued again

    async def story() -> None:
        work = Work()
        await ask(house, work.job, AT)
        with house.database.write() as session:
            session.execute(text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"))
            session.execute(text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = 1"))
        if next_one_waits:
            await ask(house, work.job, AT + MINUTE)
        async with working(node := Queue(house, [work.job])):
            await node.revive()
            await work.ran()
        assert work.runs == 1

    run(story)
    assert queued(house.database) == []


def test_a_fire_that_finds_a_run_waiting_is_spent_whoever_queued_that(house: House) -> None:
    async def story() -> None:
        work = Work()
        clocks = [Queue(house, []) for _ in range(3)]
        async with working(*clocks):
            for minutes in range(3):
                await asyncio.gather(*(clock.fire(work.job, AT + minutes * MINUTE) for clock in clocks))

    run(story)
    assert queued(house.database) == [("work", "todo")]
    with house.database.write() as session:
        assert not won(session, "work", AT + 2 * MINUTE)


def test_a_queue_without_its_server_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object, **__: object) -> None:
        raise ConnectorException from OSError("the server closed the connection")

    async def story() -> None:
        async with working(clock := Queue(house, [])):
            monkeypatch.setattr(PsycopgConnector, "execute_query_async", gone)
            with pytest.raises(EngineAway, match="the server closed the connection"):
                await clock.fire(Work().job, AT)
            monkeypatch.undo()

    run(story)


def test_a_job_that_raises_is_done_and_leaves_nothing_behind(house: House) -> None:
    def fail(_house: House) -> None:
        raise RuntimeError

    async def story() -> None:
        work = Work()
        bad = Job("bad", MINUTE, fail)
        async with working(node := Queue(house, [bad, work.job])):
            await node.fire(bad, AT)
            await node.fire(work.job, AT)
            await work.ran()

    run(story)
    assert queued(house.database) == []


def test_every_node_goes_by_the_servers_clock(house: House) -> None:
    wrong = datetime(2001, 1, 1, tzinfo=UTC)
    now = house_clock(house.database, lambda: wrong)
    assert isinstance(now, ServerTime)
    now.measure()
    with house.database.read() as session:
        server: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    assert abs(now() - server) < MINUTE


def test_a_database_of_one_process_goes_by_the_machines_clock(stored: Database) -> None:
    assert house_clock(stored, lambda: AT)() == AT


def queued(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.execute(text("SELECT task_name, CAST(status AS text) FROM procrastinate_jobs ORDER BY id"))
        return [(row[0], row[1]) for row in rows]
