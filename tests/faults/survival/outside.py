"""The world outside: portals whose bids move one step at a time, and a relay in changing moods. Both note what they see."""

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from crawler.sources import SourceConfig
from tests.notifier.servers import OK, ScriptedRelay

FIRST_DAY = date(2030, 1, 1)
ANSWER = 0.08  # seconds that an answer takes, so that two askers would meet
FIELDS = {"number": "td:nth-child(1)", "title": "td:nth-child(2)", "closes": "td:nth-child(3)"}
MOODS = ("rcpt 451 4.3.0 not now", "data 451 4.3.0 not now", "dot 451 4.3.0 not now", "drop rcpt", "drop data", "drop dot")


@dataclass
class Listing:
    """What one source shows: number → how often its deadline has moved."""

    versions: dict[str, int] = field(default_factory=dict)

    def page(self) -> bytes:
        row = "<tr><td>{}</td><td>Roofing, lot {}</td><td>{}</td></tr>"
        rows = "".join(row.format(number, number, closing(version)) for number, version in self.versions.items())
        return f"<html><body><table>{rows}</table></body></html>".encode()


def closing(version: int) -> str:
    """The deadline that a version shows."""
    return (FIRST_DAY + timedelta(days=version)).isoformat()


class Portal:
    """One host with a few sources. `overlaps` counts requests that came while another was being answered."""

    def __init__(self, name: str, sources: int, bids: int, answer: float = ANSWER) -> None:
        self._answers_after = answer
        self.listings = {
            f"{name}-{number}": Listing({f"{name}-{number}-{bid}": 0 for bid in range(bids)}) for number in range(sources)
        }
        self.overlaps = self.requests = self._busy = 0
        self.port = 0

    async def __aenter__(self) -> "Portal":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def configs(self) -> list[SourceConfig]:
        return [
            SourceConfig(
                name=name,
                platform="html-list",
                address=f"http://127.0.0.1:{self.port}/{name}",
                permission="our own portal on this machine",
                delay=0.1,  # without any, Scrapy begins two requests before it counts the first
                silent_after=timedelta(hours=1),
                zone="UTC",
                options={"rows": "table tr", "fields": FIELDS},
            )
            for name in self.listings
        ]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                while (await reader.readline()).strip():
                    pass
                await self._answer(line.split()[1].decode().strip("/"), writer)
        except (ConnectionError, asyncio.IncompleteReadError, IndexError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        self.requests += 1
        self.overlaps += self._busy > 0
        self._busy += 1
        try:
            listing = self.listings.get(path)
            await asyncio.sleep(self._answers_after if listing else ANSWER)  # a robots.txt lies ready
            body = listing.page() if listing else b""
            status = "200 OK" if listing else "404 Not Found"
            head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        finally:
            self._busy -= 1


class Moody(dict[str, list[str]]):
    """A relay's script that is made up on the way: mostly it takes what comes, in a bad mood it does not."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.bad = 0.0  # share of messages that meet a bad mood
        self.met: dict[str, int] = defaultdict(int)

    def get(self, _address: str, _default: object = None) -> list[str]:  # type: ignore[override]
        if self.chance.random() >= self.bad:
            return [OK]
        mood = self.chance.choice((*MOODS, "drop accepted"))
        self.met[mood] += 1
        return [mood]


class Relay(ScriptedRelay):
    """The relay with its moods."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.script: Moody = Moody(chance)  # type: ignore[assignment]
