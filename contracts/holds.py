"""Legal holds: a record under one may not be deleted, whatever its retention says, until somebody lifts it."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from contracts import audit
from contracts.models import LegalHold

SUBJECTS = ("contract", "payee")


class Held(ValueError):
    """Raised when a record under a hold would be deleted; the text says why it is held."""


class NoReason(ValueError):
    """Raised when a hold is placed without saying why."""


def of(kind: str, row_id: int | None) -> str:
    """A record as holds and the audit log name it: "contract:12"."""
    return f"{kind}:{row_id}"


def place(session: Session, subject: str, *, organisation_id: int, reason: str, by: str, now: datetime) -> LegalHold:
    """The hold on `subject`; one more on a held record stands beside the first. Raises NoReason."""
    if not reason.strip():
        raise NoReason("say why it is held, such as a dispute or a request for records")
    row = LegalHold(organisation_id=organisation_id, subject=subject, reason=reason.strip(), placed_by=by, placed_at=now)
    session.add(row)
    session.flush()
    _log(session, row, now, by, "hold.placed", reason=row.reason)
    return row


def lift(session: Session, row: LegalHold, *, by: str, now: datetime) -> LegalHold:
    """The hold, ended; lifting it twice changes nothing."""
    if row.lifted_at is None:
        row.lifted_by, row.lifted_at = by, now
        session.add(row)
        session.flush()
        _log(session, row, now, by, "hold.lifted")
    return row


def standing(session: Session, subject: str, *, organisation_id: int) -> LegalHold | None:
    """A hold that keeps this record, or None."""
    return next(iter(listed(session, organisation_id=organisation_id, subject=subject)), None)


def refuse_held(session: Session, subject: str, *, organisation_id: int) -> None:
    """Raise Held if a hold keeps this record."""
    if hold := standing(session, subject, organisation_id=organisation_id):
        raise Held(f"{subject.replace(':', ' ')} is held since {hold.placed_at:%Y-%m-%d} ({hold.reason}): lift the hold first")


def listed(session: Session, *, organisation_id: int, subject: str | None = None) -> Sequence[LegalHold]:
    """The organisation's standing holds, of one record or all, the oldest first."""
    query = select(LegalHold).where(LegalHold.organisation_id == organisation_id, col(LegalHold.lifted_at).is_(None))
    if subject is not None:
        query = query.where(LegalHold.subject == subject)
    return session.exec(query.order_by(col(LegalHold.id))).all()


def one(session: Session, hold_id: int, *, organisation_id: int) -> LegalHold | None:
    """One hold of the organisation, or None."""
    return session.exec(select(LegalHold).where(LegalHold.organisation_id == organisation_id, LegalHold.id == hold_id)).first()


def _log(session: Session, row: LegalHold, now: datetime, by: str, action: str, **detail: str) -> None:
    audit.record(
        session,
        organisation_id=row.organisation_id,
        at=now,
        actor=by,
        action=action,
        subject=row.subject,
        hold=row.id,
        **detail,
    )
