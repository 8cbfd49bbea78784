"""Enquiries whose desk stays silent: the asker is reminded, and when that helps nothing, those who may lean on it hear.

Each step is mailed once and written into the thread. What was answered, closed or put off meanwhile is left alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, or_, select

from notifier import lifecycle, notices, workdays
from notifier.enquiries.rows import said, stored
from notifier.models import Delivery, Enquiry

BY = "Bidkeeper"


def follow_up(
    session: Session,
    *,
    now: datetime,
    days: int,
    titles: Mapping[str, str],
    owners: Callable[[int], Iterable[str]],
) -> list[Delivery]:
    """Mail what has become due; `days` business days lie between a reminder and the escalation, `owners` of an organisation hear that."""
    written: list[Delivery] = []
    for enquiry in _silent(session, now):
        if enquiry.reminded_at is None:
            written += _remind(session, enquiry, titles, now=now)
        elif enquiry.escalated_at is None and now >= workdays.after(enquiry.reminded_at, days):
            written += _escalate(session, enquiry, titles, owners(enquiry.organisation_id), now=now, days=days)
    return written


def put_off(session: Session, enquiry: Enquiry, *, days: int, by: str, now: datetime) -> Enquiry:
    """Ask again only after so many business days from now; raises NotNow while nothing is awaited."""
    enquiry.state = lifecycle.step(enquiry.state, "put_off")
    enquiry.follow_up_at, enquiry.reminded_at = lifecycle.follow_up(now, days), None
    stored(session, enquiry)
    said(session, enquiry, "note", f"To be asked again after {days} business days.", by=by, now=now)
    return enquiry


def _silent(session: Session, now: datetime) -> Sequence[Enquiry]:
    """Of every organisation: asked, overdue, and not yet through both steps; locked, so that two nodes tell of it once."""
    wanted = select(Enquiry).where(
        Enquiry.state == "asked",
        col(Enquiry.follow_up_at) <= now,
        or_(col(Enquiry.reminded_at).is_(None), col(Enquiry.escalated_at).is_(None)),
    )
    return session.exec(wanted.order_by(col(Enquiry.id)).with_for_update(skip_locked=True)).all()


def _remind(session: Session, enquiry: Enquiry, titles: Mapping[str, str], *, now: datetime) -> list[Delivery]:
    enquiry.reminded_at = now
    stored(session, enquiry)
    return _tell(session, enquiry, "remind", [enquiry.asker], titles, now=now) if enquiry.asker else []


def _escalate(
    session: Session, enquiry: Enquiry, titles: Mapping[str, str], owners: Iterable[str], *, now: datetime, days: int
) -> list[Delivery]:
    addresses = [address for address in owners if address]
    enquiry.escalated_at, enquiry.follow_up_at, enquiry.reminded_at = now, lifecycle.follow_up(now, days), None
    stored(session, enquiry)
    said(session, enquiry, "note", "Escalated: still no answer after a reminder.", by=BY, now=now)
    return _tell(session, enquiry, "escalate", addresses, titles, now=now)


def _tell(
    session: Session, enquiry: Enquiry, step: str, addresses: Sequence[str], titles: Mapping[str, str], *, now: datetime
) -> list[Delivery]:
    asked_at = enquiry.asked_at or now
    written: list[Delivery] = []
    for address in addresses:
        content = {
            "step": step,
            "enquiry": enquiry.id,
            "subject": enquiry.subject,
            "desk": titles.get(enquiry.desk, enquiry.desk),
            "asked_at": asked_at.isoformat(),
            "days": workdays.between(asked_at, now),
            "to": address,
        }
        key = f"follow-up:{enquiry.token}:{step}:{now.isoformat()}:{address}"
        written += notices.tell(
            session, "follow_up", content, [address], key=key, organisation_id=enquiry.organisation_id, now=now
        )
    return written
