"""Mails a second through the outbox, each recorded, beside the same bytes pushed raw; how soon a mail leaves; what a fan-out costs.

python -m bench.outbox [--mails 2000] [--recipients 100000] [--only mails|latency|fan-out]
"""

import argparse
import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from aiosmtplib import SMTP
from sqlmodel import Session, SQLModel, col, select

from api.database import Database
from bench import sink
from bench.figures import say
from contracts.vocabulary import ReleaseTag, TenderStatus
from notifier.alerts import announce
from notifier.channels import Feed, Outcome, Parcel, Report
from notifier.channels.email import EmailChannel
from notifier.channels.smtp import Relay
from notifier.matching import Searches
from notifier.messages import Sender, message_id
from notifier.models import Delivery, Notification, Subscription
from notifier.news import News
from notifier.outbox import Outbox, OutboxSettings

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
SENDER = Sender("https://bids.clinic.example", "Bidkeeper <alerts@bids.clinic.example>", "1 Main Street", "secret")
LINES = 10

Work: TypeAlias = Callable[[Session, Searches], None]


def posting(number: int = 0) -> News:
    return News(
        release_id=f"r{number}",
        ocid=f"ocds-bench-{number}",
        tag=ReleaseTag.TENDER,
        date=NOW,
        number=f"{number:03}-2026",
        title="Occupational Rehabilitation Services",
        buyer="Interior Health Authority",
        status=TenderStatus.OPEN,
        type="RFP",
        closes_at=NOW + timedelta(days=14),
        zone="America/Vancouver",
        programs=("or2",),
        program_names=("Occupational Rehabilitation 2", "OR2"),
        source="harbour",
    )


class Timed(EmailChannel):
    """A mail channel that notes when each answer came, and how long its record took (seconds)."""

    def __init__(self, port: int) -> None:
        super().__init__(SENDER, [Relay("127.0.0.1", port, security="none")], lines=LINES)
        self.answered: dict[str, float] = {}
        self.recorded: list[float] = []
        self.heard: Callable[[], None] = lambda: None

    async def send(self, feed: Feed, report: Report) -> None:
        async def timed(parcel: Parcel, outcome: Outcome) -> None:
            came = self.answered[parcel.key] = time.perf_counter()
            self.heard()
            await report(parcel, outcome)
            self.recorded.append(time.perf_counter() - came)

        await super().send(feed, timed)


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


def filled(url: str, recipients: int) -> Database:
    """An empty database with that many subscriptions, all to what `posting` is about."""
    database = Database(url)
    SQLModel.metadata.drop_all(database.engine)
    SQLModel.metadata.create_all(database.engine)
    with database.write() as session:
        for start in range(0, recipients, 10_000):
            rows = [_subscription(number) for number in range(start, min(start + 10_000, recipients))]
            session.connection().execute(Subscription.__table__.insert(), rows)  # type: ignore[attr-defined]
    return database


def _subscription(number: int) -> dict[str, Any]:
    return {
        "organisation_id": 1, "address": f"{number}@clinic.example", "query": "rehabilitation", "created_at": NOW, "consent": {},
        "reminders": [], "options": {}, "mark": number + 1,
    }  # fmt: skip


def mails_a_second(url: str, mails: int, rounds: int = 5) -> None:
    """Alternating rounds of both sides against one sink."""
    database = filled(url, mails)
    through, pushed, slowest = [], [], []
    with sink.running() as port:
        for round_ in range(rounds):
            with database.write() as session:
                announce(session, posting(round_), now=NOW)
            channel = Timed(port)
            messages = bytes_of_all(database, channel, round_)
            box = Outbox(database.write, {"email": channel}, OutboxSettings(SENDER), lambda: NOW)
            began = time.perf_counter()
            drained = asyncio.run(box.drain(NOW))
            through.append(mails / (time.perf_counter() - began))
            assert drained.sent == mails, drained
            slowest.append(percentile(channel.recorded, 99) * 1000)
            pushed.append(mails / asyncio.run(raw(port, messages)))
    database.close()
    size = len(messages[0][1])
    against = f"raw over {LINES} connections with aiosmtplib"
    say(
        f"mails through the outbox, {mails} of {size} bytes, each recorded",
        "mails/s",
        through,
        pushed,
        against=against,
        goal="≥ 0.6",
    )
    say("from a server's answer to its record committed, p99", "ms", slowest, goal="≤ 50")


def bytes_of_all(database: Database, channel: EmailChannel, number: int) -> list[tuple[str, bytes]]:
    """The very messages that the outbox will send of one release."""
    with database.read() as session:
        of = select(Delivery).join(Notification).where(Notification.key == f"r{number}").order_by(col(Delivery.id))
        rows = session.exec(of).all()
    return [(row.address, channel.bytes_of(_parcel(row, number))) for row in rows]


def _parcel(row: Delivery, number: int) -> Parcel:
    identity = message_id(row.key, row.address, sender=SENDER)
    content = posting(number).to_json()
    return Parcel(
        row.id or 0, row.key, row.notification_id, "news", content, row.address, identity, NOW,
        subscription_id=row.subscription_id, query="rehabilitation",
    )  # fmt: skip


