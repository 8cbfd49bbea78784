"""One look into a mailbox: each message in a transaction of its own, and out of the inbox only after the commit."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, col, select

from notifier.mailbox.mail import Mail
from notifier.mailbox.places import Found, Mailbox
from notifier.models import IncomingMail
from notifier.store import insert_once

log = structlog.get_logger(__name__)

MOST = 500  # messages of one look
NOBODY = "no handler knows what this is; a person has to read it"
_LONGEST = 500  # characters of a header or note that a row keeps
_DATABASE_TROUBLE = (OperationalError, InterfaceError, PoolTimeout)  # no fault of the message: it is looked at again

Handler: TypeAlias = Callable[[Session, Mail, datetime], str | None]
"""Takes a message within the open transaction and says in a few words what it did, or gives None: not one of mine."""


@dataclass(slots=True)
class Collected:
    """What came of one look: how many messages each handler took, and how many were kept."""

    taken: Counter[str] = field(default_factory=Counter)
    kept: int = 0


def collect(
    box: Mailbox,
    handlers: Mapping[str, Handler],
    *,
    write: Callable[[], AbstractContextManager[Session]],
    clock: Callable[[], datetime],
) -> Collected:
    """Hand out what waits, at most `MOST` messages.

    Raises MailboxTrouble, and what a database in trouble raises; what was not settled by then waits for the next look. A
    handler that breaks off loses its own changes alone, and its message is kept.
    """
    result = Collected()
    for number, found in enumerate(box.waiting(), start=1):
        with write() as session:
            handler = _hand_over(session, found, handlers, now=clock())
        box.settle(found.name, taken=handler is not None)
        if handler is None:
            result.kept += 1
        else:
            result.taken[handler] += 1
        if number == MOST:
            break
    return result


def listed(session: Session, *, kept: bool, limit: int = 100) -> Sequence[IncomingMail]:
    """Messages that came in, newest first: those that were kept, or those that were taken."""
    handler = col(IncomingMail.handler)
    wanted = select(IncomingMail).where(handler.is_(None) if kept else handler.is_not(None))
    return session.exec(wanted.order_by(col(IncomingMail.id).desc()).limit(limit)).all()


def _hand_over(session: Session, found: Found, handlers: Mapping[str, Handler], *, now: datetime) -> str | None:
    """The name of the handler that took the message, now or before."""
    row = _row(session, found, now)
    if row.handler is not None:
        return row.handler  # a second copy, or a move that a crash prevented
    row.handler, row.note = (
        (None, found.problem) if found.raw is None else _first_to_take(session, Mail(found.raw), handlers, now)
    )
    session.add(row)
    session.flush()
    return row.handler


def _row(session: Session, found: Found, now: datetime) -> IncomingMail:
    """The message's row, locked: of two that look at once, the second waits and finds what the first did."""
    mail = Mail(found.raw or b"")
    digest = mail.digest if found.raw is not None else hashlib.sha256(f"{found.name} {found.problem}".encode()).hexdigest()
    values = {
        "digest": digest,
        "at": now,
        "sender": mail.header("From")[:_LONGEST],
        "subject": mail.header("Subject")[:_LONGEST],
        "message_id": mail.header("Message-ID")[:_LONGEST],
        "handler": None,
        "note": "",
    }
    insert_once(session, IncomingMail, [values])
    return session.exec(select(IncomingMail).where(IncomingMail.digest == digest).with_for_update()).one()


def _first_to_take(session: Session, mail: Mail, handlers: Mapping[str, Handler], now: datetime) -> tuple[str | None, str]:
    for name, handler in handlers.items():
        try:
            with session.begin_nested():
                note = handler(session, mail, now)
        except _DATABASE_TROUBLE:
            raise
        except Exception as error:  # whatever is odd about one message must not stop the others
            log.exception("a message could not be handled", handler=name, digest=mail.digest)
            return None, f"the handler “{name}” broke off: {error or type(error).__name__}"[:_LONGEST]
        if note is not None:
            return name, note[:_LONGEST]
    return None, NOBODY
