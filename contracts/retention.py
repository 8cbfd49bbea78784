"""How long contracts are kept after they end, and their disposal: proposed, then done by a person or the clock, never under a hold.

Nothing is disposed of whose end is not known. What is removed is named in the audit log with the digests of its files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, delete, select, update

from contracts import audit, duties, holds, obligations, store
from contracts.days import Span, after
from contracts.models import (
    AuditEntry,
    Clause,
    Contract,
    ContractAmendment,
    ContractParty,
    ContractSite,
    Credential,
    Document,
    DocumentPage,
    FeeItem,
    LegalHold,
    Obligation,
    Pursuit,
    RenewalOption,
    RetentionRule,
    Term,
)

RECORDS = ("contract",)
MOST_MONTHS = 1_200
DISPOSED = "contract.disposed"  # the action that the audit log names
AT_ONCE = 500  # digests that are asked about in one query


class BadRule(ValueError):
    """Raised for a rule that can't be kept; the text says why."""


@dataclass(frozen=True, slots=True)
class Disposable:
    """A contract that has been kept as long as its rule says: since when, and the hold that keeps it, if one does."""

    contract: Contract
    ended: date  # the first day after it
    since: date
    hold: LegalHold | None


def rule(session: Session, *, organisation_id: int, record: str = "contract") -> RetentionRule | None:
    """How long the organisation keeps such records, if it has said so."""
    query = select(RetentionRule).where(RetentionRule.organisation_id == organisation_id, RetentionRule.record == record)
    return session.exec(query).first()


def set_rule(
    session: Session,
    *,
    organisation_id: int,
    months: int,
    basis: str,
    automatic: bool,
    by: str,
    now: datetime,
    record: str = "contract",
) -> RetentionRule:
    """Keep such records so long after their end; the rule before is replaced, and both stand in the audit log. Raises BadRule."""
    if record not in RECORDS:
        raise BadRule(f"there is no rule for “{record}”: use {', '.join(RECORDS)}")
    if not 0 < months <= MOST_MONTHS:
        raise BadRule(f"keep records from 1 to {MOST_MONTHS} months, not {months}")
    if not basis.strip():
        raise BadRule("say where the time comes from, such as the clause or the statute")
    row = rule(session, organisation_id=organisation_id, record=record) or RetentionRule(
        organisation_id=organisation_id, record=record, months=months, basis=basis, set_by=by, set_at=now
    )
    row.months, row.basis, row.automatic, row.set_by, row.set_at = months, basis.strip(), automatic, by, now
    session.add(row)
    session.flush()
    words: dict[str, Any] = {"months": months, "basis": row.basis, "automatic": automatic}
    audit.record(
        session, organisation_id=organisation_id, at=now, actor=by, action="retention.set", subject=f"retention:{record}", **words
    )
    return row


def due(session: Session, *, organisation_id: int, today: date) -> list[Disposable]:
    """Contracts that have been kept long enough, those under a hold among them, the longest due first."""
    kept = rule(session, organisation_id=organisation_id)
    if kept is None:
        return []
    found = []
    for contract in store.every_contract(session, organisation_id=organisation_id):
        end = obligations.expiry(duties.facts(session, contract, today=today))
        since = after(end, Span(months=kept.months)) if end else None
        if end and since and since <= today:
            hold = holds.standing(session, holds.of("contract", contract.id), organisation_id=organisation_id)
            found.append(Disposable(contract, end, since, hold))
    return sorted(found, key=lambda one: (one.since, one.contract.id or 0))


def dispose(session: Session, contract: Contract, *, by: str, reason: str, now: datetime) -> list[str]:
    """Remove the contract and all that hangs on it; the digests of the files that no document names any more. Raises holds.Held.

    The caller takes the files away once this is committed.
    """
    org, one = contract.organisation_id, contract.id
    assert one is not None
    holds.refuse_held(session, holds.of("contract", one), organisation_id=org)
    digests = session.exec(select(Document.sha256).where(Document.contract_id == one)).all()
    words: dict[str, Any] = {"title": contract.title, "number": contract.number, "documents": list(digests), "reason": reason}
    audit.record(session, organisation_id=org, at=now, actor=by, action=DISPOSED, subject=f"contract:{one}", **words)
    _remove(session, one)
    return _unnamed(session, digests)


def disposed(session: Session, *, after: int = 0) -> list[str]:
    """The digests of files that were disposed of in the audit log's entries after this one, by any organisation, and that nothing
    names any more.
    """
    entries = select(AuditEntry.detail).where(col(AuditEntry.id) > after, AuditEntry.action == DISPOSED)
    return _unnamed(session, sorted({digest for detail in session.exec(entries) for digest in detail["documents"]}))


def _unnamed(session: Session, digests: Sequence[str]) -> list[str]:
    """Those of these files that no document and no proof of a submission is."""
    named: set[str | None] = set()
    for start in range(0, len(digests), AT_ONCE):
        some = digests[start : start + AT_ONCE]
        for column in (Document.sha256, Pursuit.proof_sha256):
            named |= set(session.exec(select(column).where(col(column).in_(some))))
    return [digest for digest in digests if digest not in named]


def _remove(session: Session, contract_id: int) -> None:
    """The rows, those that point at others first."""
    for table in (Term, FeeItem, Document):
        session.exec(update(table).where(col(table.contract_id) == contract_id).values(replaces_id=None))
    papers = select(Document.id).where(Document.contract_id == contract_id)
    session.exec(delete(Obligation).where(col(Obligation.contract_id) == contract_id))
    for owned in (Term, FeeItem, Clause):
        session.exec(delete(owned).where(col(owned.contract_id) == contract_id))
    session.exec(delete(DocumentPage).where(col(DocumentPage.document_id).in_(papers)))
    for named in (ContractAmendment, Document, ContractParty, ContractSite, Credential, RenewalOption):
        session.exec(delete(named).where(col(named.contract_id) == contract_id))
    session.exec(delete(Contract).where(col(Contract.id) == contract_id))
    session.expire_all()


def organisations(session: Session) -> Sequence[int]:
    """The organisations that have said how long they keep contracts, and let the clock dispose of them."""
    query = select(RetentionRule.organisation_id).where(col(RetentionRule.automatic).is_(True))
    return session.exec(query.distinct()).all()
