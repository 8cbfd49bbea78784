"""What happened inside an organisation → one mail to each who must know, whether subscribed to anything or not."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from contracts.vocabulary import DeliveryState
from notifier.models import Delivery, Notification
from notifier.store import insert_once, noted


def told(session: Session, key: str) -> bool:
    """Whether a notice of this name was written before."""
    return session.exec(select(Notification.id).where(Notification.key == key)).first() is not None


def tell(
    session: Session,
    kind: str,
    content: dict[str, Any],
    addresses: Iterable[str],
    *,
    key: str,
    organisation_id: int | None,
    now: datetime,
    languages: Mapping[str, str] | None = None,
) -> list[Delivery]:
    """Write one delivery of this notice for each address and give all of them back; said again it writes nothing more.

    `kind` is a folder of notifier/templates, `content` what it is rendered with, `key` names the notice for ever. What concerns the
    operator alone belongs to no organisation. `languages` says of an address in which language it is written to.
    """
    told_of = noted(session, key=key, kind=kind, ocid=None, content=content, now=now)
    rows = [
        {
            "key": f"{key}:{address}:email",
            "notification_id": told_of.id,
            "subscription_id": None,
            "organisation_id": organisation_id,
            "channel": "email",
            "address": address,
            "language": (languages or {}).get(address, ""),
            "state": DeliveryState.QUEUED,
            "created_at": now,
            "next_attempt_at": now,
            "attempts": 0,
            "message_id": "",
        }
        for address in dict.fromkeys(addresses)
    ]
    insert_once(session, Delivery, rows)
    return list(session.exec(select(Delivery).where(Delivery.notification_id == told_of.id).order_by(col(Delivery.id))).all())
