"""A node at work: the clock, the engine of its jobs and the outbox in one event loop, with the pages beside them or without."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

from fastapi import FastAPI

from api.app import create_app
from api.clock import Now, house_clock
from api.database import Database
from api.house import House
from api.jobs import JOBS, Engine
from api.migrate import current, head
from api.scheduler import Clock, Embedded
from api.sending import sending
from api.settings import Settings
from api.sources import configured
from crawler import turns


def application(settings: Settings, database: Database, now: Now) -> FastAPI:
    """The web application whose life is the service's: it starts the clock and the outbox and stops them cleanly."""
    clock = house_clock(database, now)
    return create_app(
        settings,
        database,
        clock=clock,
        lifespan=_life(settings, database, clock),
        schema_is_current=lambda: current(database) == head(),
    )


def _life(
    settings: Settings, database: Database, now: Callable[[], datetime]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        async with at_work(settings, database, now):
            yield

    return life


@asynccontextmanager
async def at_work(settings: Settings, database: Database, now: Now) -> AsyncIterator[None]:
    """Look at the sources, run the jobs and send what is due while the block lasts; then finish what is in flight."""
    post = sending(database, settings, now, alone=not database.shared)
    house = House(settings, database, configured(settings), now, told=post.nudge)
    await asyncio.to_thread(_enrol, house)
    engine = _engine(house)
    clock = Clock(engine, house, JOBS)
    stop = asyncio.Event()
    worker = asyncio.create_task(post.run(stop), name="outbox")
    await engine.start()
    clock.start()
    try:
        yield
    finally:
        clock.stop()
        await engine.stop()
        stop.set()
        post.nudge()
        await worker


def _enrol(house: House) -> None:
    with house.database.write() as session:
        turns.enrol(session, house.sources.values(), now=house.now(), alone=not house.database.shared)


def _engine(house: House) -> Engine:
    if not house.database.shared:
        return Embedded(house)
    from api.queue import Queue  # noqa: PLC0415 - a clinic on SQLite never loads the queue

    return Queue(house, JOBS)
