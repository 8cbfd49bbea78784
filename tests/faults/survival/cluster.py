"""The cluster as a whole: server, nodes behind their cables, portals, relay; and the hand that moves the bids."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from api.database import Database
from api.migrate import upgrade
from crawler.sources import table
from notifier.store import subscribe
from tests.faults.survival.nodes import Node, Nurse
from tests.faults.survival.outside import ANSWER, Portal, Relay, closing
from tests.faults.survival.pooler import PROGRAM, Pooler
from tests.faults.survival.server import Cable, Disk, Server

PEOPLE = ("owner@clinic.example", "finance@clinic.example", "front-desk@clinic.example")
BIDS = 9  # that each source shows at the beginning
MOVED_AT_ONCE = 3  # of one source's bids: more would look like a page that renders its dates anew
SETTLING = 240.0  # seconds that a healed cluster may take to catch up

STORED = """
    SELECT tender.number, count(release.id) - 1, max(tender.closes_at AT TIME ZONE 'UTC')::date::text
    FROM tender JOIN release ON release.tender_id = tender.id GROUP BY tender.id
"""


@dataclass
class Cluster:
    """Everything there is; `moved` counts the steps that the portals made since the baseline."""

    server: Server
    disk: Disk
    papers: Disk
    nodes: list[Node]
    cables: list[Cable]
    pooler: Pooler | None  # before the first node, where one is installed
    portals: list[Portal]
    relay: Relay
    chance: random.Random
    folder: Path
    moved: int = 0
    known: dict[str, int] = field(default_factory=dict)  # bid → the version that is stored

    async def look(self) -> bool:
        """Read which version of each bid is stored; False while the server can't be asked."""
        try:
            async with await self.server.connect() as connection:
                rows = await (await connection.execute(STORED)).fetchall()
        except psycopg.Error:
            return False
        versions = {closing(version): version for version in range(1_000)}
        self.known = {number: versions[day] for number, _, day in rows}
        return True

    async def move(self) -> None:
        """Move the deadline of one bid whose last move has been stored, or show a new one."""
        listing = self.chance.choice([one for portal in self.portals for one in portal.listings.values()])
        behind = [number for number, version in listing.versions.items() if self.known.get(number) != version]
        if len(behind) >= MOVED_AT_ONCE:
            return
        if self.chance.random() < 0.15:
            first = next(iter(listing.versions)).rsplit("-", 1)[0]
            listing.versions[f"{first}-{len(listing.versions)}"] = 0
        else:
            ready = [number for number in listing.versions if number not in behind]
            listing.versions[self.chance.choice(ready)] += 1
        self.moved += 1

    def behind(self) -> list[str]:
        """Bids of which the last version is not stored yet."""
        shown = {n: v for portal in self.portals for one in portal.listings.values() for n, v in one.versions.items()}
        return [number for number, version in shown.items() if self.known.get(number) != version]

    async def keep_moving(self, pace: float) -> None:
        """Move bids as fast as they are noticed, until cancelled."""
        while True:
            if await self.look():
                await self.move()
            await asyncio.sleep(pace)

    async def settled(self) -> bool:
        """Whether, with nothing moving any more, everything is stored and sent within SETTLING seconds."""
        return await within(SETTLING, self._is_done)

    async def _is_done(self) -> bool:
        if not await self.look() or self.behind():
            return False
        async with await self.server.connect() as connection:
            found = await connection.execute("SELECT count(*) FROM delivery WHERE state <> 'sent'")
            return await found.fetchone() == (0,)

    async def has_its_baseline(self) -> bool:
        """Whether every source has been seen once."""
        return await self.look() and not self.behind()


async def within(seconds: float, happened: Callable[[], Awaitable[bool]], *, pause: float = 0.5) -> bool:
    """Whether it happened in this time, asked now and then."""
    ends = asyncio.get_running_loop().time() + seconds
    while not await happened():
        if asyncio.get_running_loop().time() > ends:
            return False
        await asyncio.sleep(pause)
    return True


