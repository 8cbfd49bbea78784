"""Looking at portals, beside a bare Scrapy spider that yields the same rows: `python -m bench.crawl`.

Rates are per second of processor time of everything but the server (the child from its start, and the parent that stores), since a
shared machine's wall clock says more about its neighbours; the wall clock stands beside.

One server on loopback (a process of its own) shows sources of ten pages of 25 rows; every source has its own port, as portals have their
own hosts. Measured, each in one child process from its start to its last answer: a bare spider (selectors, one
item a row, nothing kept); ours with everything new (guards, robots.txt, evidence, database); ours with everything unchanged; polls
that are answered 304. The ratio counts, not the figure.
"""

import asyncio
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

import crawler.store
from api.database import Database
from crawler.process import look
from crawler.sources import SourceConfig

SOURCES, PAGES, ROWS, POLLED = 40, 10, 25, 300
OPTIONS = {
    "rows": "table.bids tr.bid",
    "next": "a.next::attr(href)",
    "fields": {
        "number": "td.number",
        "title": "td.title",
        "url": "td.title a::attr(href)",
        "closes": "td.closes",
        "status": "td.status",
        "addenda": "td.addenda",
    },
}
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


def page(source: str, number: int) -> bytes:
    """One page of a list, about 15 KB."""
    filler = "<p>" + "Some words that every portal puts around its list. " * 100 + "</p>"
    rows = "".join(
        f'<tr class="bid"><td class="number">RFP {source}-{number}-{n}</td><td class="title"><a href="/bid/{number}-{n}">'
        f'Supply of service {n} for {source}, page {number}</a></td><td class="closes">October {n + 1}, 2027 2:00 PM PDT</td>'
        f'<td class="status">Open</td><td class="addenda">{n % 3}</td></tr>'
        for n in range(ROWS)
    )
    following = f'<a class="next" href="/list?page={number + 1}">next</a>' if number < PAGES else ""
    return f'<html><body>{filler}<table class="bids">{rows}</table>{following}</body></html>'.encode()


def serve(ports: Any, count: int) -> None:
    """As many portals as asked, each on a port of its own, until the process is ended."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = str(writer.get_extra_info("sockname")[1])
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while request := await reader.readuntil(b"\r\n\r\n"):
                path = request.split(b" ", 2)[1].decode()
                unchanged = b'"same"' in request
                status = "304 Not Modified" if unchanged else "200 OK" if path.startswith("/list") else "404 Not Found"
                body = page(host, int(path.partition("page=")[2] or 1)) if status == "200 OK" else b""
                head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
        writer.close()

    async def run() -> None:
        servers = [await asyncio.start_server(answer, "127.0.0.1", 0) for _ in range(count)]
        ports.send([server.sockets[0].getsockname()[1] for server in servers])
        await asyncio.Event().wait()

    asyncio.run(run())


def sources(ports: list[int]) -> list[SourceConfig]:
    """Sources that differ in their port alone."""
    common: dict[str, Any] = {"platform": "html-list", "delay": 0.0, "permission": "a measurement", "options": OPTIONS}
    return [SourceConfig(name=f"s{port}", address=f"http://127.0.0.1:{port}/list", **common) for port in ports]


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


def timed(work: Callable[[], None], pages: int) -> tuple[float, float]:
    """Pages a second of processor time, and of the wall clock."""
    wall, cpu = time.perf_counter(), _cpu()
    work()
    return pages / (_cpu() - cpu), pages / (time.perf_counter() - wall)


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def main() -> None:
    """Print each figure beside its reference."""
    ours_end, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, POLLED), daemon=True)
    server.start()
    polled = sources(ours_end.recv())
    chosen, total = polled[:SOURCES], SOURCES * PAGES
    known = {source.name: {source.address: {"etag": '"same"'}} for source in polled}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = Database(f"sqlite:///{folder / 'bench.db'}")
        SQLModel.metadata.create_all(database.engine)
        runs: list[tuple[str, int, Callable[[], None]]] = [
            ("bare Scrapy spider", total, lambda: bare(chosen)),
            ("full pipeline, all new", total, lambda: ours(chosen, folder / "evidence", database)),
            ("full pipeline, all unchanged", total, lambda: ours(chosen, folder / "evidence", database)),
            (f"304 from {POLLED} hosts, robots.txt too", POLLED, lambda: ours(polled, folder / "evidence", database, known)),
        ]
        reference = 0.0
        for what, pages, work in runs:
            rate, wall = timed(work, pages)
            reference = reference or rate
            print(f"{what:36} {rate:7.0f} a processor second   ×{rate / reference:.2f}   {wall:7.0f} a second by the wall clock")
        kept = sum(file.stat().st_size for file in (folder / "evidence").iterdir())
        print(f"evidence of {2 * total} answers: {kept / 2**20:.1f} MiB")
        print(f"largest child process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB")
        database.close()
    server.terminate()


if __name__ == "__main__":
    os.environ.pop("BIDKEEPER_DATABASE_URL", None)
    main()
