"""What must hold after all: nothing lost, nothing told twice, nothing out of order, no host asked by two at once."""

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import Any

import psycopg

from tests.faults.survival.cluster import PEOPLE, Cluster
from tests.faults.survival.outside import closing

RELEASES = """
    SELECT tender.number, release.id, release.release_id, release.tag, release.changes, release.news
    FROM release JOIN tender ON tender.id = release.tender_id ORDER BY tender.id, release.id
"""
DELIVERIES = """
    SELECT notification.key, notification.ocid, delivery.address, delivery.message_id, delivery.state
    FROM delivery JOIN notification ON notification.id = delivery.notification_id
"""


@dataclass
class Verdict:
    """Counts. The first group must be zero; the second says how much there was; repeats under one Message-ID are allowed."""

    lost_events: int = 0
    repeated_events: int = 0
    events_out_of_order: int = 0
    lost_mails: int = 0
    foreign_repeats: int = 0
    mails_out_of_order: int = 0
    crawls_at_once: int = 0
    not_settled: int = 0

    events: int = 0
    mails: int = 0
    same_id_repeats: int = 0
    requests: int = 0
    bad_moods: int = 0
    server_starts: int = 0
    looks_refused: int = 0

    MUST_BE_ZERO = (
        "lost_events",
        "repeated_events",
        "events_out_of_order",
        "lost_mails",
        "foreign_repeats",
        "mails_out_of_order",
        "crawls_at_once",
        "not_settled",
    )

    @property
    def good(self) -> bool:
        return not any(getattr(self, name) for name in self.MUST_BE_ZERO)

    def counts(self) -> dict[str, int]:
        return asdict(self)


async def judge(cluster: Cluster, *, settled: bool) -> Verdict:
    """Compare what the portals showed, what is stored, and what the relay got."""
    async with await cluster.server.connect() as connection:
        releases = await _rows(connection, RELEASES)
        deliveries = await _rows(connection, DELIVERIES)
    verdict = Verdict(not_settled=int(not settled))
    news = _events(cluster, releases, verdict)
    _mails(cluster, news, deliveries, verdict)
    verdict.crawls_at_once = sum(portal.overlaps for portal in cluster.portals)
    verdict.requests = sum(portal.requests for portal in cluster.portals)
    verdict.bad_moods = sum(cluster.relay.script.met.values())
    verdict.server_starts = cluster.server.starts
    logs = [path.read_text("utf-8", "replace") for path in cluster.folder.glob("node-*.log")]
    verdict.looks_refused = sum(log.count("look_dropped") for log in logs)
    return verdict


def _events(cluster: Cluster, releases: list[tuple[Any, ...]], verdict: Verdict) -> list[str]:
    """Each bid's deadline must have gone from day to day, each step once; gives the ids of the releases that were news, in order."""
    steps: dict[str, list[tuple[str, str]]] = defaultdict(list)
    first: Counter[str] = Counter()
    news = []
    for number, _, name, tag, changes, told in releases:
        first[number] += tag == "tender"
        steps[number] += [(c["old"][:10], c["new"][:10]) for c in changes if c["field"] == "closes"]
        news += [name] if told else []
    for portal in cluster.portals:
        for listing in portal.listings.values():
            for number, version in listing.versions.items():
                wanted = [(closing(v), closing(v + 1)) for v in range(version)]
                verdict.lost_events += len(set(wanted) - set(steps[number])) + (first[number] == 0)
                verdict.repeated_events += len(steps[number]) - len(set(steps[number])) + max(0, first[number] - 1)
                verdict.events_out_of_order += steps[number] != sorted(steps[number])
                verdict.events += len(steps[number]) + first[number]
    return news


def _mails(cluster: Cluster, news: list[str], deliveries: list[tuple[Any, ...]], verdict: Verdict) -> None:
    order = {name: place for place, name in enumerate(news)}
    named = {message_id: (key, ocid) for key, ocid, _, message_id, _ in deliveries}
    for address in PEOPLE:
        heard = cluster.relay.ids.get(address, [])
        verdict.mails += len(heard)
        verdict.same_id_repeats += len(heard) - len(set(heard))
        told = Counter(named.get(one, (one, ""))[0] for one in dict.fromkeys(heard))
        verdict.lost_mails += len(set(news) - set(told))
        verdict.foreign_repeats += sum(count - 1 for count in told.values()) + len(set(told) - set(news))
        last: dict[str, int] = {}
        for one in dict.fromkeys(heard):
            key, ocid = named.get(one, (one, ""))
            place = order.get(key, 0)
            verdict.mails_out_of_order += place < last.get(ocid, -1)
            last[ocid] = max(place, last.get(ocid, -1))


async def _rows(connection: psycopg.AsyncConnection[Any], query: str) -> list[tuple[Any, ...]]:
    return await (await connection.execute(query)).fetchall()  # type: ignore[call-overload,no-any-return]