@asynccontextmanager
async def cluster(
    folder: Path, *, nodes: int, hosts: int, seed: int, every: int = 3, each: int = 2, answer: float = ANSWER
) -> AsyncIterator[Cluster]:
    """All of it running, the baseline stored, until the block ends; each source is looked at `every` so many seconds.

    A host has `each` so many sources, and takes `answer` seconds over each answer.
    """
    chance = random.Random(seed)
    async with AsyncExitStack() as stack:
        disk, papers = Disk(folder / "disk"), Disk(folder / "papers")
        stack.callback(disk.remove)
        stack.callback(papers.remove)
        server = Server(disk.folder / "postgres")
        stack.callback(server.stop)
        await server.start()
        made_portals = [Portal(f"host{n}", sources=each, bids=BIDS, answer=answer) for n in range(hosts)]
        portals = [await stack.enter_async_context(portal) for portal in made_portals]
        relay = await stack.enter_async_context(Relay(chance))
        await asyncio.to_thread(_furnish, server.url())
        sources = folder / "sources.toml"
        sources.write_text("\n\n".join(_toml(portal, every) for portal in portals), "utf-8")
        nurse = await stack.enter_async_context(Nurse())
        cables = [await stack.enter_async_context(Cable(server)) for _ in range(nodes)]
        pooler = await _pooler(folder / "pooler", server, cables[0]) if PROGRAM else None
        if pooler:
            stack.callback(pooler.kill)
        made = []
        for number, cable in enumerate(cables):
            settings = _settings(server.url(cable.port), sources, papers.folder / f"node-{number}", relay)
            if pooler and not number:
                settings |= {"BIDKEEPER_DATABASE_URL": pooler.url, "BIDKEEPER_DATABASE_DIRECT_URL": server.url(cable.port)}
            made.append(Node(nurse, f"node-{number}", settings, folder))
        whole = Cluster(server, disk, papers, made, cables, pooler, portals, relay, chance, folder)
        stack.callback(_end, made)
        for node in made:
            await node.start()
        assert await within(SETTLING, whole.has_its_baseline)
        yield whole


async def _pooler(folder: Path, server: Server, cable: Cable) -> Pooler:
    pooler = Pooler(folder, f"host=127.0.0.1 port={cable.port}", database="postgres", user=server.user, connections=8)
    await pooler.start()
    return pooler


def _end(nodes: list[Node]) -> None:
    for node in nodes:
        node.signal(signal.SIGKILL)


def _furnish(url: str) -> None:
    database = Database(url)
    upgrade(database)
    with database.write() as session:
        for address in PEOPLE:
            subscribe(
                session,
                organisation_id=1,
                address=address,
                query="",
                now=datetime.now(UTC),
                source="test",
                wording="test",
                confirmed=True,
            )
    database.close()


def _toml(portal: Portal, every: int) -> str:
    values = [config.model_dump(mode="json", exclude={"every", "silent_after", "name"}) for config in portal.configs()]
    return "\n\n".join(
        table(config.name, {"every": f"{every}s", "silent_after": "1h", **value}).replace("enabled = true\n", "")
        for config, value in zip(portal.configs(), values, strict=True)
    )


def _settings(url: str, sources: Path, data: Path, relay: Relay) -> dict[str, str]:
    return {
        "BIDKEEPER_DATA": str(data),
        "BIDKEEPER_DATABASE_URL": url,
        "BIDKEEPER_SOURCES_FILE": str(sources),
        "BIDKEEPER_ALLOW_LOOPBACK_SOURCES": "true",
        "BIDKEEPER_SECRET": "the same on every node",
        "BIDKEEPER_SMTP_HOST": "127.0.0.1",
        "BIDKEEPER_SMTP_PORT": str(relay.port),
        "BIDKEEPER_SMTP_SECURITY": "none",
        "BIDKEEPER_SMTP_TIMEOUT": "5",
        "BIDKEEPER_MAIL_FROM": "Bidkeeper <alerts@bids.clinic.example>",
        "BIDKEEPER_MAIL_POSTAL_ADDRESS": "1 Main Street",
    }
