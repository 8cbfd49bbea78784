"""The pages and the API beside bare FastAPI routes over the same file: requests a second, sizes, patience under load, and the start.

    python -m bench.pages [--rows 20000] [--seconds 3]

Both services run in processes of their own under uvicorn and are asked by one client over kept connections, in turns. The bare page is an
async route, plain sqlite3 and a Jinja template of the same fifty rows; ours has accounts, headers, counts, filters and the rest.
Under load a hundred readers wait for pages while looks are stored and mails go out of the same database.
"""

import argparse
import asyncio
import gzip
import itertools
import multiprocessing
import re
import shutil
import sqlite3
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import crawler.store
from api.app import create_app
from api.database import Database
from api.migrate import upgrade
from api.settings import Settings
from bench import sink
from bench.figures import say
from bench.starting import cold_start
from contracts.vocabulary import TenderStatus
from crawler.items import Look, Posting
from crawler.sources import SourceConfig

NOW = datetime.now(UTC)
LINES, READERS = 4, 100
MANY_CHOICES = 3_000  # more than are kept, so that each answer is made anew
PAGES = 60  # of the list, one asked after the other: more rows than lines are kept
SOURCE = SourceConfig(name="bench", platform="html-list", address="https://bench.example/", permission="a measurement")
COLUMNS = "ocid, number, title, status, buyer, type, closes_at, zone, url, addenda, source, changed_at"
ROWS_OF_A_PAGE = (
    f"SELECT {COLUMNS} FROM tender WHERE status IN ('open', 'planned') AND closes_at > ? ORDER BY closes_at, id LIMIT 50"
)
BARE_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tenders</title></head><body><h1>Tenders</h1><ul>
{% for row in rows %}<li><h3><a href="/tenders/{{ row[0] }}">{{ row[2] }}</a></h3><p>{{ row[1] }} {{ row[4] }} {{ row[5] }} {{ row[3] }}
closes {{ row[6] }} {{ row[7] }}, {{ row[9] }} addenda, at {{ row[10] }}, changed {{ row[11] }}</p></li>{% endfor %}</ul></body></html>"""


def postings(count: int, *, addenda: int = 0) -> tuple[Posting, ...]:
    return tuple(
        Posting(
            id=f"b{number}",
            number=f"{number:05}-2026",
            title=f"Occupational rehabilitation services, region {number}",
            status=TenderStatus.OPEN,
            buyer="A compensation board",
            url=f"https://bench.example/{number}",
            closes=NOW + timedelta(days=1 + number % 300),
            addenda=addenda,
        )
        for number in range(count)
    )


def fill(folder: Path, rows: int) -> None:
    """A database with so many tenders, as a crawl stores them."""
    database = Database(Settings(data=folder).url)
    upgrade(database)
    for start in range(0, rows, 2_000):
        batch = postings(rows)[start : start + 2_000]
        with database.write() as session:
            crawler.store.save(
                session, replace_name(start), Look(source=f"bench{start}", at=NOW, postings=batch, rows=len(batch)), now=NOW
            )
    database.close()


def replace_name(number: int) -> SourceConfig:
    return SOURCE.model_copy(update={"name": f"bench{number}"})


# --- the two services -------------------------------------------------------------------------------------------------------


def bare(path: str) -> Any:
    """What anyone would write first."""
    from fastapi import FastAPI  # noqa: PLC0415
    from fastapi.responses import HTMLResponse, JSONResponse  # noqa: PLC0415
    from jinja2 import Environment  # noqa: PLC0415

    app, template = FastAPI(), Environment(autoescape=True).from_string(BARE_PAGE)
    connection = sqlite3.connect(path, check_same_thread=False)

    def rows() -> list[tuple[Any, ...]]:
        return connection.execute(ROWS_OF_A_PAGE, (NOW.strftime("%Y-%m-%d %H:%M:%S.%f"),)).fetchall()

    @app.get("/tenders")
    async def page() -> HTMLResponse:
        return HTMLResponse(template.render(rows=rows()))

    @app.get("/api/v1/tenders")
    async def items() -> JSONResponse:
        names = COLUMNS.split(", ")
        return JSONResponse({"items": [dict(zip(names, row, strict=True)) for row in rows()], "next": None})

    return app


def ours(folder: str) -> Any:
    settings = Settings(data=Path(folder))
    return create_app(settings, Database(settings.url))


def run(make: Callable[[str], Any], argument: str, ports: Any) -> None:
    import logging  # noqa: PLC0415

    import structlog  # noqa: PLC0415
    import uvicorn  # noqa: PLC0415

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    config = uvicorn.Config(make(argument), port=0, log_level="warning", access_log=False)
    listening = config.bind_socket()
    ports.put(listening.getsockname()[1])
    uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def serving(make: Callable[[str], Any], argument: str) -> Iterator[int]:
    ports: Any = multiprocessing.Queue()
    process = multiprocessing.Process(target=run, args=(make, argument, ports), daemon=True)
    process.start()
    try:
        port = ports.get(timeout=60)
        time.sleep(0.5)
        yield port
    finally:
        process.terminate()
        process.join()


# --- the client -------------------------------------------------------------------------------------------------------------


async def ask(port: int, path: str, *, lines: int, seconds: float, query: Callable[[int], str] | None = None) -> list[float]:
    """How long each answer took (seconds), asked for so long over so many kept connections; `query` says what the n-th asks for."""
    took: list[float] = []
    count = itertools.count()
    until = time.perf_counter() + seconds

    async def line() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began := time.perf_counter()) < until:
            wanted = query(next(count)) if query else ""
            writer.write(
                f"GET {path}{wanted} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html, application/json\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head[:300]
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            assert length, head
            await reader.readexactly(int(length[1]))
            took.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(line() for _ in range(lines)))
    return took


def per_second(port: int, path: str, seconds: float, query: Callable[[int], str] | None = None) -> float:
    return len(asyncio.run(ask(port, path, lines=LINES, seconds=seconds, query=query))) / seconds


def another_choice(number: int) -> str:
    return f"?within={100 + number % MANY_CHOICES}"


def another_page(number: int) -> str:
    return f"?page={1 + number % PAGES}&within={100 + number % MANY_CHOICES}"


def counted(number: int) -> str:
    return f"{another_choice(number)}&counts=yes"


# --- the measurements -------------------------------------------------------------------------------------------------------


def beside_bare(folder: Path, seconds: float) -> None:
    bare_one = "bare FastAPI, Jinja and sqlite3"
    fresh = ", of a choice that nobody made in this minute"
    asked: tuple[tuple[str, str, Callable[[int], str] | None, str], ...] = (
        ("/tenders", "list page of 50 rows", None, "≥ 0.5"),
        ("/tenders", f"list page of 50 rows{fresh}", another_choice, "≥ 0.5"),
        ("/tenders", "list page, each time of another choice and of 50 rows that were not shown lately", another_page, ""),
        ("/tenders", f"list page{fresh}, with what each filter would leave", counted, ""),
        ("/api/v1/tenders", "JSON list of 50 rows", None, "≥ 0.5"),
        ("/api/v1/tenders", f"JSON list of 50 rows{fresh}", another_choice, "≥ 0.5"),
    )
    with serving(ours, str(folder)) as port, serving(bare, str(folder / "bidkeeper.db")) as bare_port:
        for path, name, query, goal in asked:
            measured = [(per_second(port, path, seconds, query), per_second(bare_port, path, seconds)) for _ in range(3)]
            mine, theirs = zip(*measured, strict=True)
            say(name, "a second", mine, theirs, against=bare_one, goal=goal)


def sizes(folder: Path) -> None:
    with serving(ours, str(folder)) as port:
        for path in ("/", "/tenders", "/sources", "/contracts", "/alerts", "/ask"):
            page = _fetched(port, path)
            assets = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.decode()))
            whole = len(gzip.compress(page, 5)) + sum(len(gzip.compress(_fetched(port, one), 5)) for one in assets)
            say(f"first visit to {path}, compressed, with all that it loads", "KB", [whole / 1000], goal="< 60 KB")


def _fetched(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return bytes(answer.read())


def keep_looking(folder: str, stop: Any) -> None:
    """A crawl without end: looks of 250 postings, half of them changed each time."""
    database, number = Database(Settings(data=Path(folder)).url), 0
    while not stop.is_set():
        number += 1
        changed = tuple(replace(one, addenda=number) if at % 2 else one for at, one in enumerate(postings(250)))
        with database.write() as session:
            crawler.store.save(
                session, SOURCE, Look(source="bench", at=datetime.now(UTC), postings=changed, rows=250), now=datetime.now(UTC)
            )
        time.sleep(0.2)


def keep_mailing(folder: str, port: int, stop: Any) -> None:
    """A mail run without end: news for 200 people at a time."""
    from bench.outbox import SENDER, posting  # noqa: PLC0415
    from notifier.alerts import announce  # noqa: PLC0415
    from notifier.channels.email import EmailChannel  # noqa: PLC0415
    from notifier.channels.smtp import Relay  # noqa: PLC0415
    from notifier.outbox import Outbox, OutboxSettings  # noqa: PLC0415
    from notifier.store import subscribe  # noqa: PLC0415

    database, number = Database(Settings(data=Path(folder)).url), 0
    with database.write() as session:
        for one in range(200):
            subscribe(
                session,
                organisation_id=1,
                address=f"{one}@clinic.example",
                query="rehabilitation",
                now=NOW,
                source="a measurement",
                wording="a measurement",
                confirmed=True,
            )
    channel = EmailChannel(SENDER, [Relay("127.0.0.1", port, security="none")])
    while not stop.is_set():
        number += 1
        with database.write() as session:
            announce(session, posting(number), now=datetime.now(UTC))
        box = Outbox(database.write, {"email": channel}, OutboxSettings(SENDER), lambda: datetime.now(UTC))
        asyncio.run(box.drain(datetime.now(UTC)))


def under_load(folder: Path, seconds: float) -> None:
    stop = multiprocessing.Event()
    with sink.running() as relay, serving(ours, str(folder)) as port:
        busy = [
            multiprocessing.Process(target=keep_looking, args=(str(folder), stop), daemon=True),
            multiprocessing.Process(target=keep_mailing, args=(str(folder), relay, stop), daemon=True),
        ]
        quiet = asyncio.run(ask(port, "/tenders", lines=READERS, seconds=seconds))
        for process in busy:
            process.start()
        time.sleep(1)
        took = asyncio.run(ask(port, "/tenders", lines=READERS, seconds=2 * seconds))
        stop.set()
        for process in busy:
            process.join(timeout=20)
            process.terminate()
    say(
        "p99 of a page, 100 readers, during a crawl and a mail run",
        "ms",
        [p99(took)],
        [p99(quiet)],
        against="the same readers in quiet",
    )


def p99(took: list[float]) -> float:
    return quantiles(took, n=100)[98] * 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=3.0)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        fill(folder, chosen.rows)
        beside_bare(folder, chosen.seconds)
        sizes(folder)
        under_load(folder, chosen.seconds)
        cold_start()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
