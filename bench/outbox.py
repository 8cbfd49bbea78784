"""Mails a second through the outbox, every delivery recorded, beside the same bytes pushed raw; and the cost of matching.

    python -m bench.outbox [--mails 2000] [--searches 1000000]

The sink is a minimal SMTP server in a process of its own that accepts everything, so that both sides meet the same ceiling.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import resource
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiosmtplib import SMTP
from sqlmodel import Session, SQLModel

from api.database import Database
from contracts.vocabulary import ReleaseTag, TenderStatus
from notifier.alerts import announce
from notifier.channels import Parcel
from notifier.channels.email import EmailChannel
from notifier.channels.smtp import Relay
from notifier.matching import SearchIndex
from notifier.messages import Sender, message_id
from notifier.models import Subscription
from notifier.news import News
from notifier.outbox import Outbox, OutboxSettings
from notifier.query import Query, Reading, parse

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
SENDER = Sender("https://bids.clinic.example", "Bidkeeper <alerts@bids.clinic.example>", "1 Main Street", "secret")
LINES = 10


def posting(number: int = 0, title: str = "Occupational Rehabilitation Services", description: str = "") -> News:
    return News(
        release_id=f"r{number}",
        ocid=f"ocds-bench-{number}",
        tag=ReleaseTag.TENDER,
        date=NOW,
        number=f"{number:03}-2026",
        title=title,
        description=description,
        buyer="Interior Health Authority",
        status=TenderStatus.OPEN,
        type="RFP",
        closes_at=NOW + timedelta(days=14),
        zone="America/Vancouver",
        programs=("or2",),
        program_names=("Occupational Rehabilitation 2", "OR2"),
        source="harbour",
    )


# --- the sink ---------------------------------------------------------------------------------------------------------------


def sink(ports: Any) -> None:
    """Accept every mail on a port that is put in the queue, until the process is ended."""

    class Server(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport, self.rest, self.in_text = transport, b"", False
            transport.write(b"220 sink\r\n")

        def data_received(self, data: bytes) -> None:
            self.rest += data
            while True:
                if self.in_text:
                    _, end, rest = self.rest.partition(b"\r\n.\r\n")
                    if not end:
                        return
                    self.rest, self.in_text = rest, False
                    self.transport.write(b"250 2.0.0 kept\r\n")
                    continue
                line, end, rest = self.rest.partition(b"\r\n")
                if not end:
                    return
                self.rest = rest
                verb = line[:4].upper()
                self.in_text = verb == b"DATA"
                self.transport.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n"))

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


async def raw(port: int, messages: list[tuple[str, bytes]]) -> float:
    """Seconds to push the messages over ten connections, nothing recorded."""
    waiting = list(messages)

    async def line() -> None:
        client = SMTP(hostname="127.0.0.1", port=port, start_tls=False)
        await client.connect()
        while waiting:
            address, content = waiting.pop()
            await client.sendmail(SENDER.address, [address], content)
        await client.quit()

    began = time.perf_counter()
    await asyncio.gather(*(line() for _ in range(LINES)))
    return time.perf_counter() - began


def filled(url: str, mails: int) -> Database:
    database = Database(url)
    SQLModel.metadata.drop_all(database.engine)
    SQLModel.metadata.create_all(database.engine)
    with database.write() as session:
        subscribe_many(session, [f"{number}@clinic.example" for number in range(mails)])
    return database


def subscribe_many(session: Session, addresses: list[str]) -> None:
    rows = [
        {
            "organisation_id": 1,
            "address": address,
            "query": "rehabilitation",
            "created_at": NOW,
            "consent": {},
            "reminders": [],
            "mark": number + 1,
        }
        for number, address in enumerate(addresses)
    ]
    for start in range(0, len(rows), 10_000):
        session.connection().execute(Subscription.__table__.insert(), rows[start : start + 10_000])  # type: ignore[attr-defined]


def mails_a_second(url: str, mails: int, rounds: int = 3) -> dict[str, float]:
    """The median of alternating rounds of both sides against one sink."""
    ports: Any = multiprocessing.Queue()
    process = multiprocessing.Process(target=sink, args=(ports,), daemon=True)
    process.start()
    database = filled(url, mails)
    try:
        port = ports.get(timeout=10)
        through, pushed = [], []
        for round_ in range(rounds):
            with database.write() as session:
                deliveries = announce(session, posting(round_), now=NOW)
            channel = EmailChannel(SENDER, [Relay("127.0.0.1", port, security="none")])
            content = posting(round_).to_json()
            messages = []
            for delivery in deliveries:
                identity = message_id(delivery.key, delivery.address, sender=SENDER)
                parcel = Parcel(
                    delivery.id or 0, delivery.key, delivery.notification_id, "news", content, delivery.address, identity, NOW,
                    subscription_id=delivery.subscription_id, query="rehabilitation",
                )  # fmt: skip
                messages.append((delivery.address, channel.bytes_of(parcel)))
            box = Outbox(database.write, {"email": channel}, OutboxSettings(SENDER), lambda: NOW)
            began = time.perf_counter()
            drained = asyncio.run(box.drain(NOW))
            through.append(mails / (time.perf_counter() - began))
            assert drained.sent == mails, drained
            pushed.append(mails / asyncio.run(raw(port, messages)))
        size = len(messages[0][1])
    finally:
        process.terminate()
        process.join()
        database.close()
    ours, theirs = sorted(through)[rounds // 2], sorted(pushed)[rounds // 2]
    return {
        "mails": mails,
        "bytes": size,
        "outbox_per_s": round(ours),
        "raw_per_s": round(theirs),
        "ratio": round(ours / theirs, 2),
    }


def fan_out(url: str, recipients: int) -> dict[str, float]:
    """One release written out to many recipients: seconds, and how far the process grew (MB)."""
    database = filled(url, recipients)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    with database.write() as session:
        announce(session, posting(), now=NOW)
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    database.close()
    return {"recipients": recipients, "seconds": round(took, 2), "grew_mb": round((after - before) / 1024)}


# --- matching ---------------------------------------------------------------------------------------------------------------


def searches(count: int, words: list[str], chance: random.Random) -> list[tuple[int, Query]]:
    """Searches as people write them: one to three words, some phrases, programs, buyers, alternatives and exclusions."""
    shapes = (
        ("{0} {1}", 40), ("{0}", 15), ("{0} {1} {2}", 15), ('"{0} {1}"', 8), ("{0} OR {1}", 8), ("{0} -{1}", 6),
        ("buyer:{0} {1}", 4), ("program:OR2 {0}", 2), ("type:RFP {0}", 2),
    )  # fmt: skip
    patterns = chance.choices([shape for shape, _ in shapes], [weight for _, weight in shapes], k=count)
    weights = [1 / (rank + 100) for rank in range(len(words))]  # people search for what tells their trade apart
    drawn = chance.choices(words, weights, k=3 * count)
    texts = (pattern.format(*drawn[3 * at : 3 * at + 3]) for at, pattern in enumerate(patterns))
    return [(at, parse(text)) for at, text in enumerate(texts)]


def matching(counts: list[int]) -> list[dict[str, float]]:
    """Milliseconds of processor time a posting costs, median of 50, through the index and, up to 10⁵ searches, asking every search."""
    chance = random.Random(1)
    words = [
        "".join(chance.choices("bcdfgklmnprst", k=3) + chance.choices("aeiou", k=2) + [chance.choice("nrtl")])
        for _ in range(20_000)
    ]
    weights = [1 / (rank + 10) for rank in range(len(words))]
    postings = [
        posting(
            number,
            title=" ".join(chance.choices(words, weights, k=8)),
            description=" ".join(chance.choices(words, weights, k=60)),
        )
        for number in range(50)
    ]
    results = []
    for count in counts:
        stored = searches(count, words, chance)
        began = time.process_time()
        index = SearchIndex(stored)
        built = time.process_time() - began
        indexed, found = [], 0
        for one in postings:
            began = time.process_time()
            matched = index.matching(one)
            indexed.append((time.process_time() - began) * 1000)
            found += len(matched)
        result = {
            "searches": count,
            "index_ms": round(sorted(indexed)[25], 3),
            "matches": round(found / 50),
            "build_s": round(built, 2),
        }
        if count <= 100_000:
            began = time.process_time()
            reading = Reading(postings[0])
            naive = [identity for identity, query in stored if query.holds(reading)]
            result["one_by_one_ms"] = round((time.process_time() - began) * 1000, 1)
            assert naive == index.matching(postings[0])
        results.append(result)
        del index, stored
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--searches", type=int, default=1_000_000)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--only", choices=["mails", "fan-out", "matching"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        if chosen.only in {None, "mails"}:
            print(json.dumps({"outbox": mails_a_second(url, chosen.mails)}))
        if chosen.only in {None, "fan-out"}:
            print(json.dumps({"fan_out": fan_out(url, chosen.recipients)}))
        if chosen.only in {None, "matching"}:
            counts = [count for count in (1_000, 10_000, 100_000, 1_000_000) if count <= chosen.searches]
            for result in matching(counts):
                print(json.dumps({"matching": result}))


if __name__ == "__main__":
    main()
