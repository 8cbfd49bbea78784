"""What nodes get done together: sources looked at and mails delivered, with as many nodes as asked for, and whose processors did it.

Two loads: `portals_bound`, where a look mostly waits for its portal, as looks do, and `processors_bound`, where portals answer at once
and everything is work. Portals, relay and PostgreSQL are on the same processors as the nodes.
"""

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.survival.cluster import PEOPLE, Cluster, cluster, within

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLED = 0.2  # seconds between two looks at what the server's sessions wait for
DUE = "UPDATE turn SET due_at = clock_timestamp()"
WAITS = """
    SELECT wait_event_type || ' ' || wait_event FROM pg_stat_activity
    WHERE state = 'active' AND pid <> pg_backend_pid() AND wait_event_type IN ('Lock', 'LWLock', 'IO')
"""


@dataclass(frozen=True, slots=True)
class Load:
    """How many sources, on how many hosts, how slow their portals are, and how many bids of each move in a round."""

    name: str
    sources: int
    hosts: int
    answer: float  # seconds
    moved: int

    @property
    def mails(self) -> int:
        return self.sources * self.moved * len(PEOPLE)


def portals_bound(sources: int) -> Load:
    """Each source on a host of its own that takes its time, as portals and pauses between pages do; little news.

    A node looks at four times fifty sources at once, in processes of sixteen requests: fewer than twice that many show no difference.
    """
    return Load("portals that answer after 8 s", sources, sources, 8.0, 1)


def processors_bound(sources: int) -> Load:
    """Portals that answer at once, and much news."""
    return Load("portals that answer at once", sources, sources // 2, 0.0, 3)


@dataclass
class Done:
    """Round by round: mails a second. Over all rounds: seconds of processor by whose they were, and what sessions waited for."""

    rates: list[float] = field(default_factory=list)
    seconds: float = 0.0
    busy: Counter[str] = field(default_factory=Counter)
    waits: Counter[str] = field(default_factory=Counter)
    samples: int = 0

    def told(self) -> str:
        """Where the processors' time went, and what was waited for, in one line."""
        shares = ", ".join(f"{name} {value / self.seconds:.2f}" for name, value in self.busy.most_common())
        waits = ", ".join(f"{name} {count / self.samples:.2f}" for name, count in self.waits.most_common(4)) or "nothing"
        return f"{sum(self.busy.values()) / self.seconds:.2f} were busy ({shares}); sessions that waited at a time: {waits}"


async def throughput(load: Load, *, nodes: int, rounds: int = 2) -> Done:
    """Every source is due, some of its bids have moved, everybody is told; that so many times, after one that warms up."""
    done = Done()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        portals = {"hosts": load.hosts, "each": load.sources // load.hosts, "answer": load.answer}
        async with cluster(Path(folder), nodes=nodes, seed=1, every=3600, **portals) as whole:
            await _round(whole, load)
            before = _busy(whole)
            watching = asyncio.create_task(_watch(whole, done))
            for _ in range(rounds):
                seconds = await _round(whole, load)
                done.rates.append(load.mails / seconds)
                done.seconds += seconds
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            done.busy = _busy(whole)
            done.busy.subtract(before)
    return done


async def _round(whole: Cluster, load: Load) -> float:
    """Seconds from all being due to the last mail."""
    for portal in whole.portals:
        for listing in portal.listings.values():
            for number in list(listing.versions)[: load.moved]:
                listing.versions[number] += 1
    wanted = _mails(whole) + load.mails
    began = time.perf_counter()
    async with await whole.server.connect() as connection:
        await connection.execute(DUE)

    async def sent() -> bool:
        return _mails(whole) >= wanted

    assert await within(240.0, sent, pause=0.05)
    return time.perf_counter() - began


def _mails(whole: Cluster) -> int:
    return sum(map(len, whole.relay.accepted.values()))


async def _watch(whole: Cluster, done: Done) -> None:
    """Note what the server's sessions wait for, now and then, until cancelled."""
    async with await whole.server.connect() as connection:
        while True:
            rows = await (await connection.execute(WAITS)).fetchall()
            done.waits.update(name for (name,) in rows)
            done.samples += 1
            await asyncio.sleep(SAMPLED)


def _busy(whole: Cluster) -> Counter[str]:
    """Seconds of processor until now, by whose they were."""
    nodes = [node.pid for node in whole.nodes]
    crawls = sum(_seconds(pid, ended=True) - _seconds(pid) for pid in nodes)
    crawls += sum(_seconds(child, ended=True) for pid in nodes for child in _below(pid))
    server = whole.server.pid
    return Counter(
        {
            "nodes": sum(_seconds(pid) for pid in nodes),
            "crawl processes": crawls,
            "PostgreSQL": _seconds(server, ended=True) + sum(_seconds(child) for child in _below(server)),
            "portals and relay": _seconds(os.getpid()),
        }
    )


def _seconds(pid: int, *, ended: bool = False) -> float:
    """Seconds of processor that a process has used; `ended` with those of its children that it has waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return 0.0
    return sum(map(int, fields[11 : 15 if ended else 13])) / TICKS


def _below(pid: int) -> Iterator[int]:
    """Every process below one, however deep."""
    with suppress(FileNotFoundError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split():
            yield int(child)
            yield from _below(int(child))
