"""What a look costs as the store grows, a thousand tenders to a million: `python -m bench.growth [--most 1000000]`.

One source of a thousand rows is looked at while the tenders of other sources around it grow. Measured is the processor time of storing
one look, per row: all unchanged, and a tenth of the rows changed. The reference is the smallest store of the same run.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, SQLModel

import crawler.store
from api.database import Database
from bench.figures import say
from contracts.vocabulary import TenderStatus
from crawler.items import Look, Posting
from crawler.sources import SourceConfig

ROWS, SIZES, TIMES = 1_000, (1_000, 10_000, 100_000, 1_000_000), 5
SOURCE = SourceConfig(name="measured", platform="feed", address="https://portal.example/", permission="a measurement")
OTHERS = 100  # sources among which the other tenders are shared
T0 = datetime(2026, 9, 1, tzinfo=UTC)
FILL = """
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :last)
INSERT INTO tender (id, ocid, number, number_key, title, status, buyer, closes_at, closes_precision, files, programs, source,
                    first_seen_at, last_seen_at, changed_at)
SELECT i, 'ocds-bench-' || i, i || '-2026', i || '-2026', 'Supply of service ' || i, 'open', 'A board', '2027-01-01 00:00:00', 'minute',
       '[]', '[]', 'other-' || (i % :others), '2026-01-01 00:00:00', '2026-01-01 00:00:00', '2026-01-01 00:00:00' FROM n
"""
SHOW = """
INSERT INTO sighting (source, native_id, tender_id, posting, digest, number_key, trail, unsettled, reasons, first_seen_at, last_seen_at)
SELECT source, 'n' || id, id, '{"id": "n", "number": "' || number || '", "title": "' || title || '"}', '0', number_key, '[]', 0, '[]',
       first_seen_at, last_seen_at FROM tender WHERE id >= :first AND id < :last
"""


def fill(session: Session, first: int, last: int) -> None:
    """Tenders of other sources, and where they are shown, by their numbers."""
    where = {"first": first, "last": last, "others": OTHERS}
    session.connection().execute(text(FILL), where)
    session.connection().execute(text(SHOW), where)


def postings(generation: int) -> tuple[Posting, ...]:
    """The rows of the measured source; a tenth of them says something else in each generation."""
    return tuple(
        Posting(
            id=f"m{n}",
            number=f"M{n}-2026",
            title=f"Rehabilitation service {n}" + (f", version {generation}" if n % 10 == 0 else ""),
            status=TenderStatus.OPEN,
            closes=T0 + timedelta(days=90),
        )
        for n in range(ROWS)
    )


def cost(database: Database, shown: list[tuple[Posting, ...]], now: datetime) -> list[float]:
    """Microseconds of processor time a row, for storing each of these looks."""
    found = []
    for at, rows in enumerate(shown):
        before = time.process_time()
        with database.write() as session:
            saved = crawler.store.save(
                session, SOURCE, Look("measured", now, postings=rows, rows=ROWS), now=now + timedelta(hours=at)
            )
        assert saved.health == "healthy", saved.events
        found.append((time.process_time() - before) / ROWS * 1e6)
    return found


def main() -> None:
    """Grow the store step by step; print each step beside the first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=SIZES[-1], help="tenders in the largest store")
    chosen = parser.parse_args()
    first: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        database = Database(f"sqlite:///{Path(name) / 'bench.db'}")
        SQLModel.metadata.create_all(database.engine)
        cost(database, [postings(0)], T0)
        filled = 10 * ROWS  # ids of our own come before
        for step, size in enumerate((size for size in SIZES if size <= chosen.most), 1):
            with database.write() as session:
                fill(session, filled, filled + size - (filled - 10 * ROWS))
            filled = 10 * ROWS + size
            now = T0 + timedelta(days=step)
            steady = postings(step * 100)
            cost(database, [steady], now)
            costs = {
                "unchanged": cost(database, [steady] * TIMES, now),
                "a tenth changed": cost(
                    database, [postings(step * 100 + at) for at in range(1, TIMES + 1)], now + timedelta(hours=12)
                ),
            }
            for what, spent in costs.items():
                reference = first.setdefault(what, spent)
                say(
                    f"Storing a look, {what}, {size:,} tenders around",
                    "µs of CPU a row",
                    spent,
                    reference if size > SIZES[0] else (),
                    against=f"{SIZES[0]:,} tenders",
                    goal="flat",
                )
        database.close()


if __name__ == "__main__":
    main()
