"""Delivery rows → messages: claim a few, commit, send, record each answer. The rows are the truth, this only moves them.

A claim is a lease: whoever dies leaves rows that another takes up when it runs out. An answer is committed before the same
line sends again, so a kill between the server's acceptance and our commit repeats at most one message per open line, under
the Message-ID it had. Answers that arrive together are committed together.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from contracts.vocabulary import DeliveryState
from notifier.channels import Channel, Feed, Outcome, Parcel, Result
from notifier.claims import Rows, Write, after
from notifier.messages import Sender
from notifier.warming import WarmUp

log = structlog.get_logger(__name__)

_DATABASE_TROUBLE = (DBAPIError, PoolTimeout)


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """How an outbox works. `alone` says that no other shares its database: what is found claimed at the start is left over."""

    sender: Sender
    batch: int = 200  # deliveries claimed at once
    lease: timedelta = timedelta(minutes=5)
    poll: float = 5.0  # seconds between looks when nobody nudges
    grace: float = 30.0  # seconds a clean stop waits for what is in flight
    alone: bool = False
    warm_up: WarmUp | None = None


@dataclass(slots=True)
class Drained:
    """How many attempts of each kind one pass made."""

    sent: int = 0
    delayed: int = 0
    failed: int = 0


class Outbox:
    """Sends what is due over the channels it was given; `write` opens a session that commits when its block ends."""

    def __init__(
        self,
        write: Write,
        channels: Mapping[str, Channel],
        settings: OutboxSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self.channels = dict(channels)
        self.settings = settings
        self.clock = clock
        self._write = write
        self._wake: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def nudge(self) -> None:
        """Say that there is something new to send; may be called from any thread, at any time."""
        if self._loop is not None and self._wake is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self, stop: asyncio.Event) -> None:
        """Send what becomes due until `stop` is set; then finish what is in flight and put back what was not begun."""
        self._wake, self._loop = asyncio.Event(), asyncio.get_running_loop()
        try:
            while not stop.is_set():
                try:
                    await self._pass(self.clock, stop=stop, wake=self._wake).work()
                except Exception:  # a channel that breaks down must not end the sending for good
                    log.exception("the outbox broke off and starts again")
                    await _pause(stop, self.settings.poll)
        finally:
            self._wake = self._loop = None

    async def drain(self, now: datetime | None = None) -> Drained:
        """Send everything that is due at `now`, each once, and come back."""
        clock = self.clock if now is None else lambda: now
        return await self._pass(clock, stop=None, wake=asyncio.Event()).work()

    def _pass(self, clock: Callable[[], datetime], *, stop: asyncio.Event | None, wake: asyncio.Event) -> "_Pass":
        # each pass claims under a name of its own, so that a claim of this name is either in flight here or left over
        name = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
        settings = self.settings
        rows = Rows(
            self._write,
            name,
            sender=settings.sender,
            lease=settings.lease,
            channels=sorted(self.channels),
            warm_up=settings.warm_up,
        )
        return _Pass(rows, self.channels, self.settings, clock, stop=stop, wake=wake)


class _Pass:
    """One stretch of work: a claimer that keeps the channels fed, a recorder, and a heart that keeps the leases."""

    def __init__(
        self,
        rows: Rows,
        channels: Mapping[str, Channel],
        settings: OutboxSettings,
        clock: Callable[[], datetime],
        *,
        stop: asyncio.Event | None,
        wake: asyncio.Event,
    ) -> None:
        self.rows = rows
        self.settings = settings
        self.channels = channels
        self.clock = clock
        self.stop = stop
        self.wake = wake
        self.feeds = {name: Feed() for name in self.channels}
        self.flying: dict[int, Parcel] = {}
        self.landed = asyncio.Event()  # there is room again
        self.dry = False  # the last look found less than there was room for
        self.answers: asyncio.Queue[tuple[Parcel, Outcome, asyncio.Future[None]]] = asyncio.Queue()
        self.count = Drained()

    async def work(self) -> Drained:
        if self.settings.alone:
            await asyncio.to_thread(self.rows.take_over, self.clock())
        helpers = [asyncio.create_task(self._record()), asyncio.create_task(self._keep_leases())]
        senders = [asyncio.create_task(channel.send(self.feeds[name], self._report)) for name, channel in self.channels.items()]
        try:
            await self._feed(senders)
            await self._land(senders)
        finally:
            for task in (*senders, *helpers):
                task.cancel()
            await asyncio.gather(*senders, *helpers, return_exceptions=True)
        return self.count

    async def _feed(self, senders: Sequence[asyncio.Task[None]]) -> None:
        """Claim whenever there is room, until stopped, or until nothing is left when there is no stop."""
        while not (self.stop and self.stop.is_set()):
            room = self.settings.batch - len(self.flying)
            if room > 0 and await self._claim(room):
                continue
            if self.stop is None and not self.flying:
                return
            await self._something_happens(senders)
            for sender in senders:
                if sender.done():
                    sender.result()  # a channel that broke down says why

    async def _claim(self, room: int) -> bool:
        """Claim up to `room` deliveries; whether there is room for more and may be more to claim."""
        self.landed.clear()
        self.wake.clear()
        try:
            looked, parcels = await asyncio.to_thread(self.rows.claim, self.clock(), room)
        except _DATABASE_TROUBLE as error:
            if self.stop is None:
                raise
            log.warning("deliveries can't be claimed", error=str(error))
            return False
        for channel, parcel in parcels:
            self.flying[parcel.delivery_id] = parcel
            self.feeds[channel].put(parcel)
        self.dry = looked < room
        return looked > 0 and self._has_room()

    async def _something_happens(self, senders: Sequence[asyncio.Task[None]]) -> None:
        events = [self.landed, self.wake, *([self.stop] if self.stop else [])]
        waiting = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait([*waiting, *senders], timeout=self.settings.poll, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    async def _land(self, senders: Sequence[asyncio.Task[None]]) -> None:
        """Close the feeds, put back what nobody began and wait for the rest."""
        unbegun = [parcel for feed in self.feeds.values() for parcel in feed.close()]
        if unbegun:
            await asyncio.gather(*(self._report(parcel, Outcome(Result.RETURNED)) for parcel in unbegun))
        done, late = await asyncio.wait(senders, timeout=self.settings.grace) if senders else (set(), set())
        for sender in late:
            sender.cancel()
        if late:
            await asyncio.wait(late)
            async with asyncio.timeout(self.settings.grace):
                await self.answers.join()
        for sender in done:
            sender.result()

    async def _report(self, parcel: Parcel, outcome: Outcome) -> None:
        recorded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answers.put_nowait((parcel, outcome, recorded))
        await recorded

    async def _record(self) -> None:
        """Commit answers as they come; those that arrive during one commit go together in the next."""
        while True:
            batch = [await self.answers.get()]
            while not self.answers.empty():
                batch.append(self.answers.get_nowait())
            await self._record_surely([(parcel, outcome) for parcel, outcome, _ in batch])
            for parcel, outcome, recorded in batch:
                self.flying.pop(parcel.delivery_id, None)
                self._tally(parcel, outcome)
                if not recorded.cancelled():
                    recorded.set_result(None)
                self.answers.task_done()
            if self._has_room():
                self.landed.set()

    def _has_room(self) -> bool:
        """Whether it is worth claiming again; once nothing was due, not before all that flies has landed."""
        return len(self.flying) <= (0 if self.dry else self.settings.batch // 2)

    async def _record_surely(self, answers: list[tuple[Parcel, Outcome]]) -> None:
        """What a server has accepted must be written down: wait for a database that is locked or full, however long."""
        pause = 0.05
        while True:
            try:
                await asyncio.to_thread(self.rows.record, answers, self.clock())
            except _DATABASE_TROUBLE as error:
                if isinstance(error, IntegrityError | DataError):
                    return await self._record_singly(answers, error)
                log.warning("answers can't be recorded yet", waiting=len(answers), error=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            except Exception as error:  # a recorder that dies would leave every line waiting for ever
                return await self._record_singly(answers, error)
            else:
                return None

    async def _record_singly(self, answers: list[tuple[Parcel, Outcome]], error: Exception) -> None:
        """One answer that the database will never take (its row was deleted, its words are no text) must not hold up others."""
        if len(answers) > 1:
            for answer in answers:
                await self._record_surely([answer])
            return
        ((parcel, outcome),) = answers
        if outcome.text:
            await self._record_surely([(parcel, replace(outcome, text=""))])
        else:
            log.error("an answer can't be recorded", key=parcel.key, outcome=outcome.result, error=str(error))

    def _tally(self, parcel: Parcel, outcome: Outcome) -> None:
        state, _, _ = after(outcome, parcel.attempt, parcel.at)
        self.count.sent += state is DeliveryState.SENT
        self.count.delayed += outcome.result is Result.DELAYED and state is DeliveryState.DELAYED
        self.count.failed += state is DeliveryState.FAILED

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self.settings.lease.total_seconds() / 3)
            try:
                await asyncio.to_thread(self.rows.keep, self.clock())
            except _DATABASE_TROUBLE as error:
                log.warning("leases can't be kept", error=str(error))


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
