"""Signing up from outside: nothing but one question is mailed before the address's owner has answered it (double opt-in).

What the caller sees is the same whether the address was known, waiting, refused or new, so that a form tells nobody who is
subscribed; and asking again sends no second question within a day.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from contracts.vocabulary import DeliveryState
from notifier import store
from notifier.models import Delivery, Notification, Subscription, Suppression
from notifier.query import Programs

ASK_AGAIN = timedelta(days=1)


def sign_up(
    session: Session,
    *,
    organisation_id: int,
    address: str,
    query: str,
    now: datetime,
    source: str,
    wording: str,
    language: str = "en",
    programs: Programs | None = None,
    choices: Mapping[str, Any] | None = None,
) -> None:
    """Note the wish and mail the question, unless it was mailed within a day, is answered already or must not be mailed.

    Raises InvalidAddress, QueryError and BadRhythm as `store.subscribe` does.
    """
    row = store.subscribe(
        session,
        organisation_id=organisation_id,
        address=address,
        query=query,
        now=now,
        source=source,
        wording=wording,
        confirmed=False,
        language=language,
        programs=programs,
        choices=choices,
    )
    refusal = session.get(Suppression, row.address)
    if row.state == "pending" and not _asked_lately(session, row.address, now) and (refusal is None or refusal.reason == "asked"):
        _ask(session, row, now=now)


def confirm(session: Session, subscription_id: int, *, now: datetime) -> Subscription | None:
    """The owner's answer: the subscription hears from now on. None when it has ended meanwhile or never was; twice is once."""
    row = session.get(Subscription, subscription_id)
    if row is None or row.state == "ended":
        return None
    if row.state == "pending":
        row.state, row.confirmed_at = "active", now
        row.consent = row.consent | {"confirmed": now.isoformat()}
        store.lift_own_suppression(session, row.address)
        store.changed(session, row)
    return row


def evidence(session: Session, *, organisation_id: int) -> list[dict[str, Any]]:
    """Every consent on record, for export: who, to what wording, where, when, confirmed and ended when."""
    rows = store.subscriptions(session, organisation_id=organisation_id, ended=True)
    return [
        {
            "address": row.address,
            "query": row.query,
            "state": row.state,
            "ended": row.ended_at.isoformat() if row.ended_at else None,
            **{name: row.consent.get(name) for name in ("time", "source", "wording", "confirmed")},
        }
        for row in rows
    ]


def _asked_lately(session: Session, address: str, now: datetime) -> bool:
    """Whether this address was asked within a day, by whichever of its sign-ups."""
    found = session.exec(
        select(Delivery.id)
        .join(Notification)
        .where(Notification.kind == "confirm", Delivery.address == address, col(Delivery.created_at) > now - ASK_AGAIN)
        .limit(1)
    ).first()
    return found is not None


def _ask(session: Session, row: Subscription, *, now: datetime) -> None:
    notification = Notification(
        key=f"confirm:{row.id}:{now.isoformat()}", kind="confirm", content={"query": row.query}, created_at=now
    )
    session.add(notification)
    session.flush()
    session.add(
        Delivery(
            key=f"{notification.key}:email",
            notification_id=notification.id or 0,
            subscription_id=row.id,
            organisation_id=row.organisation_id,
            address=row.address,
            state=DeliveryState.QUEUED,
            created_at=now,
            next_attempt_at=now,
        )
    )
    session.flush()
