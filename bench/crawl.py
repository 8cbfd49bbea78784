"""Looking at portals, beside a bare Scrapy spider that yields the same rows: `python -m bench.crawl`.

Rates are per second of processor time of everything but the server (the child from its start, and the parent that stores), since a
shared machine's wall clock says more about its neighbours. Each round runs, one behind the other: a bare spider (selectors, one item a
row, nothing kept); ours with everything new (guards, evidence, database); ours with everything unchanged; polls that are answered 304.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

import crawler.store
from api.database import Database
from bench.figures import say
from bench.portals import PAGES, served
from crawler.process import look
from crawler.sources import SourceConfig

SOURCES, POLLED, ROUNDS = 40, 300, 3
BARE = """
import sys, json, scrapy
from scrapy.crawler import CrawlerProcess
class Bare(scrapy.Spider):
    name = "bare"
    start_urls = json.loads(sys.argv[1])
    def parse(self, response):
        for row in response.css("table.bids tr.bid"):
            yield {"number": row.css("td.number::text").get(), "title": row.css("td.title a::text").get(),
                   "url": row.css("td.title a::attr(href)").get(), "closes": row.css("td.closes::text").get(),
                   "status": row.css("td.status::text").get(), "addenda": row.css("td.addenda::text").get()}
        if following := response.css("a.next::attr(href)").get():
            yield response.follow(following)
process = CrawlerProcess({"LOG_LEVEL": "ERROR", "ROBOTSTXT_OBEY": False, "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "TELNETCONSOLE_ENABLED": False})
process.crawl(Bare)
process.start()
"""


def ours(chosen: list[SourceConfig], folder: Path, database: Database, validators: dict[str, Any] | None = None) -> None:
    """One look at all of them, everything stored."""
    by_name = {source.name: source for source in chosen}
    looks = look(
        chosen, archive=folder, user_agent="Bidkeeper/bench", allow_loopback=True, validators=validators or {}, timeout=600.0
    )
    for one in looks:
        assert one.trouble is None, one.trouble
        with database.write() as session:
            crawler.store.save(session, by_name[one.source], one, now=datetime.now(UTC))


def bare(chosen: list[SourceConfig]) -> None:
    """The bare spider over the same pages."""
    subprocess.run([sys.executable, "-c", BARE, json.dumps([source.address for source in chosen])], check=True)


def rate(work: Callable[[], None], pages: int) -> float:
    """Pages a second of processor time."""
    before = _cpu()
    work()
    return pages / (_cpu() - before)


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def one_round(polled: list[SourceConfig], folder: Path) -> tuple[float, float, float, float]:
    """Rates of the bare spider, of ours all new and all unchanged, and of polls answered 304; on an empty database."""
    database = Database(f"sqlite:///{folder / 'bench.db'}")
    SQLModel.metadata.create_all(database.engine)
    chosen, pages = polled[:SOURCES], SOURCES * PAGES
    known = {source.name: {source.address: {"etag": '"same"'}} for source in polled}
    rates = (
        rate(lambda: bare(chosen), pages),
        rate(lambda: ours(chosen, folder / "evidence", database), pages),
        rate(lambda: ours(chosen, folder / "evidence", database), pages),
        rate(lambda: ours(polled, folder / "evidence", database, known), len(polled)),
    )
    database.close()
    return rates


def main() -> None:
    """Print each figure beside its reference."""
    rounds = []
    with served(POLLED) as polled:
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as name:
                rounds.append(one_round(polled, Path(name)))
    reference, new, unchanged, polls = (list(rates) for rates in zip(*rounds, strict=True))
    unit, against = "pages/s of CPU", "bare Scrapy spider"
    say("Listing pages, all rows unchanged", unit, unchanged, reference, against=against, goal="at least 0.8 of it")
    say("Listing pages, all rows new", unit, new, reference, against=against, goal="at least 0.5 of it")
    say(f"Unchanged polls (304) of {POLLED} hosts", "polls/s of CPU", polls, goal="at least 100")


if __name__ == "__main__":
    os.environ.pop("BIDKEEPER_DATABASE_URL", None)
    main()
