"""Forgetting an address: its searches end, and nothing here says any more whose they were."""

from datetime import datetime

from sqlmodel import Session, col, select

from contracts.vocabulary import DeliveryState
from notifier import store
from notifier.models import Delivery, Subscription

WAITING = (DeliveryState.QUEUED, DeliveryState.DELAYED)


def forget(session: Session, address: str, *, organisation_id: int, now: datetime) -> int:
    """Take an address out of an organisation's subscriptions and deliveries; how many subscriptions it had.

    The rows stay, nameless, so that counts and the outbox's own books remain right; what waits is not sent. A bounce or a
    complaint that stands against the address stays known: it is what keeps further mail from it.
    """
    rows = session.exec(
        select(Subscription).where(Subscription.organisation_id == organisation_id, Subscription.address == address)
    ).all()
    for row in rows:
        assert row.id is not None
        store.unsubscribe(session, row.id, now=now)
        row.address = f"forgotten:{row.id}"
        row.name, row.options, row.note = "", {}, ""
        row.consent = {key: value for key, value in row.consent.items() if key != "address"} | {"forgotten": now.isoformat()}
        store.changed(session, row)
    sent = select(Delivery).where(Delivery.organisation_id == organisation_id, Delivery.address == address)
    for delivery in session.exec(sent.order_by(col(Delivery.id))).all():
        if delivery.state in WAITING:
            delivery.state, delivery.reason, delivery.next_attempt_at = (
                DeliveryState.SUPPRESSED,
                "the address was forgotten",
                None,
            )
        delivery.address = f"forgotten:{delivery.subscription_id or ''}"
        session.add(delivery)
    session.flush()
    return len(rows)
