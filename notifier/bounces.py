"""What servers say of a mail after they took it: the delivery bounces, a dead address or a complaint ends all mail to it.

Reports come into our mailbox (`take`) or from a relay's webhook (`apply`). A delivery is known by its envelope address, which
carries a signature, or by its Message-ID, which nobody outside can make up: a forged report reaches no delivery.
"""

import hashlib
import hmac
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from contracts.vocabulary import DeliveryState
from notifier import enquiries, store
from notifier.mailbox import Mail
from notifier.models import Delivery, DeliveryAttempt
from notifier.reports import Report, Told, read

_PLUS = re.compile(r"\+d(\d{1,18})-([0-9a-f]{16})@", re.IGNORECASE)
_OPEN = {DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DELAYED, DeliveryState.SENT}


def envelope(mailbox: str, delivery_id: int, *, secret: str) -> str:
    """The address that a bounce of this delivery comes back to: `mailbox` under a plus-address (RFC 5233) that is signed."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+d{delivery_id}-{_signature(delivery_id, secret)}@{domain}"


def take(session: Session, mail: Mail, now: datetime, *, secret: str) -> str | None:
    """Record a bounce or a complaint about one of our deliveries; see `Handler`."""
    report = read(mail)
    if report is None:
        return None
    delivery = _by_envelope(session, mail, secret)
    identity = delivery.message_id if delivery is not None else report.message_id
    return apply(session, replace(report, message_id=identity), now=now)


def apply(session: Session, report: Report, *, now: datetime) -> str | None:
    """Write down what a report tells of the deliveries of its message, with all that follows; what was done, in words.

    A digest's deliveries share one message, and what becomes of it. None when no delivery went out under the Message-ID. Twice
    does no more.
    """
    same = select(Delivery).where(Delivery.message_id == report.message_id).order_by(col(Delivery.id))
    rows = session.exec(same).all() if report.message_id else []
    if not rows:
        return None
    new = [_apply_to(session, row, report, now) for row in rows]
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    return f"delivery {rows[0].id}{more}: {report.told} {report.text}".strip() + ("" if any(new) else " (known)")


def _apply_to(session: Session, delivery: Delivery, report: Report, now: datetime) -> bool:
    """Whether the report was new to this delivery."""
    assert delivery.id is not None
    values = _attempt(delivery.id, report, now)
    if _known(session, values):
        return False
    session.add(DeliveryAttempt(**values))
    if report.told is Told.BOUNCED and delivery.state in _OPEN:
        delivery.state, delivery.reason = DeliveryState.BOUNCED, f"bounced: {report.text or 'no reason was given'}"
        delivery.next_attempt_at = delivery.claimed_by = delivery.claimed_until = None
        enquiries.bounced(session, delivery.id, text=delivery.reason, now=now)
    elif report.told is Told.COMPLAINED:
        delivery.reason = f"complained: {report.text}"
    session.add(delivery)
    if report.gone:
        store.suppress(session, delivery.address, reason=f"{report.told}: {report.text}"[:300], now=now)
    session.flush()
    return True


def _by_envelope(session: Session, mail: Mail, secret: str) -> Delivery | None:
    for address in mail.recipients:
        found = _PLUS.search(address)
        if found and hmac.compare_digest(found[2].lower(), _signature(int(found[1]), secret)):
            return session.get(Delivery, int(found[1]))
    return None


def _signature(delivery_id: int, secret: str) -> str:
    return hmac.new(secret.encode(), f"bidkeeper.bounce.1|{delivery_id}".encode(), hashlib.sha256).hexdigest()[:16]


def _attempt(delivery_id: int, report: Report, now: datetime) -> dict[str, Any]:
    return {
        "delivery_id": delivery_id,
        "at": now,
        "outcome": report.told.value,
        "enhanced": report.status,
        "text": report.text or None,
    }


def _known(session: Session, values: dict[str, Any]) -> bool:
    same = select(DeliveryAttempt.id).where(
        *(getattr(DeliveryAttempt, name) == values[name] for name in ("delivery_id", "outcome", "enhanced", "text"))
    )
    return session.exec(same).first() is not None
