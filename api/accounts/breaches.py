"""The breach register: every breach of safeguards is written down, whether or not it had to be reported (PIPEDA s. 10.3).

The regulations (SOR/2018-64, s. 6) want each record for 24 months from the day the breach was found; none is deleted here at all.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from api.accounts.models import Breach
from contracts import audit


def record(
    session: Session,
    *,
    organisation_id: int,
    happened: str,
    circumstances: str,
    information: str,
    assessment: str,
    serious: bool,
    people: int | None,
    found_at: datetime,
    by: str,
    now: datetime,
) -> Breach:
    """Write a breach down, in the audit log too; `serious` says whether there is a real risk of significant harm, `assessment` why."""
    row = Breach(
        organisation_id=organisation_id,
        happened=happened,
        found_at=found_at,
        circumstances=circumstances,
        information=information,
        people=people,
        serious=serious,
        assessment=assessment,
        recorded_by=by,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, row, "breach.recorded", by=by, now=now)
    return row


def reported(session: Session, row: Breach, *, commissioner: bool, people: bool, by: str, now: datetime) -> Breach:
    """Note that it was reported to the Commissioner, or that the people were told; what was noted before stays."""
    row.reported_at = row.reported_at or (now if commissioner else None)
    row.told_at = row.told_at or (now if people else None)
    session.add(row)
    session.flush()
    _note(session, row, "breach.reported", by=by, now=now)
    return row


def breaches(session: Session, *, organisation_id: int) -> Sequence[Breach]:
    """The register, newest first."""
    query = select(Breach).where(Breach.organisation_id == organisation_id)
    return session.exec(query.order_by(col(Breach.found_at).desc(), col(Breach.id).desc())).all()


def one(session: Session, breach_id: int, *, organisation_id: int) -> Breach | None:
    """One breach of the organisation, or None."""
    return session.exec(select(Breach).where(Breach.organisation_id == organisation_id, Breach.id == breach_id)).first()


def _note(session: Session, row: Breach, action: str, *, by: str, now: datetime) -> None:
    audit.record(session, organisation_id=row.organisation_id, at=now, actor=by, action=action, subject=f"breach:{row.id}")
