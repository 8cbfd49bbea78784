"""The outbox against a world that fails as it likes: nothing is lost, and a repeat needs a crash and keeps its Message-ID."""

import asyncio
import tempfile
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import event
from sqlmodel import SQLModel, select

from api.database import Database
from contracts.vocabulary import DeliveryState
from notifier import bounces, reports, store
from notifier.channels import Feed, Outcome, Parcel, Report, Result
from notifier.claims import retry
from notifier.messages import Sender
from notifier.models import Delivery
from notifier.outbox import Outbox, OutboxSettings
from notifier.schedule import DELAYS
from tests.notifier.factories import NOW, announced, news, subscribed

SENDER = Sender("https://bids.clinic.example", "Bidkeeper <alerts@bids.clinic.example>", "1 Main Street", "secret")
LEASE = timedelta(minutes=5)
ANSWERS = {"250": Result.SENT, "451": Result.DELAYED, "550": Result.FAILED}
addresses = st.sampled_from([f"{name}@clinic.example" for name in ("ann", "bob", "cy")])


class World:
    """A channel over lines that each finish recording before they send again, and may die at either side of acceptance."""

    def __init__(self, answers: dict[str, list[str]], lines: int) -> None:
        self.answers = answers
        self.lines = lines
        self.accepted: list[tuple[str, str]] = []  # key, Message-ID
        self.unrecorded: list[str] = []

    async def send(self, feed: Feed, report: Report) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self.lines):
                group.create_task(self._line(feed, report))

    async def _line(self, feed: Feed, report: Report) -> None:
        while (parcel := await feed.take()) is not None:
            await self._one(parcel, report)

    async def _one(self, parcel: Parcel, report: Report) -> None:
        steps = self.answers.get(parcel.address) or ["250"]
        step = steps.pop(0)
        if step == "crash before":
            raise Crash
        if step in {"250", "crash after"}:
            self.accepted.append((parcel.key, parcel.message_id))
        if step == "crash after":
            self.unrecorded.append(parcel.key)
            raise Crash
        await report(parcel, Outcome(ANSWERS[step], int(step), text="scripted"))


class Crash(Exception):
    """Raised by the world where the process would have been killed."""


class OutboxMachine(RuleBasedStateMachine):
    """enqueue, claim, send, fail, crash, retry, suppress, bounce, in any order, on one clock that only goes forward."""

    @initialize()
    def an_empty_database(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(f"sqlite:///{Path(self.folder.name) / 'machine.db'}")
        event.listen(self.database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        SQLModel.metadata.create_all(self.database.engine)
        self.now = NOW
        self.releases = 0
        self.accepted: dict[str, list[str]] = defaultdict(list)  # key → Message-IDs, in order
        self.crashes_after: dict[str, int] = defaultdict(int)
        self.expected: set[str] = set()
        self.closed: dict[str, int] = {}  # key → how often it had been accepted when its address was found dead

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @rule(address=addresses)
    def someone_subscribes(self, address: str) -> None:
        with self.database.write() as session:
            subscribed(session, address=address)

    @rule(address=addresses)
    def someone_leaves(self, address: str) -> None:
        with self.database.write() as session:
            for row in store.subscriptions(session, organisation_id=1):
                if row.address == address:
                    store.unsubscribe(session, row.id or 0, now=self.now)

    @rule(repeats=st.integers(1, 2))
    def something_happens(self, repeats: int) -> None:
        self.releases += 1
        for _ in range(repeats):  # told twice, it is one delivery
            with self.database.write() as session:
                written = announced(session, news(release_id=f"r{self.releases}"), now=self.now)
                self.expected |= {delivery.key for delivery in written}

    @rule(
        answers=st.dictionaries(
            addresses,
            st.lists(st.sampled_from(["250", "451", "550", "crash before", "crash after"]), min_size=1, max_size=3),
        ),
        lines=st.integers(1, 3),
        batch=st.integers(1, 5),
    )
    def a_worker_passes(self, answers: dict[str, list[str]], lines: int, batch: int) -> None:
        world = World({address: list(steps) for address, steps in answers.items()}, lines)
        box = Outbox(self.database.write, {"email": world}, OutboxSettings(SENDER, batch=batch, lease=LEASE), lambda: self.now)
        try:
            asyncio.run(box.drain(self.now))
        except* Crash:
            pass
        for key, identity in world.accepted:
            self.accepted[key].append(identity)
        for key in world.unrecorded:
            self.crashes_after[key] += 1
        assert len(world.unrecorded) <= lines

    @precondition(lambda self: self.accepted)
    @rule(choice=st.integers(0, 1000), hard=st.booleans())
    def a_mail_comes_back(self, choice: int, hard: bool) -> None:
        key = sorted(self.accepted)[choice % len(self.accepted)]
        text = "no such mailbox" if hard else "mailbox full"
        report = reports.Report(reports.Told.BOUNCED, self.accepted[key][0], text=text, gone=hard)
        with self.database.write() as session:
            assert bounces.apply(session, report, now=self.now) is not None
        if hard:
            rows = self.rows()
            same = [other for other, row in rows.items() if row.address == rows[key].address]
            self.closed |= {other: len(self.accepted.get(other, ())) for other in same}

    @rule(minutes=st.sampled_from([1, 6, 30, 60, 6 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.expected)
    @rule()
    def a_person_retries(self) -> None:
        with self.database.write() as session:
            retry(session, now=self.now)

    @invariant()
    def nothing_is_lost(self) -> None:
        rows = self.rows()
        assert set(rows) == self.expected
        for row in rows.values():
            settled = row.state.final or row.state is DeliveryState.SENDING
            assert settled or row.next_attempt_at is not None
            assert (row.state is DeliveryState.SENDING) == (row.claimed_until is not None)
            assert not row.state.final or row.next_attempt_at is None

    @invariant()
    def what_is_marked_sent_was_accepted(self) -> None:
        for key, row in self.rows().items():
            assert (row.state is not DeliveryState.SENT) or self.accepted[key]

    @invariant()
    def a_repeat_needs_a_crash_after_acceptance_and_keeps_its_id(self) -> None:
        for key, identities in self.accepted.items():
            assert len(set(identities)) == 1
            # besides the crash, a person may ask for what has failed to be sent again, but never for what was sent
            assert len(identities) <= 1 + self.crashes_after[key]

    @invariant()
    def a_dead_address_gets_nothing_more(self) -> None:
        for key, accepted in self.closed.items():
            assert len(self.accepted.get(key, ())) <= accepted

    def rows(self) -> dict[str, Delivery]:
        with self.database.read() as session:
            found = {row.key: row for row in session.exec(select(Delivery)).all()}
            session.expunge_all()
            return found


class EndsWell(OutboxMachine):
    """The same world, and in the end one worker that nothing disturbs: everything becomes final."""

    def teardown(self) -> None:
        try:
            calm = World({}, 2)
            for _ in range(len(DELAYS) + 2):
                self.now += timedelta(hours=6)
                box = Outbox(self.database.write, {"email": calm}, OutboxSettings(SENDER, lease=LEASE), lambda: self.now)
                asyncio.run(box.drain(self.now))
                if all(row.state.final for row in self.rows().values()):
                    break
            assert all(row.state.final for row in self.rows().values())
        finally:
            super().teardown()


TestOutbox = EndsWell.TestCase
TestOutbox.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)
TestOutbox.pytestmark = [pytest.mark.timeout(300)]  # type: ignore[attr-defined]
