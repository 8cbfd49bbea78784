"""Behind a pooler that gives each transaction another connection, everything works: stores, turns, migrations, the queue."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from api import queue
from api.database import Database
from api.demo.service import free_port
from api.house import House
from api.migrate import upgrade
from api.queue import Queue
from api.settings import NO_DIRECT_WAY
from crawler import turns
from tests.api import service
from tests.api.test_queue import AT, Work, run, working
from tests.crawler.test_turns import CITY, LEASE

PATIENCE = 30.0  # seconds


@pytest.fixture
def pooled(postgres_own: str, tmp_path: Path) -> Iterator[str]:
    """The address of the test's database through a PgBouncer in transaction mode with two connections."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed (sudo apt-get install pgbouncer)")
    url, port = make_url(postgres_own), free_port()
    folder = Path(str(url.query["host"])) if "host" in url.query else None
    where = f"host={folder}" if folder else f"host={url.host} port={url.port}"
    settings = tmp_path / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n{url.database} = {where} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        "auth_type = any\npool_mode = transaction\ndefault_pool_size = 2\nunix_socket_dir =\nignore_startup_parameters = extra_float_digits\n"
    )
    tmp_path.chmod(0o755)
    user = folder.owner() if folder and os.geteuid() == 0 else None  # it refuses to run as root
    process = subprocess.Popen([program, "-q", str(settings)], user=user, cwd="/", stderr=subprocess.DEVNULL)
    address = f"postgresql://postgres@127.0.0.1:{port}/{url.database}"
    try:
        _answers(address)
        yield address.replace("postgresql://", "postgresql+psycopg://")
    finally:
        process.kill()
        process.wait(PATIENCE)


def _answers(address: str) -> None:
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(address, connect_timeout=5).close()
        except psycopg.OperationalError:
            assert time.monotonic() < ends
        else:
            return


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
            work, later = Work(), count()
            async with working(node := Queue(house, [work.job])):
                while not work.runs:  # the node begins to listen a moment after it has started
                    await node.fire(work.job, AT + timedelta(seconds=next(later)))
                    with suppress(TimeoutError):
                        await asyncio.wait_for(work.ran(), 1)

        run(story)
