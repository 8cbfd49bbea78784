"""Mail of the service itself to one person, through the same outbox as every alert."""

from datetime import datetime

from sqlmodel import Session

from contracts.vocabulary import DeliveryState
from notifier.models import Delivery, Notification


def sign_in(session: Session, address: str, *, nonce: str, now: datetime) -> Delivery:
    """Have a sign-in link mailed. The row holds `nonce` only; the link is made of it with the secret when it is written."""
    return _queued(
        session, address, Notification(key=f"sign-in:{nonce}", kind="sign_in", content={"nonce": nonce}, created_at=now)
    )


def invitation(session: Session, address: str, *, nonce: str, by: str, now: datetime) -> Delivery:
    """Have an invitation mailed that names who sent it; its link, made as that of `sign_in`, works for a day."""
    content = {"nonce": nonce, "by": by}
    return _queued(session, address, Notification(key=f"invitation:{nonce}", kind="invitation", content=content, created_at=now))


def _queued(session: Session, address: str, notification: Notification) -> Delivery:
    session.add(notification)
    session.flush()
    assert notification.id is not None
    row = Delivery(
        key=f"{notification.key}:email",
        notification_id=notification.id,
        address=address,
        state=DeliveryState.QUEUED,
        created_at=notification.created_at,
        next_attempt_at=notification.created_at,
    )
    session.add(row)
    session.flush()
    return row
