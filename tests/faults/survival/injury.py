"""What is done to the cluster. Each fault is one entry of a table: how often it is chosen, and a coroutine that ends when it is healed."""

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.faults.survival.cluster import Cluster
from tests.faults.survival.nodes import Node

PAST_THE_LEASE = 32.0  # seconds: longer than a crawl's or a delivery's lease
WRONG_BY = 7 * 86_400.0  # seconds that a node's wall clock may be off, either way


async def kill_node(cluster: Cluster) -> None:
    """SIGKILL; another process takes its place, with a wall clock that is wrong by up to a week."""
    node = _some(cluster)
    async with node.replaced:
        node.signal(signal.SIGKILL)
        await asyncio.sleep(cluster.chance.uniform(0.0, 2.0))
        node.skew = cluster.chance.choice((0.0, cluster.chance.uniform(-WRONG_BY, WRONG_BY)))
        await node.start()


async def pause_node(cluster: Cluster) -> None:
    """SIGSTOP for a moment."""
    await _stop(_some(cluster), cluster.chance.uniform(0.2, 4.0))


async def pause_past_the_lease(cluster: Cluster) -> None:
    """SIGSTOP until others have taken over what the node holds; then it wakes up in the middle of it."""
    await _stop(_some(cluster), PAST_THE_LEASE)


async def kill_server(cluster: Cluster) -> None:
    """SIGKILL the server, and start it again."""
    cluster.server.kill()
    await asyncio.sleep(cluster.chance.uniform(0.0, 2.0))
    await cluster.server.start()


async def crash_server(cluster: Cluster) -> None:
    """SIGKILL one of the server's processes: it throws out every session and recovers."""
    await cluster.server.crash()


async def kill_pooler(cluster: Cluster) -> None:
    """SIGKILL the PgBouncer that one node goes through, and start it again."""
    assert cluster.pooler
    async with cluster.pooler.replaced:
        cluster.pooler.kill()
        await asyncio.sleep(cluster.chance.uniform(0.0, 2.0))
        await cluster.pooler.start()


async def cut_connections(cluster: Cluster) -> None:
    """Reset every connection of one node to the server."""
    cluster.chance.choice(cluster.cables).cut()


async def clog_connections(cluster: Cluster) -> None:
    """Nothing gets through between one node and the server, though the connections stand; then all of it at once."""
    await cluster.chance.choice(cluster.cables).clog(cluster.chance.uniform(0.5, 6.0))


async def fill_servers_disk(cluster: Cluster) -> None:
    """No room for the server's log of changes."""
    await asyncio.to_thread(cluster.disk.fill)
    await asyncio.sleep(cluster.chance.uniform(0.5, 2.0))
    cluster.disk.make_room()
    await cluster.server.start()


async def fill_nodes_disk(cluster: Cluster) -> None:
    """No room for the evidence."""
    await asyncio.to_thread(cluster.papers.fill)
    await asyncio.sleep(cluster.chance.uniform(0.5, 4.0))
    cluster.papers.make_room()


async def upset_relay(cluster: Cluster) -> None:
    """For a while the relay puts off, drops the line, or takes a mail and drops the line before it says so."""
    cluster.relay.script.bad = cluster.chance.uniform(0.2, 0.8)
    await asyncio.sleep(cluster.chance.uniform(1.0, 5.0))
    cluster.relay.script.bad = 0.0


Fault = Callable[[Cluster], Awaitable[None]]

FAULTS: dict[Fault, int] = {
    kill_node: 24,
    pause_node: 16,
    pause_past_the_lease: 3,
    kill_server: 4,
    crash_server: 4,
    kill_pooler: 6,
    cut_connections: 20,
    clog_connections: 8,
    fill_servers_disk: 2,
    fill_nodes_disk: 3,
    upset_relay: 16,
}
ON_DISK = (fill_servers_disk, fill_nodes_disk)


@dataclass
class Injuries:
    """Faults by name, and those that did not heal as they should have."""

    done: Counter[str] = field(default_factory=Counter)
    _going: set[asyncio.Task[None]] = field(default_factory=set)

    async def inflict(self, cluster: Cluster, count: int, *, pace: float, without: tuple[Fault, ...] = ()) -> None:
        """That many faults, one after the other began, some of them at the same time; returns when all are healed."""
        left_out = (*without, *(() if cluster.disk.small else ON_DISK), *(() if cluster.pooler else (kill_pooler,)))
        weights = {fault: weight for fault, weight in FAULTS.items() if fault not in left_out}
        for _ in range(count):
            (fault,) = cluster.chance.choices(list(weights), list(weights.values()))
            self.done[fault.__name__] += 1  # type: ignore[attr-defined]
            task = asyncio.create_task(fault(cluster))  # type: ignore[arg-type]
            self._going.add(task)
            task.add_done_callback(self._going.discard)
            await asyncio.sleep(cluster.chance.uniform(0.5, 1.5) * pace)
        await asyncio.gather(*self._going)


def _some(cluster: Cluster) -> Node:
    up = [node for node in cluster.nodes if not node.stopped]
    return cluster.chance.choice(up or cluster.nodes)


async def _stop(node: Node, seconds: float) -> None:
    node.stopped = True
    pid = node.pid
    node.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    if node.pid == pid:
        node.signal(signal.SIGCONT)
        node.stopped = False