def latency(url: str, postings: int = 300) -> None:
    """How long after a posting's commit its mail is accepted, by a service that waits for it."""
    database = filled(url, 1)
    with sink.running() as port:
        ours = asyncio.run(_one_by_one(database, port, postings))
        with database.write() as session:
            announce(session, posting(postings), now=NOW)
        ((address, content),) = bytes_of_all(database, EmailChannel(SENDER, []), postings)
        theirs = asyncio.run(_raw_one_by_one(port, address, content, postings))
    database.close()
    for share in (50, 99):
        say(
            f"from a posting stored to its mail accepted, p{share} of {postings}", "ms", [percentile(ours, share) * 1000],
            [percentile(theirs, share) * 1000], against="the same mail on an open connection",
        )  # fmt: skip


async def _one_by_one(database: Database, port: int, postings: int) -> list[float]:
    channel, stop, accepted = Timed(port), asyncio.Event(), asyncio.Event()
    channel.heard = accepted.set
    box = Outbox(database.write, {"email": channel}, OutboxSettings(SENDER), lambda: NOW)
    working = asyncio.create_task(box.run(stop))
    took = []
    for number in range(postings):
        accepted.clear()
        await asyncio.to_thread(_store, database, number)
        stored = time.perf_counter()
        box.nudge()
        await accepted.wait()
        took.append(time.perf_counter() - stored)
    stop.set()
    box.nudge()
    await working
    return took


def _store(database: Database, number: int) -> None:
    with database.write() as session:
        announce(session, posting(number), now=NOW)


async def _raw_one_by_one(port: int, address: str, content: bytes, count: int) -> list[float]:
    took = []
    async with SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        for _ in range(count):
            began = time.perf_counter()
            await client.sendmail(SENDER.address, [address], content)
            took.append(time.perf_counter() - began)
    return took


def fan_out(url: str, recipients: int, rounds: int = 3) -> None:
    """One release written out to many recipients, beside its rows written at once; each in a fresh process, for its memory."""
    ours, theirs, grown, tenth = [], [], [], []
    for _ in range(rounds):
        seconds, megabytes = _alone(_announce, url, recipients)
        ours.append(seconds)
        grown.append(megabytes)
        theirs.append(_alone(_insert_at_once, url, recipients)[0])
        tenth.append(_alone(_announce, url, recipients // 10)[1])
    say(f"fan-out of one release to {recipients} recipients", "s", ours, theirs, against="the same rows in one executemany")
    say(f"memory grown by that fan-out to {recipients}", "MB", grown, tenth, against=f"by one to {recipients // 10}", goal="flat")


def _alone(work: Work, url: str, recipients: int) -> tuple[float, float]:
    """Seconds, and the megabytes by which the peak of a process grew that had the index of searches and the code loaded already."""
    filled(url, recipients).close()
    spawn = multiprocessing.get_context("spawn")
    answers: Any = spawn.Queue()
    process = spawn.Process(target=_measured, args=(work, url, answers))
    process.start()
    answer: tuple[float, float] = answers.get()
    process.join()
    return answer


def _measured(work: Work, url: str, answers: Any) -> None:
    small = filled(url.replace(".db", "-small.db"), 10)
    with small.write() as session:
        work(session, Searches())
    small.close()
    database, searches = Database(url), Searches()
    with database.read() as session:
        searches.matching(session, posting(), now=NOW)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here (Linux)
    before = _peak_megabytes()
    began = time.perf_counter()
    with database.write() as session:
        work(session, searches)
    took = time.perf_counter() - began
    answers.put((took, _peak_megabytes() - before))
    database.close()


def _peak_megabytes() -> float:
    """The most that this process has held (VmHWM)."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def _announce(session: Session, searches: Searches) -> None:
    announce(session, posting(), now=NOW, searches=searches)


def _insert_at_once(session: Session, _searches: Searches) -> None:
    told_of = Notification(key="r0", kind="news", content=posting().to_json(), created_at=NOW)
    session.add(told_of)
    session.flush()
    rows = [
        {
            "key": f"r0:{identity}:email", "notification_id": told_of.id, "subscription_id": identity, "organisation_id": 1,
            "channel": "email", "address": address, "state": "queued", "created_at": NOW, "next_attempt_at": NOW, "attempts": 0,
            "message_id": "",
        }
        for identity, address in session.exec(select(Subscription.id, Subscription.address))
    ]  # fmt: skip
    session.connection().execute(Delivery.__table__.insert(), rows)  # type: ignore[attr-defined]


def percentile(values: Sequence[float], share: int) -> float:
    """The value that `share` percent are not above."""
    return sorted(values)[max(-(-len(values) * share // 100) - 1, 0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--only", choices=["mails", "latency", "fan-out"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        if chosen.only in {None, "mails"}:
            mails_a_second(url, chosen.mails)
        if chosen.only in {None, "latency"}:
            latency(url)
        if chosen.only in {None, "fan-out"}:
            fan_out(url, chosen.recipients)


if __name__ == "__main__":
    main()
