"""signed document → what it makes due, when it may come up again, and who hears of a changed payee."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import String, cast
from sqlmodel import Session, col, select

import contracts.store
from api.accounts.roles import Role
from api.accounts.store import people
from contracts import duties, payees
from contracts.days import HOME
from contracts.models import Contract
from contracts.obligations import Radar, radar
from crawler.models import Tender
from crawler.normalise import number_key
from notifier import notices
from notifier.models import Delivery


def remind_of_duties(
    session: Session, recipients: Mapping[int, Sequence[str]], *, now: datetime, languages: Mapping[str, str] | None = None
) -> int:
    """Mail what contracts make due, to its owner where one with an address is named, else to `recipients` of the organisation.

    Once when its warning is reached, again a week before, on the day before and when it is overdue; how many notices that is.
    """
    today, told = now.astimezone(HOME).date(), 0
    for organisation_id, addresses in recipients.items():
        for row in duties.to_remind(session, organisation_id=organisation_id, today=today):
            contract = contracts.store.contract(session, row.contract_id, organisation_id=organisation_id)
            content = {
                "title": row.title,
                "kind": row.kind,
                "due": row.due.isoformat(),
                "basis": row.basis,
                "contract": (contract.number or contract.title) if contract else "",
            }
            to = [row.owner] if row.owner and "@" in row.owner else addresses
            key = f"obligation:{row.id}:{row.due}:{_stage((row.due - today).days)}"
            known = notices.told(session, key)
            notices.tell(
                session, "obligation", content, to, key=key, organisation_id=organisation_id, now=now, languages=languages
            )
            told += not known
    return told


def _stage(days: int) -> str:
    """Which of its reminders a duty has come to, with so many days left."""
    return next(name for most, name in ((-1, "overdue"), (1, "day"), (7, "week"), (10_000, "warning")) if days <= most)


def tell_of_payee(session: Session, notice: payees.Notice, *, organisation_id: int, now: datetime) -> list[Delivery]:
    """Mail a step of a payee's change to the contact from before it and to everyone who may approve, but whoever took the step."""
    deciding = {
        person.address: person.language
        for person in people(session, organisation_id=organisation_id)
        if Role(person.role).pays and f"person {person.id}" != notice.by
    }
    content = {
        "step": notice.step,
        "payee": notice.payee,
        "fields": list(notice.fields),
        "effective_at": notice.effective_at.isoformat() if notice.effective_at else None,
    }
    languages = ({notice.to: notice.language} if notice.to else {}) | deciding
    key = f"payee:{organisation_id}:{notice.change_id}:{notice.step}"
    return notices.tell(
        session, "payee_change", content, languages, key=key, organisation_id=organisation_id, now=now, languages=languages
    )


def renewals(session: Session, *, organisation_id: int, today: date) -> list[tuple[Contract, Radar]]:
    """Each contract with when it ends and may come up again, by its program line's earlier rounds; the first to end first."""
    owned = contracts.store.every_contract(session, organisation_id=organisation_id)
    seen = []
    for contract in owned:
        rounds = _rounds(session, contract.program) if contract.program else {}
        leads = [
            other.start - rounds[other.ocid]
            for other in owned
            if other.program == contract.program and other.start and other.ocid in rounds and rounds[other.ocid] < other.start
        ]
        facts = duties.facts(session, contract, today=today)
        seen.append((contract, radar(facts, leads=leads, postings=list(rounds.values()))))
    return sorted(seen, key=lambda pair: (pair[1].end is None, pair[1].end or date.max, pair[0].title))


def _rounds(session: Session, line: str) -> dict[str | None, date]:
    """The days on which a program line's tenders were posted, by ocid."""
    said = cast(col(Tender.programs), String).contains(f'"{line}"', autoescape=True)
    query = select(Tender.ocid, Tender.published_at).where(said, col(Tender.published_at).is_not(None))
    return {ocid: posted.astimezone(HOME).date() for ocid, posted in session.exec(query).all() if posted is not None}


def tender_of(session: Session, solicitation: str) -> str | None:
    """The ocid of the one watched tender with this number; None where none has it, or several have."""
    key = number_key(solicitation)
    found = session.exec(select(Tender.ocid).where(Tender.number_key == key).limit(2)).all() if key else []
    return found[0] if len(found) == 1 else None
