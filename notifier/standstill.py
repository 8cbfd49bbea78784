"""Sending at a standstill. After a restore nobody knows what was sent since the backup was made, so a person says when to go on.

Meanwhile deliveries are written as ever and none is claimed. Going on either sends what waits, or forgets it.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update
from sqlmodel import Session, col

from contracts.vocabulary import DeliveryState
from notifier.models import Delivery, Watermark
from notifier.store import insert_once

NAME = "sending stands still"
FORGOTTEN = "it may have been sent before the restore"
_WAITING = (DeliveryState.QUEUED, DeliveryState.DELAYED, DeliveryState.SENDING)


def begin(session: Session) -> None:
    """Send nothing until `end`; claims that the backup caught in flight wait like all others."""
    insert_once(session, Watermark, [{"name": NAME, "value": 1}])


def stands(connection: Connection) -> bool:
    """Whether nothing is sent."""
    return connection.execute(select(col(Watermark.name)).where(col(Watermark.name) == NAME)).first() is not None


def end(session: Session, *, forget_until: datetime | None = None) -> int | None:
    """Send again; what was written by `forget_until` is suppressed. How many were forgotten; None when nothing stood still."""
    connection = session.connection()
    if not connection.execute(delete(Watermark).where(col(Watermark.name) == NAME)).rowcount:
        return None
    if forget_until is None:
        return 0
    waiting = update(Delivery).where(col(Delivery.state).in_(_WAITING), col(Delivery.created_at) <= forget_until)
    settled = {"state": DeliveryState.SUPPRESSED, "reason": FORGOTTEN, "next_attempt_at": None, "claimed_until": None}
    return connection.execute(waiting.values(settled)).rowcount
