"""Mail of the service itself to one person, through the same outbox as every alert."""

from datetime import datetime

from sqlmodel import Session

from contracts.vocabulary import DeliveryState
from notifier.models import Delivery, Notification


def sign_in(session: Session, address: str, *, nonce: str, now: datetime) -> Delivery:
    """Have a sign-in link mailed. The row holds `nonce` only; the link is made of it with the secret when it is written."""
    notification = Notification(key=f"sign-in:{nonce}", kind="sign_in", content={"nonce": nonce}, created_at=now)
    session.add(notification)
    session.flush()
    assert notification.id is not None
    row = Delivery(
        key=f"{notification.key}:email",
        notification_id=notification.id,
        address=address,
        state=DeliveryState.QUEUED,
        created_at=now,
        next_attempt_at=now,
    )
    session.add(row)
    session.flush()
    return row
