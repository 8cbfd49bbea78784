"""What is due in a stretch of days, as a plain value that other rooms may be told of."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, and_, col, or_, select

from contracts.models import Contract, Obligation


@dataclass(frozen=True, slots=True)
class Due:
    """An open obligation as it crosses to whoever reminds: `key` names it for ever, `contract` is its number or title."""

    obligation_id: int
    organisation_id: int
    key: str
    kind: str
    title: str
    contract: str
    contract_id: int
    due: date
    remind_on: date | None
    basis: str
    owner: str | None


def due_within(session: Session, *, after: date, until: date, organisation_id: int | None = None) -> list[Due]:
    """Open obligations whose reminder day or due day lies after `after`, up to and with `until`; of one organisation, or of each.

    A pure read: who is told, and when, is the reader's affair. Names cross as text, never as a key into this room.
    """
    within = or_(
        and_(col(Obligation.remind_on) > after, col(Obligation.remind_on) <= until),
        and_(col(Obligation.due) > after, col(Obligation.due) <= until),
    )
    query = select(Obligation, Contract).join(Contract, col(Contract.id) == Obligation.contract_id)
    query = query.where(Obligation.state == "open", within)
    if organisation_id is not None:
        query = query.where(Obligation.organisation_id == organisation_id)
    rows = session.exec(query.order_by(col(Obligation.due), col(Obligation.id))).all()
    return [
        Due(
            obligation_id=row.id or 0,
            organisation_id=row.organisation_id,
            key=row.key,
            kind=row.kind,
            title=row.title,
            contract=contract.number or contract.title,
            contract_id=row.contract_id,
            due=row.due,
            remind_on=row.remind_on,
            basis=row.basis,
            owner=row.owner,
        )
        for row, contract in rows
    ]
