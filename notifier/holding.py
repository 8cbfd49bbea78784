"""Deliveries that wait for their turn: when each goes out, laid out anew when its reader chooses otherwise or leaves."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from contracts.vocabulary import DeliveryState, ReleaseTag, TenderStatus
from notifier.models import Delivery, Notification, Subscription
from notifier.timing import Turn, rhythm_of, turn

ALREADY_TOLD = "this address gets the same news for another of its searches"
_OVER = (TenderStatus.CLOSED, TenderStatus.AWARDED, TenderStatus.CANCELLED)


def closing(content: Mapping[str, Any]) -> datetime | None:
    """The closing that news of this content must not miss; None where it is over anyway, or none is known."""
    over = content.get("status") in _OVER or content.get("tag") == ReleaseTag.TENDER_CANCELLATION
    return datetime.fromisoformat(content["closes_at"]) if content.get("closes_at") and not over else None


def held(subscription_id: int, its: Turn) -> dict[str, Any]:
    """The columns of a delivery that waits for this turn: the time, and the digest that it then goes out in."""
    return {"next_attempt_at": its.at, "digest": f"{subscription_id}:{its.at.isoformat()}" if its.gathered else None}


def hold_again(session: Session, subscription: Subscription, *, now: datetime) -> int:
    """Give what waits of a subscription its turn in the rhythm that it has now; how many deliveries that concerns.

    What a server was handed already keeps its time and its company, so that a repeat stays the same message.
    """
    waiting = session.exec(
        select(Delivery, Notification)
        .join(Notification)
        .where(Delivery.subscription_id == subscription.id, Delivery.state == DeliveryState.QUEUED, Delivery.message_id == "")
    ).all()
    for delivery, told_of in waiting:
        _hold(session, delivery, subscription, told_of, now)
    session.flush()
    return len(waiting)


def told_otherwise(session: Session, delivery: Delivery) -> bool:
    """Whether another search of the same address tells the same, or has told it."""
    others = select(Delivery.id).where(
        Delivery.notification_id == delivery.notification_id,
        Delivery.channel == delivery.channel,
        Delivery.address == delivery.address,
        Delivery.id != delivery.id,
        col(Delivery.state).not_in([DeliveryState.SUPPRESSED]),
    )
    return session.exec(others.limit(1)).first() is not None


def hand_over(session: Session, given_up: Iterable[Delivery], *, now: datetime) -> None:
    """Tell another search of the same address what one that has ended will not tell any more."""
    for delivery in given_up:
        heirs = session.exec(
            select(Delivery, Subscription, Notification)
            .join(Subscription, col(Subscription.id) == Delivery.subscription_id)
            .join(Notification, col(Notification.id) == Delivery.notification_id)
            .where(
                Delivery.notification_id == delivery.notification_id,
                Delivery.channel == delivery.channel,
                Delivery.address == delivery.address,
                Delivery.reason == ALREADY_TOLD,
                Subscription.state == "active",
            )
            .order_by(col(Subscription.frequency) != "instant", col(Delivery.id))
        ).first()
        if heirs is not None:
            heir, subscription, told_of = heirs
            heir.state, heir.reason = DeliveryState.QUEUED, None
            _hold(session, heir, subscription, told_of, now)
    session.flush()


def _hold(session: Session, delivery: Delivery, subscription: Subscription, told_of: Notification, now: datetime) -> None:
    its = turn(rhythm_of(subscription), now, closes_at=closing(told_of.content))
    for name, value in held(subscription.id or 0, its).items():
        setattr(delivery, name, value)
    session.add(delivery)
