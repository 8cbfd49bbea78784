"""The serving process of one clinic: the pages with the clock and the outbox worker beside them, in one event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta

import structlog
from fastapi import FastAPI

from api import incoming, journeys, paying
from api.app import create_app
from api.database import Database
from api.migrate import current, head
from api.outgoing import outbox
from api.scheduler import Clock
from api.settings import Settings
from api.sources import configured
from contracts.vault import VaultError
from crawler.sources import SourceConfig
from notifier.mailbox import MailboxTrouble

log = structlog.get_logger(__name__)

LATENESS_RHYTHM = timedelta(minutes=1)
PAYEES_RHYTHM = timedelta(minutes=5)
REMINDING_RHYTHM = timedelta(minutes=5)
MAILBOX_RHYTHM = timedelta(minutes=1)


def application(settings: Settings, database: Database, now: Callable[[], datetime]) -> FastAPI:
    """The web application whose life is the service's: it starts the clock and the outbox and stops them cleanly."""
    return create_app(
        settings,
        database,
        clock=now,
        lifespan=_life(settings, database, now),
        schema_is_current=lambda: current(database) == head(),
    )


def _life(
    settings: Settings, database: Database, now: Callable[[], datetime]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        sources = configured(settings)
        sending = outbox(database, settings, now, alone=settings.url.startswith("sqlite"))
        stop = asyncio.Event()

        async def look(batch: Sequence[SourceConfig]) -> None:
            await asyncio.to_thread(_watch, database, batch, settings, now, sending.nudge)

        clock = Clock(look, now=now)

        async def ask_who_is_silent() -> None:
            await asyncio.to_thread(_tell_silent, database, sources, settings, now, sending.nudge)

        async def change_payees() -> None:
            await asyncio.to_thread(_change_payees, database, settings, now)

        async def remind() -> None:
            if await asyncio.to_thread(journeys.remind, database, sources, now=now()):
                sending.nudge()

        async def look_into_mailbox() -> None:
            await asyncio.to_thread(_look_into_mailbox, database, settings, now)
            sending.nudge()

        clock.watch(sources.values())
        clock.every(REMINDING_RHYTHM, remind, name="reminders")
        clock.every(LATENESS_RHYTHM, ask_who_is_silent, name="lateness")
        clock.every(PAYEES_RHYTHM, change_payees, name="payees")
        if incoming.configured(settings):
            clock.every(MAILBOX_RHYTHM, look_into_mailbox, name="mailbox")
        worker = asyncio.create_task(sending.run(stop), name="outbox")
        clock.start()
        try:
            yield
        finally:
            await clock.stop()
            stop.set()
            sending.nudge()
            await worker

    return life


def _watch(
    database: Database, batch: Sequence[SourceConfig], settings: Settings, now: Callable[[], datetime], told: Callable[[], None]
) -> None:
    for saved in journeys.watch(database, batch, settings=settings, clock=now):
        log.info("looked", source=saved.source, new=saved.new, changed=saved.changed, health=saved.health.value)
        told()


def _change_payees(database: Database, settings: Settings, now: Callable[[], datetime]) -> None:
    try:
        done = paying.apply_due(database, settings, now=now())
    except (OSError, VaultError) as error:
        log.warning("payee_changes_wait", reason=str(error))
        return
    if done:
        log.info("payees_changed", changes=done)


def _look_into_mailbox(database: Database, settings: Settings, now: Callable[[], datetime]) -> None:
    try:
        found = incoming.look(database, settings, now)
    except MailboxTrouble as error:
        log.warning("mailbox_unread", reason=str(error))
        return
    if found.taken or found.kept:
        log.info("mailbox_read", taken=dict(found.taken), kept=found.kept)


def _tell_silent(
    database: Database,
    sources: Mapping[str, SourceConfig],
    settings: Settings,
    now: Callable[[], datetime],
    told: Callable[[], None],
) -> None:
    late = journeys.silence(database, sources, now=now(), operator=settings.operator_email)
    for event in late:
        log.warning("source_late", source=event.source, reason=event.reason)
    if late:
        told()
