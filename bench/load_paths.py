"""The hot paths of a full database: what runs for every page, look, job and question, how long it takes, and by which plan.

A path is run a hundred times, warm, each time in a transaction of its own that is rolled back. Every statement of it is explained as it was
run, so that one that reads a large table from end to end is named.
"""

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

from api.app import create_app
from api.database import Database
from api.journeys import telling
from api.settings import Settings
from bench.figures import number
from bench.synthetic import WORDS, Scale
from contracts import lookup
from crawler import counting, reading, store, turns
from crawler.filters import Filters
from crawler.models import Release, Tender
from notifier.claims import Rows
from notifier.matching import Searches
from notifier.messages import Sender
from tests.api.service import TestClient

RUNS = 100
PATIENCE = 60.0  # seconds after which a slow path is not run again, once it was run five times
SENDER = Sender("https://bids.clinic.example", "Bidkeeper <alerts@bids.clinic.example>", "1 Main Street", "secret")
BASE = "http://127.0.0.1:8000"


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
        searches.matching(session, telling.news(release, tender, None), now=now)

    def claimed(_session: Session) -> None:
        Rows(database.write, "load", sender=SENDER, lease=timedelta(seconds=30), channels=["email"]).claim(now, 200)

    def taken(session: Session) -> None:
        turns.waiting(session, now=now)

    return {
        "the list, soonest closing first": lambda s: listed(s, current=True),
        "how many are current": lambda s: counting.count(s, Filters(current=True), now=now),
        "the list, a common word": lambda s: listed(s, text=word(6), current=True),
        "the list, two words": lambda s: listed(s, text=f"{word()} {word()}"),
        "the list, a number": lambda s: listed(s, text=f"{chance.randrange(1, scale.tenders)}-2026"),
        "the list, a program line": lambda s: listed(s, program="or2", current=True),
        "the list, one source": lambda s: listed(s, source=f"source-{chance.randrange(scale.sources)}"),
        "one tender with its history": lambda s: store.history(s, f"ocds-load-{chance.randrange(1, scale.tenders)}"),
        "the latest news": lambda s: reading.recent_releases(s, since=now - timedelta(days=30)),
        "a list's version (ETag)": reading.version,
        "a round of reminders": lambda s: telling.due_reminders(s, {}, now=now),
        "matching one posting": matched,
        "claiming deliveries": claimed,
        "is a source due": taken,
        "a question to one clinic's contract": lambda s: lookup.answer(
            s, f"what about {word()} {word()}", organisation_id=chance.randrange(1, scale.organisations), as_of=now.date()
        ),
    }


def pages(database: Database, folder: Path, scale: Scale, chance: random.Random) -> dict[str, Callable[[Session], Any]]:
    """Whole requests through the application, without a network: never the same one twice."""
    web = TestClient(create_app(Settings(data=folder, database_url=database.url), database), base_url=BASE)

    def get(path: str) -> None:
        assert web.get(path).status_code == 200

    def words() -> str:
        return "+".join(chance.sample(WORDS, 2))

    def ocid() -> str:
        return f"ocds-load-{chance.randrange(1, scale.tenders)}"

    return {
        "page: today": lambda _: get("/"),
        "page: bids": lambda _: get(f"/tenders?within={chance.randrange(3650)}"),
        "page: bids, what each filter would leave": lambda _: get(f"/tenders?within={chance.randrange(3650)}&counts=yes"),
        "page: bids, a search": lambda _: get(f"/tenders?text={words()}"),
        "page: bids, one word or another": lambda _: get(f"/tenders?text={words().replace('+', '+OR+')}&status=all"),
        "page: bids, words next to each other": lambda _: get(f"/tenders?text=%22{words()}%22"),
        "page: bids, a word in the title": lambda _: get(f"/tenders?text=title:{words().partition('+')[0]}"),
        "page: one bid": lambda _: get(f"/tenders/{ocid()}"),
        "API: bids, a search": lambda _: get(f"/api/v1/tenders?text={words()}"),
        "API: one bid": lambda _: get(f"/api/v1/tenders/{ocid()}"),
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
    ends = time.monotonic() + PATIENCE
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
