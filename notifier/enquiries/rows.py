"""Enquiries in the database: one, its thread, search, what waits too long, and the corrections."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from notifier.models import Enquiry, EnquiryMessage

LONGEST_BODY = 20_000


def find_one(session: Session, enquiry_id: int, *, organisation_id: int) -> Enquiry | None:
    """An enquiry of this organisation."""
    row = session.get(Enquiry, enquiry_id) if 0 < enquiry_id < 2**31 else None
    return row if row is not None and row.organisation_id == organisation_id else None


def messages(session: Session, enquiry: Enquiry) -> Sequence[EnquiryMessage]:
    """Everything said in an enquiry, oldest first."""
    wanted = select(EnquiryMessage).where(
        EnquiryMessage.organisation_id == enquiry.organisation_id, EnquiryMessage.enquiry_id == enquiry.id
    )
    return session.exec(wanted.order_by(col(EnquiryMessage.id))).all()


def search(
    session: Session,
    *,
    organisation_id: int,
    text: str = "",
    state: str | None = None,
    desk: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Enquiry]:
    """Enquiries, newest first, that hold every word of `text` in question, subject, message or thread; `before` is an id."""
    statement = select(Enquiry).where(Enquiry.organisation_id == organisation_id)
    for word in text.split()[:10]:
        like = f"%{word.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        said = select(EnquiryMessage.enquiry_id).where(
            EnquiryMessage.organisation_id == organisation_id, col(EnquiryMessage.text).ilike(like, escape="!")
        )
        columns = (col(Enquiry.question), col(Enquiry.subject), col(Enquiry.body))
        statement = statement.where(or_(*(one.ilike(like, escape="!") for one in columns), col(Enquiry.id).in_(said)))
    if state is not None:
        statement = statement.where(Enquiry.state == state)
    if desk is not None:
        statement = statement.where(Enquiry.desk == desk)
    if before is not None:
        statement = statement.where(col(Enquiry.id) < before)
    return session.exec(statement.order_by(col(Enquiry.id).desc()).limit(limit)).all()


def overdue(session: Session, *, now: datetime, organisation_id: int) -> Sequence[Enquiry]:
    """Enquiries whose desk has been silent for too long, longest first."""
    wanted = select(Enquiry).where(
        Enquiry.organisation_id == organisation_id, Enquiry.state == "asked", col(Enquiry.follow_up_at) <= now
    )
    return session.exec(wanted.order_by(col(Enquiry.follow_up_at))).all()


def corrections(session: Session, *, organisation_id: int, correction: str = "proposed") -> Sequence[Enquiry]:
    """Enquiries at the wrong desk: those to review, or those accepted as examples (question and `right_desk`)."""
    wanted = select(Enquiry).where(Enquiry.organisation_id == organisation_id, Enquiry.correction == correction)
    return session.exec(wanted.order_by(col(Enquiry.id))).all()


def stored(session: Session, row: Enquiry) -> Enquiry:
    """Keep a changed enquiry."""
    session.add(row)
    session.flush()
    return row


def said(
    session: Session,
    enquiry: Enquiry,
    kind: str,
    text: str,
    *,
    by: str,
    now: datetime,
    subject: str = "",
    message_id: str | None = None,
) -> EnquiryMessage:
    """Add to the thread; `kind` as in EnquiryMessage."""
    assert enquiry.id is not None
    row = EnquiryMessage(
        organisation_id=enquiry.organisation_id,
        enquiry_id=enquiry.id,
        kind=kind,
        at=now,
        by=by,
        subject=subject,
        text=text.strip()[:LONGEST_BODY],
        message_id=message_id,
    )
    session.add(row)
    session.flush()
    return row
