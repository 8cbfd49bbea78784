"""Connections (channels other than mail) that do not work: switched off after days of failure, their owners told, and
what they missed sent again when somebody asks."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from contracts.vocabulary import DeliveryState
from notifier import notices, store
from notifier.models import Delivery, DeliveryAttempt, Subscription, Suppression

GIVE_UP = timedelta(days=5)
MISSED = (DeliveryState.FAILED, DeliveryState.SUPPRESSED, DeliveryState.DELAYED)


def switch_off(session: Session, *, now: datetime, operator: str) -> list[Subscription]:
    """Pause every connection that nothing has reached for `GIVE_UP`, or that said it is no more; tell its owner once by mail."""
    off = []
    for row, since, reason in list(_broken(session, now)):
        store.pause(session, row.id or 0, until=None)
        row.note = f"switched off by itself: {reason}"[:300]
        store.changed(session, row)
        _tell_owner(session, row, since=since, reason=reason, now=now, operator=operator)
        off.append(row)
    return off


def replay(session: Session, row: Subscription, *, since: datetime, now: datetime) -> int:
    """Have everything of a connection since a time sent again, what arrived too, under the same ids; how many."""
    states = [*MISSED, DeliveryState.SENT] if row.channel != "email" else list(MISSED)
    chosen = (
        update(Delivery)
        .where(col(Delivery.subscription_id) == row.id, col(Delivery.created_at) >= since, col(Delivery.state).in_(states))
        .values(state=DeliveryState.QUEUED, next_attempt_at=now, attempts=0, sent_at=None, reason=None)
    )
    return session.connection().execute(chosen).rowcount


def _broken(session: Session, now: datetime) -> Iterator[tuple[Subscription, datetime, str]]:
    rows = session.exec(select(Subscription).where(Subscription.state == "active", Subscription.channel != "email")).all()
    for row in rows:
        refused = session.get(Suppression, row.address)
        if refused is not None:
            yield row, refused.since, refused.reason
            continue
        first = _failing_since(session, row.id or 0)
        if first is not None and now - first >= GIVE_UP:
            yield row, first, _last_words(session, row.id or 0)


def _failing_since(session: Session, subscription_id: int) -> datetime | None:
    """The first failure since anything was taken; None while it works, or nothing was tried."""
    taken = session.exec(select(func.max(Delivery.sent_at)).where(Delivery.subscription_id == subscription_id)).one()
    tried = (
        select(DeliveryAttempt.at)
        .join(Delivery, col(Delivery.id) == DeliveryAttempt.delivery_id)
        .where(Delivery.subscription_id == subscription_id, DeliveryAttempt.outcome != "sent")
    )
    if taken is not None:
        tried = tried.where(DeliveryAttempt.at > taken)
    return session.exec(tried.order_by(col(DeliveryAttempt.at)).limit(1)).first()


def _last_words(session: Session, subscription_id: int) -> str:
    last = session.exec(
        select(DeliveryAttempt)
        .join(Delivery, col(Delivery.id) == DeliveryAttempt.delivery_id)
        .where(Delivery.subscription_id == subscription_id)
        .order_by(col(DeliveryAttempt.id).desc())
        .limit(1)
    ).first()
    return " ".join(filter(None, (str(last.code or ""), last.text))) if last else ""


def _tell_owner(session: Session, row: Subscription, *, since: datetime, reason: str, now: datetime, operator: str) -> None:
    owner = str(row.options.get("owner") or operator)
    if not owner:
        return
    content = {
        "target": row.address,
        "query": row.query,
        "days": (now - since).days,
        "since": since.isoformat(),
        "reason": reason,
    }
    key = f"channel-off:{row.id}:{since.isoformat()}"
    notices.tell(session, "channel_off", content, [owner], key=key, organisation_id=row.organisation_id, now=now)
