"""Duties as rows: laid out again whenever a fact changes, done or waived by a person, and asked for by day."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from contracts import store, terms
from contracts.days import Span
from contracts.models import Contract, Credential, Obligation, RenewalOption, Term
from contracts.obligations import Duty, Facts, Option

TERM_KINDS = ("notice_period_to_terminate_renewal", "insurance_evidence", "initial_term")


class NotClosed(ValueError):
    """Raised when an obligation that is open, or no longer follows from the contract, would be opened again."""


class AlreadyClosed(ValueError):
    """Raised when an obligation was done, waived or withdrawn before."""


def facts(session: Session, contract: Contract, *, today: date) -> Facts:
    """What is confirmed of the contract on the day, from its row, options, credentials and terms."""
    assert contract.id is not None
    org, one = contract.organisation_id, contract.id
    confirmed: dict[str, Term] = {}
    for term in terms.valid(session, TERM_KINDS, today, organisation_id=org, contract_ids=[one]):
        confirmed.setdefault(term.kind, term)
    options = session.exec(
        select(RenewalOption)
        .where(RenewalOption.organisation_id == org, RenewalOption.contract_id == one)
        .order_by(col(RenewalOption.position))
    ).all()
    staff = session.exec(select(Credential).where(Credential.organisation_id == org, Credential.contract_id == one)).all()
    return Facts(
        contract=contract.number or contract.title,
        start=contract.start,
        end=contract.end,
        term=span(confirmed.get("initial_term")),
        options=tuple(
            Option(
                row.position,
                row.months,
                Span(months=row.notice_months) if row.notice_months else None,
                exercised=row.exercised_on is not None,
            )
            for row in options
        ),
        notice=span(confirmed.get("notice_period_to_terminate_renewal")),
        evergreen=contract.evergreen,
        insurance_certificate="insurance_evidence" in confirmed,
        credentials=_credentials(staff),
        documents={kind: term.id for kind, term in confirmed.items() if term.id is not None},
    )


def lay_out(session: Session, contract: Contract, duties: Iterable[Duty], *, now: datetime) -> list[Obligation]:
    """The contract's obligations after this plan: new ones added, open ones moved, those that no longer arise withdrawn.

    What a person closed stays closed, and doing it twice changes nothing.
    """
    known = {row.key: row for row in _planned(session, contract)}
    rows = []
    for duty in duties:
        key = f"{contract.id}:{duty.key}"
        row = known.pop(key, None) or Obligation(
            organisation_id=contract.organisation_id,
            contract_id=contract.id or 0,
            key=key,
            kind=duty.kind,
            title=duty.title,
            due=duty.due,
            basis=duty.basis,
            created_at=now,
        )
        if row.state in {"open", "withdrawn"}:
            row.state, row.title, row.due, row.basis = "open", duty.title, duty.due, duty.basis
            row.remind_on, row.term_id = duty.remind_on, duty.term_id
        session.add(row)
        rows.append(row)
    for row in known.values():
        if row.state == "open" and not _arisen(row):
            row.state, row.note, row.decided_at = "withdrawn", "it no longer follows from what is confirmed", now
            session.add(row)
    session.flush()
    return rows


def record(session: Session, contract: Contract, duty: Duty, *, now: datetime, owner: str | None = None) -> Obligation:
    """The obligation that an event made (`obligations.arising`); the same event twice is one."""
    key = f"{contract.id}:event:{duty.key}"
    query = select(Obligation).where(Obligation.organisation_id == contract.organisation_id, Obligation.key == key)
    if known := session.exec(query).first():
        return known
    row = Obligation(
        organisation_id=contract.organisation_id,
        contract_id=contract.id or 0,
        term_id=duty.term_id,
        key=key,
        kind=duty.kind,
        title=duty.title,
        due=duty.due,
        remind_on=duty.remind_on,
        basis=duty.basis,
        owner=owner,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def assign(session: Session, row: Obligation, *, owner: str | None) -> Obligation:
    """The obligation with whoever looks after it, or nobody."""
    row.owner = owner
    session.add(row)
    session.flush()
    return row


def close(session: Session, row: Obligation, *, state: str, by: str, now: datetime, note: str | None = None) -> Obligation:
    """The obligation, `done` or `waived` (which needs a note); raises AlreadyClosed, ValueError."""
    if state not in {"done", "waived"}:
        raise ValueError(f"an obligation is done or waived, not {state}")
    if state == "waived" and not (note or "").strip():
        raise ValueError("say why the obligation is waived")
    if row.state != "open":
        raise AlreadyClosed(f"obligation {row.id} is {row.state} already")
    row.state, row.decided_by, row.decided_at, row.note = state, by, now, note
    session.add(row)
    session.flush()
    return row


def reopen(session: Session, row: Obligation) -> Obligation:
    """A closed obligation, open again; raises NotClosed for one that is open or no longer follows from the contract."""
    if row.state not in {"done", "waived"}:
        raise NotClosed(f"obligation {row.id} is {row.state}, neither done nor waived")
    row.state, row.note, row.decided_by, row.decided_at = "open", None, None, None
    session.add(row)
    session.flush()
    return row


def listed(
    session: Session,
    *,
    organisation_id: int,
    until: date | None = None,
    contract_id: int | None = None,
    limit: int | None = store.PER_LIST,
) -> Sequence[Obligation]:
    """Open obligations by day, up to and with `until`; all of them where `limit` is None."""
    query = select(Obligation).where(Obligation.organisation_id == organisation_id, Obligation.state == "open")
    if until is not None:
        query = query.where(col(Obligation.due) <= until)
    if contract_id is not None:
        query = query.where(Obligation.contract_id == contract_id)
    return session.exec(query.order_by(col(Obligation.due), col(Obligation.id)).limit(limit)).all()


def to_remind(session: Session, *, organisation_id: int, today: date) -> Sequence[Obligation]:
    """Open obligations whose reminder is due; the caller's delivery key (obligation, remind_on) makes repeats harmless."""
    query = select(Obligation).where(
        Obligation.organisation_id == organisation_id, Obligation.state == "open", col(Obligation.remind_on) <= today
    )
    return session.exec(query.order_by(col(Obligation.due), col(Obligation.id)).limit(store.PER_LIST)).all()


def one(session: Session, obligation_id: int, *, organisation_id: int) -> Obligation | None:
    """One obligation of the organisation, or None."""
    return session.exec(
        select(Obligation).where(Obligation.organisation_id == organisation_id, Obligation.id == obligation_id)
    ).first()


def _planned(session: Session, contract: Contract) -> Sequence[Obligation]:
    query = select(Obligation).where(
        Obligation.organisation_id == contract.organisation_id, Obligation.contract_id == contract.id
    )
    return session.exec(query).all()


def _credentials(staff: Iterable[Credential]) -> tuple[tuple[str, date], ...]:
    """Whose licence runs out when; one that was renewed is recorded again, and its latest end counts."""
    latest: dict[tuple[str, str], tuple[str, date]] = {}
    for row in staff:
        key = (row.person.strip().casefold(), (row.number or row.profession or "").strip().casefold())
        if row.valid_to is not None and (key not in latest or latest[key][1] < row.valid_to):
            latest[key] = (row.person.strip(), row.valid_to)
    return tuple(latest.values())


def _arisen(row: Obligation) -> bool:
    return row.key.split(":")[1] == "event"


def span(term: Term | None) -> Span | None:
    """A confirmed term's length; None where none is confirmed, or the confirmed words are no length of time."""
    if term is None or term.value is None:
        return None
    try:
        return Span.parse(term.value, term.unit)
    except ValueError:
        return None
