"""Portals on loopback for measurements: each on a port of its own, as portals have their own hosts, ten pages of 25 rows each."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from crawler.sources import SourceConfig

PAGES, ROWS = 10, 25
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


@contextmanager
def served(count: int) -> Iterator[list[SourceConfig]]:
    """Sources that differ in their port alone, served by a process of its own until the block ends."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, count), daemon=True)
    server.start()
    try:
        yield sources(ours.recv())
    finally:
        server.terminate()
        server.join()


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
