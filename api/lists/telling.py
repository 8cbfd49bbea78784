"""Alerts, the messages that were sent, and enquiries with the days on which to ask again."""

from sqlmodel import Session

from api.exports import MOST, Entry, Table
from api.lists import Asked, List, table
from contracts.days import home_day
from notifier import enquiries, refused, store


def _alerts(session: Session, asked: Asked) -> Table:
    columns = ("id", "address", "name", "query", "state", "language", "channel", "created_at")
    rows = store.subscriptions(session, organisation_id=asked.me.organisation_id, ended=True)
    return table("alerts", columns, rows)


def _deliveries(session: Session, asked: Asked) -> Table:
    columns = ("id", "address", "channel", "state", "attempts", "reason", "created_at", "sent_at", "message_id")
    rows = store.deliveries(session, organisation_id=asked.me.organisation_id, limit=MOST)
    return table("deliveries", columns, rows)


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
    again = [
        Entry(f"enquiry-{row.id}@bidkeeper", home_day(row.follow_up_at), row.subject or row.question[:80], row.desk or "")
        for row in rows
        if row.follow_up_at is not None
    ]
    return table("enquiries", columns, rows, again)


def _suppressions(session: Session, asked: Asked) -> Table:
    columns = ("address", "reason", "since")
    rows = refused.listed(session, organisation_id=asked.me.organisation_id)
    return table("suppressions", columns, rows)


LISTS: dict[str, List] = {
    "alerts": _alerts,
    "deliveries": _deliveries,
    "enquiries": _enquiries,
    "suppressions": _suppressions,
}
