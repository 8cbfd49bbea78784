"""The drill: a backup taken while news is stored and sent, restored on an empty machine, on either kind of database.

What was committed at that moment is all there, the audit chain is whole, and nothing is mailed again until a person says so.
"""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel, col
from sqlmodel import select as select_rows

from api import backup, filing, journeys
from api.database import Database
from api.migrate import upgrade
from api.settings import Settings
from contracts import audit, documents, originals
from contracts.models import Contract, Document
from contracts.vocabulary import DeliveryState, TenderStatus
from crawler import archive
from crawler.items import Look, Page, Posting
from crawler.models import Capture
from crawler.sources import SourceConfig
from notifier import standstill
from notifier.channels.email import EmailChannel, Relay
from notifier.messages import Sender
from notifier.models import Delivery
from notifier.outbox import Outbox, OutboxSettings
from tests.notifier.factories import subscribed
from tests.notifier.servers import ScriptedRelay

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
SENDER = Sender("https://bids.clinic.example", "Bidkeeper <alerts@bids.clinic.example>", "1 Main Street", "secret")
SOURCE = SourceConfig(name="harbour", platform="feed", address="https://harbour.example/", permission="a test")
PEOPLE = ("a@clinic.example", "b@clinic.example", "late@clinic.example")
LATE = PEOPLE[2]  # the relay puts this one off, so that the backup finds deliveries waiting
LATER = NOW + timedelta(days=300)


class House:
    """A small installation under load: each look brings a posting, with evidence and an entry in the audit log."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.data.mkdir(exist_ok=True)
        self.database = Database(settings.url)
        upgrade(self.database)
        self.postings: list[Posting] = []

    def furnish(self) -> None:
        with self.database.write() as session:
            for address in PEOPLE:
                subscribed(session, address=address)
            contract = Contract(organisation_id=1, title="Services", created_at=NOW)
            read = documents.read(b"1. Term. This agreement ends on December 31, 2027.", file_name="agreement.txt")
            filing.file(session, read, contract, folder=self.settings.originals, now=NOW, by="a person")
        self.look(0)

    def look(self, number: int) -> None:
        now = NOW + timedelta(minutes=number)
        kept = archive.keep(self.settings.archive, Page(b"page %d" % number, url=SOURCE.address), now, source=SOURCE.name)
        self.postings.append(Posting(id=str(number), number=f"{number}-2026", title="Roofing", status=TenderStatus.OPEN))
        look = Look(SOURCE.name, now, postings=tuple(self.postings), rows=len(self.postings), pages=(kept,))
        with self.database.write() as session:
            journeys.record(session, SOURCE, look, now=now, operator="")
            audit.record(session, organisation_id=1, actor="clock", action="looked", subject="source:harbour", at=now)

    def go_on_looking(self, stop: Event) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            self.look(number)

    def waiting(self) -> list[int]:
        with self.database.read() as session:
            states = [DeliveryState.QUEUED, DeliveryState.DELAYED, DeliveryState.SENDING]
            return [row.id or 0 for row in session.exec(select_rows(Delivery).where(col(Delivery.state).in_(states)))]

    def outbox(self, relay: ScriptedRelay) -> Outbox:
        channel = EmailChannel(SENDER, [Relay("127.0.0.1", relay.port, security="none", timeout=10)], lines=2)
        return Outbox(self.database.write, {"email": channel}, OutboxSettings(SENDER, poll=0.02), lambda: LATER)

    def close(self) -> None:
        self.database.close()

    def counts(self) -> dict[str, int]:
        with self.database.engine.connect() as connection:
            tables = SQLModel.metadata.sorted_tables
            return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Settings, Settings]:
    """Where the house stands, and an empty machine."""
    urls = ["", ""]
    if request.param == "postgresql":
        urls = [request.getfixturevalue(name) for name in ("postgres_own", "postgres_other")]
    here, elsewhere = (
        Settings(data=tmp_path / name, database_url=url) for name, url in zip(("here", "elsewhere"), urls, strict=True)
    )
    return here, elsewhere


def test_a_backup_taken_under_load_restores_whole_and_mails_nothing_again(
    places: tuple[Settings, Settings], tmp_path: Path
) -> None:
    here, elsewhere = places

    async def story() -> None:
        async with ScriptedRelay({LATE: ["rcpt 450 4.2.0 later"] * 10_000}) as relay:
            made, postings = await loaded(here, relay, tmp_path)
            manifest = backup.restore(made, elsewhere)
            mailed = relay.ids
            with closing(House(elsewhere)) as house:
                assert house.counts() == {name: manifest["rows"][name] for name in house.counts()}
                whole(house)
                assert house.waiting()
                await house.outbox(relay).drain()
                assert relay.ids == mailed
                with house.database.write() as session:
                    assert standstill.end(session, forget_until=LATER) == len(house.waiting())
                relay.script[LATE] = []
                await house.outbox(relay).drain()
                assert relay.ids == mailed
                house.postings = postings[: house.counts()["tender"]]  # what the restored one knows, and then a new one
                house.look(100_000)
                await house.outbox(relay).drain()
            assert set(relay.ids) == set(PEOPLE)
            assert all(len(set(ids)) == len(ids) for ids in relay.ids.values())

    asyncio.run(story())


async def loaded(here: Settings, relay: ScriptedRelay, tmp_path: Path) -> tuple[Path, list[Posting]]:
    """A backup made while looks are stored and mails go out, of which some are waiting and many are sent; and what the portal showed."""
    with closing(House(here)) as house:
        house.furnish()
        stop, sending = Event(), asyncio.Event()
        looking = asyncio.create_task(asyncio.to_thread(house.go_on_looking, stop))
        outbox = asyncio.create_task(house.outbox(relay).run(sending))
        await relay.until_mails(20)
        made = await asyncio.to_thread(backup.make, here, tmp_path / "backups", now=NOW)
        after = len(relay.attempts)
        await relay.until_mails(after + 4)  # what the backup knows nothing of
        stop.set()
        sending.set()
        await asyncio.gather(looking, outbox)
        return made, house.postings


def whole(house: House) -> None:
    """Every link of the audit chain, every original and every piece of evidence that a row names."""
    with house.database.read() as session:
        assert audit.verify(session, organisation_id=1).whole
        for digest in session.exec(select_rows(Document.sha256)):
            assert originals.fetch(house.settings.originals, digest)
        captures = session.exec(select_rows(Capture)).all()
        assert captures
        for capture in captures:
            assert archive.read(house.settings.archive, capture.archive or "", capture.archive_offset or 0).body
