"""Mail of the service itself to one person, through the same outbox as every alert."""

from datetime import datetime

from sqlmodel import Session

from contracts.vocabulary import DeliveryState
from notifier.models import Delivery, Notification


def sign_in(session: Session, address: str, *, nonce: str, now: datetime, language: str = "") -> Delivery:
    """Have a sign-in link mailed. The row holds `nonce` only; the link is made of it with the secret when it is written."""
    told = Notification(key=f"sign-in:{nonce}", kind="sign_in", content={"nonce": nonce}, created_at=now)
    return _queued(session, address, told, language)


def invitation(session: Session, address: str, *, nonce: str, by: str, now: datetime, language: str = "") -> Delivery:
    """Have an invitation mailed that names who sent it; its link, made as that of `sign_in`, works for a day."""
    content = {"nonce": nonce, "by": by}
    told = Notification(key=f"invitation:{nonce}", kind="invitation", content=content, created_at=now)
    return _queued(session, address, told, language)


def _queued(session: Session, address: str, notification: Notification, language: str) -> Delivery:
    session.add(notification)
    session.flush()
    assert notification.id is not None
    row = Delivery(
        key=f"{notification.key}:email",
        notification_id=notification.id,
        address=address,
        language=language,
        state=DeliveryState.QUEUED,
        created_at=notification.created_at,
        next_attempt_at=notification.created_at,
    )
    session.add(row)
    session.flush()
    return row
