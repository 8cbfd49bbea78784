"""The clock fires each job once a slot; the engine of one process runs them beside each other and finishes what is in flight."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Semaphore

import pytest
from sqlalchemy import func
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from api import scheduler
from api.database import Database
from api.house import House
from api.jobs import EngineAway, Job
from api.scheduler import Clock, Embedded
from notifier import own_mail
from notifier.models import Delivery
from tests.api import service

MINUTE = timedelta(minutes=1)
START = datetime(2026, 11, 26, 12, 0, 30, tzinfo=UTC)


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


class FakeEngine:
    """Records what is fired; refuses while `down`."""

    def __init__(self) -> None:
        self.fired: list[tuple[str, datetime]] = []
        self.fires: asyncio.Queue[str] = asyncio.Queue()
        self.revived = 0
        self.down: Exception | None = None

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def fire(self, job: Job, at: datetime) -> None:
        if self.down is not None:
            raise self.down
        self.fired.append((job.name, at))
        self.fires.put_nowait(job.name)

    async def revive(self) -> None:
        self.revived += 1


class Runs:
    """A job that lasts until it is let go, and what the test sees of it."""

    def __init__(self, *, lanes: int = 1, waiting: Callable[[House], bool] | None = None) -> None:
        self.ended = 0
        self.let_go = Event()
        self._begins = Semaphore(0)
        self.job = Job("work", MINUTE, self, waiting=waiting, lanes=lanes)

    def __call__(self, _house: House) -> None:
        self._begins.release()
        assert self.let_go.wait(30)
        self.ended += 1

    async def begun(self, count: int = 1) -> None:
        """Return once that many more runs have begun."""
        for _ in range(count):
            assert await asyncio.to_thread(self._begins.acquire, timeout=30)


@pytest.fixture
def house(stored: Database, tmp_path: Path) -> House:
    return House(service.settings(tmp_path), stored, {}, Hands())


def nothing(_house: House) -> None:
    return


def test_a_job_is_fired_at_the_start_and_once_each_slot(house: House) -> None:
    engine, hands = FakeEngine(), house.now
    assert isinstance(hands, Hands)
    clock = Clock(engine, house, [Job("work", MINUTE, nothing)])

    async def story() -> None:
        for seconds in (0, 1, 40, 0, 300):
            hands.at += timedelta(seconds=seconds)
            await clock.tick()

    asyncio.run(story())
    first = START.replace(second=0)
    assert engine.fired == [("work", first), ("work", first + MINUTE), ("work", first + 6 * MINUTE)]
    assert engine.revived == 1


@pytest.mark.parametrize("gone", [OperationalError("SELECT 1", {}, Exception("the server is gone")), EngineAway("it is gone")])
def test_what_could_not_be_fired_without_a_database_is_fired_when_it_is_back(house: House, gone: Exception) -> None:
    engine = FakeEngine()
    clock = Clock(engine, house, [Job("work", MINUTE, nothing)])

    async def story() -> None:
        engine.down = gone
        await clock.tick()
        engine.down = None
        await clock.tick()

    asyncio.run(story())
    assert [name for name, _ in engine.fired] == ["work"]


def test_a_started_clock_ticks_until_it_is_stopped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "TICK", 0.01)
    engine, hands = FakeEngine(), house.now
    assert isinstance(hands, Hands)

    async def story() -> None:
        clock = Clock(engine, house, [Job("work", MINUTE, nothing)])
        clock.start()
        for _ in range(3):
            async with asyncio.timeout(30):
                await engine.fires.get()
            hands.at += MINUTE
        clock.stop()

    asyncio.run(story())


def test_a_fire_during_a_run_waits_for_the_next_one(house: House) -> None:
    async def story() -> Runs:
        runs, engine = Runs(), Embedded(house)
        await engine.fire(runs.job, START)
        await runs.begun()
        await engine.fire(runs.job, START + MINUTE)
        runs.let_go.set()
        await engine.stop()
        await engine.fire(runs.job, START + 2 * MINUTE)
        await engine.stop()
        return runs

    assert asyncio.run(story()).ended == 2


def test_a_slow_run_does_not_hold_up_the_next_for_ever(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "PATIENCE", 0.0)

    async def story() -> Runs:
        runs, engine = Runs(lanes=2, waiting=lambda _: True), Embedded(house)
        for _ in range(3):
            await engine.fire(runs.job, START)
        await runs.begun(2)
        runs.let_go.set()
        await engine.stop()
        return runs

    assert asyncio.run(story()).ended == 2


def test_stopping_waits_for_the_run_in_flight(house: House) -> None:
    async def story() -> Runs:
        runs, engine = Runs(), Embedded(house)
        await engine.start()
        await engine.fire(runs.job, START)
        await runs.begun()
        stopping = asyncio.create_task(engine.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        runs.let_go.set()
        await stopping
        return runs

    assert asyncio.run(story()).ended == 1


def test_a_job_with_nothing_to_do_is_not_run_and_one_that_raises_stops_nothing(house: House) -> None:
    ran: list[str] = []

    def fail(_house: House) -> None:
        ran.append("failed")
        raise RuntimeError

    def work(_house: House) -> None:
        ran.append("worked")

    async def story() -> None:
        engine = Embedded(house)
        for job in (Job("idle", MINUTE, work, waiting=lambda _: False), Job("bad", MINUTE, fail), Job("good", MINUTE, work)):
            await engine.fire(job, START)
        await engine.stop()

    asyncio.run(story())
    assert sorted(ran) == ["failed", "worked"]


def test_who_sends_hears_of_deliveries_once_they_are_stored_and_of_nothing_else(house: House) -> None:
    heard: list[int] = []

    def waiting() -> int:
        with house.database.read() as session:
            return session.exec(select(func.count()).select_from(Delivery)).one()

    async def story() -> None:
        await Embedded(replace(house, told=lambda: heard.append(waiting()))).start()
        with house.database.write() as session:
            service.add_tender(session)
        with house.database.write() as session:
            own_mail.sign_in(session, "owner@clinic.example", nonce="a", now=START)
            own_mail.sign_in(session, "other@clinic.example", nonce="b", now=START)
        with suppress(RuntimeError), house.database.write() as session:
            own_mail.sign_in(session, "third@clinic.example", nonce="c", now=START)
            raise RuntimeError

    asyncio.run(story())
    assert heard == [2]


def test_a_restarted_process_does_not_repeat_the_slot(house: House) -> None:
    ran: list[datetime] = []
    job = Job("work", MINUTE, lambda one: ran.append(one.now()))

    async def story() -> None:
        for at in (START, START, START + MINUTE):
            engine = Embedded(house)
            await engine.fire(job, at)
            await engine.stop()

    asyncio.run(story())
    assert len(ran) == 2
