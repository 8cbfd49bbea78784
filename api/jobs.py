"""Everything that is done without being asked, in one table, and the port to the engine that says when.

Rows are the truth: a job finds in the database what is due and may run at any time, twice, or late. The engine only says when: the
embedded one (`scheduler`) in the serving process, or Procrastinate (`queue`) on any number of nodes. A new job is one line of `JOBS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from api import clearing, crawling, dropped, following, incoming, journeys, paying, reminding, retaining, storage
from api.house import House
from contracts.vault import VaultError
from notifier.desks import DesksRefused
from notifier.mailbox import MailboxTrouble

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Work in a rhythm; `run` blocks, in a thread.

    With `waiting` a fire only counts when that finds something to do, and is not written down: the rows it works on keep two runs
    apart by themselves. `lanes` is how many runs a node may have at once. A job that works on what a node has on its own disk is done
    `everywhere`; any other by one node for all.
    """

    name: str
    every: timedelta
    run: Callable[[House], None]
    waiting: Callable[[House], bool] | None = None
    lanes: int = 1
    everywhere: bool = False


class EngineAway(Exception):
    """Raised by an engine's `fire` when it can't be reached just now; the sentence is what it said."""


class Engine(Protocol):
    """Runs what it is told to; `start` and `stop` frame its life in the running event loop."""

    async def start(self) -> None:
        """Take on work; from now on `House.told` is called whenever deliveries were written, on whichever node."""

    async def stop(self) -> None:
        """Take on nothing more, and wait for what is in flight."""

    async def fire(self, job: Job, at: datetime) -> None:
        """Have the job run once for this fire time, on whichever node is free. Raises SQLAlchemyError or EngineAway without a database."""

    async def revive(self) -> None:
        """Take up what nodes left behind that are not heard of any more."""


def crawl(house: House) -> None:
    """Look at the sources that are due."""
    for saved in crawling.look(house):
        log.info("looked", source=saved.source, new=saved.new, changed=saved.changed, health=saved.health.value)


def remind(house: House) -> None:
    """Write the closing reminders that have become due."""
    journeys.remind(house.database, house.sources, now=house.now())


def duties(house: House) -> None:
    """Write the reminders of what contracts make due."""
    reminding.duties(house.database, operator=house.settings.operator_email, now=house.now())


def connections(house: House) -> None:
    """Switch off webhooks and the like that have not worked for days."""
    for address in reminding.connections(house.database, operator=house.settings.operator_email, now=house.now()):
        log.warning("connection_switched_off", address=address)


def lateness(house: House) -> None:
    """Tell of sources that nobody could look at; a node that has just come up looks first."""
    if house.now() - house.began < SETTLING:
        return
    for event in journeys.silence(house.database, house.sources, now=house.now(), operator=house.settings.operator_email):
        log.warning("source_late", source=event.source, reason=event.reason)


def payees(house: House) -> None:
    """Apply the payee changes whose cooling-off time is over."""
    try:
        done = paying.apply_due(house.database, house.settings, now=house.now())
    except (OSError, VaultError) as error:
        log.warning("payee_changes_wait", reason=str(error))
        return
    if done:
        log.info("payees_changed", changes=done)


def watched_folder(house: House) -> None:
    """Put on file what was put into the watched folder."""
    for one in dropped.take_in(house.database, house.settings, now=house.now()):
        if one.refusal is None:
            log.info("dropped_file_taken", file=one.name, document=one.document_id)


def disposal(house: House) -> None:
    """Dispose of contracts that were kept long enough, where an organisation leaves it to the clock."""
    if done := retaining.dispose_due(house.database, house.settings, now=house.now()):
        log.info("contracts_disposed", contracts=done)


def enquiries(house: House) -> None:
    """Remind of enquiries whose desk has been silent for too long."""
    try:
        mails = following.follow_up(house.database, house.settings, now=house.now())
    except DesksRefused as error:
        log.warning("enquiries_not_followed", reason=str(error))
        return
    if mails:
        log.info("enquiries_followed", mails=mails)


def mailbox(house: House) -> None:
    """Take in what came to our mailbox."""
    if not incoming.configured(house.settings):
        return
    try:
        found = incoming.look(house.database, house.settings, house.now)
    except MailboxTrouble as error:
        log.warning("mailbox_unread", reason=str(error))
        return
    if found.taken or found.kept:
        log.info("mailbox_read", taken=dict(found.taken), kept=found.kept)


def outbox_audit(house: House) -> None:
    """Look for messages that nobody takes care of, and for alerts that were forgotten."""
    stuck, forgotten = journeys.check_outbox(
        house.database, house.sources, now=house.now(), operator=house.settings.operator_email
    )
    if stuck or forgotten:
        log.error("outbox_audit", neglected=stuck, forgotten=forgotten)


def old_evidence(house: House) -> None:
    """Take away portals' answers that were kept long enough."""
    try:
        gone = clearing.old_evidence(house.database, house.settings, now=house.now())
    except OSError as error:
        log.warning("evidence_waits", reason=str(error))
        return
    if gone:
        log.info("evidence_removed", files=gone)


def disposed_files(house: House) -> None:
    """Take away the files of contracts that were disposed of, here and in the store that all share."""
    try:
        gone = clearing.disposed(house.database, house.settings)
    except OSError as error:
        log.warning("disposed_files_wait", reason=str(error))
        return
    if gone:
        log.info("disposed_files_removed", files=gone)


def shipping(house: House) -> None:
    """Bring what is new on this node's disk into the store that all share, if there is one."""
    if not house.settings.store_url:
        return
    try:
        count = storage.ship(house.settings)
    except OSError as error:
        log.warning("store_waits", reason=str(error))
        return
    if count:
        log.info("shipped", files=count)


SETTLING = timedelta(minutes=1)

JOBS = (
    Job("crawl", timedelta(seconds=1), crawl, waiting=crawling.due, lanes=4),
    Job("reminders", timedelta(minutes=5), remind),
    Job("duties", timedelta(hours=1), duties),
    Job("connections", timedelta(hours=1), connections),
    Job("lateness", timedelta(minutes=1), lateness),
    Job("payees", timedelta(minutes=5), payees),
    Job("watched_folder", timedelta(minutes=1), watched_folder, everywhere=True),
    Job("shipping", timedelta(minutes=1), shipping, everywhere=True),
    Job("disposal", timedelta(hours=1), disposal),
    Job("disposed_files", timedelta(minutes=1), disposed_files, everywhere=True),
    Job("old_evidence", timedelta(days=1), old_evidence, everywhere=True),
    Job("enquiries", timedelta(minutes=5), enquiries),
    Job("mailbox", timedelta(minutes=1), mailbox),
    Job("outbox_audit", timedelta(days=1), outbox_audit),
)
