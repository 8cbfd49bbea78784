"""Behind a pooler that gives each transaction another connection, everything works: stores, turns, migrations, the queue."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from api import queue
from api.database import Database
from api.house import House
from api.migrate import upgrade
from api.queue import Queue
from api.settings import NO_DIRECT_WAY
from crawler import turns
from tests.api import service
from tests.api.test_queue import AT, Work, run, working
from tests.crawler.test_turns import CITY, LEASE
from tests.faults.survival.pooler import MISSING, PROGRAM, Pooler


@pytest.fixture
def pooled(postgres_own: str, tmp_path: Path) -> Iterator[str]:
    """The address of the test's database through a PgBouncer in transaction mode with two connections."""
    if PROGRAM is None:
        pytest.skip(MISSING)
    url = make_url(postgres_own)
    folder = Path(str(url.query["host"])) if "host" in url.query else None
    where = f"host={folder}" if folder else f"host={url.host} port={url.port}"
    user = folder.owner() if folder and os.geteuid() == 0 else None
    pooler = Pooler(tmp_path, where, database=url.database or "", user=user, connections=2)
    try:
        asyncio.run(pooler.start())
        asyncio.run(pooler.answers())
        yield pooler.url
    finally:
        pooler.kill()


def test_stores_turns_and_migrations_work_through_it(pooled: str) -> None:
    with closing(Database(pooled)) as database:
        assert not upgrade(database)
        for number in range(30):  # enough that a prepared statement would have met another connection
            with database.write() as session:
                service.add_tender(session, number=str(number))
        with database.read() as session:
            assert session.execute(text("SELECT count(*) FROM tender")).scalar_one() == 30
        with database.write() as session:
            turns.enrol(session, [CITY], now=AT)
        with database.write() as session:
            assert turns.take(session, holder="one", now=AT, lease=LEASE, limit=5) is not None


@pytest.mark.parametrize("direct", [True, False])
def test_jobs_run_woken_past_it_or_asked_for_through_it(
    pooled: str, postgres_own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, direct: bool
) -> None:
    monkeypatch.setattr(queue, "POLL", 3600.0 if direct else 0.05)
    settings = service.settings(
        tmp_path / "data", database_url=pooled, database_direct_url=postgres_own if direct else NO_DIRECT_WAY
    )
    with closing(Database(pooled)) as database:
        house = House(settings, database, {}, lambda: AT)

        async def story() -> None:
            work, own = Work(), Database(postgres_own)
            async with working(node := Queue(house, [work.job]), listening=own if direct else None):
                await node.fire(work.job, AT)
                await work.ran()
            own.close()

        run(story)
