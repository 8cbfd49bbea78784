"""What nodes get done together: sources looked at and mails delivered, with as many nodes as asked for."""

import tempfile
import time
from pathlib import Path

from tests.faults.survival.cluster import PEOPLE, Cluster, cluster, within

ROUNDS = 3
CHANGED = 3  # bids of each source that move in a round
DUE = "UPDATE turn SET due_at = clock_timestamp()"


async def throughput(sources: int, *, nodes: int) -> list[float]:
    """Mails a second, round by round: every source is due, some of its bids have moved, everybody is told."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with cluster(Path(folder), nodes=nodes, hosts=sources // 2, seed=1, every=3600) as whole:
            return [await _round(whole, sources) for _ in range(ROUNDS)]


async def _round(whole: Cluster, sources: int) -> float:
    for portal in whole.portals:
        for listing in portal.listings.values():
            for number in list(listing.versions)[:CHANGED]:
                listing.versions[number] += 1
    before, wanted = _mails(whole), sources * CHANGED * len(PEOPLE)
    began = time.perf_counter()
    await _all_due(whole)

    async def sent() -> bool:
        return _mails(whole) >= before + wanted

    assert await within(240.0, sent, pause=0.05)
    return wanted / (time.perf_counter() - began)


def _mails(whole: Cluster) -> int:
    return sum(map(len, whole.relay.accepted.values()))


async def _all_due(whole: Cluster) -> None:
    async with await whole.server.connect() as connection:
        await connection.execute(DUE)
