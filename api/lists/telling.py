"""Alerts, the messages that were sent, and enquiries."""

from sqlmodel import Session

from api.exports import MOST, Table
from api.lists import Asked, List
from notifier import enquiries, store


def _alerts(session: Session, asked: Asked) -> Table:
    columns = ("id", "address", "name", "query", "state", "language", "channel", "created_at")
    rows = store.subscriptions(session, organisation_id=asked.me.organisation_id, ended=True)
    return Table("alerts", columns, [tuple(getattr(row, name) for name in columns) for row in rows])


def _deliveries(session: Session, asked: Asked) -> Table:
    columns = ("id", "address", "channel", "state", "attempts", "reason", "created_at", "sent_at", "message_id")
    rows = store.deliveries(session, organisation_id=asked.me.organisation_id, limit=MOST)
    return Table("deliveries", columns, [tuple(getattr(row, name) for name in columns) for row in rows])


def _enquiries(session: Session, asked: Asked) -> Table:
    columns = (
        "id",
        "state",
        "desk",
        "subject",
        "question",
        "asker",
        "created_at",
        "asked_at",
        "answered_at",
        "closed_at",
        "outcome",
    )
    rows = enquiries.search(session, organisation_id=asked.me.organisation_id, limit=MOST)
    return Table("enquiries", columns, [tuple(getattr(row, name) for name in columns) for row in rows])


LISTS: dict[str, List] = {"alerts": _alerts, "deliveries": _deliveries, "enquiries": _enquiries}
