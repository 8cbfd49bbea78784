"""What contracts say, kept twice over in time: for which days it holds, and when we came to know it. Nothing is overwritten.

Extraction proposes, a person confirms or rejects. A correction is a new row that supersedes the old one, which stays.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, bindparam
from sqlmodel import Session, col, func, or_, select

from contracts.extraction import ProposedTerm
from contracts.models import Contract, Document, Term

CARRIED = (
    "contract_id",
    "document_id",
    "kind",
    "value",
    "unit",
    "valid_from",
    "valid_to",
    "page",
    "start",
    "end",
    "quote",
    "confidence",
)


LIKELY = 0.4  # estimated chance from which a clause is put before a person
ASKED = 5  # candidates of one kind
MOST_PROPOSED = 12  # proposals that one question looks at
DAYS = re.compile(r"P(\d+)D")
BUSINESS_DAYS = re.compile(r"\b(?:business|working)\s+days?\b", re.IGNORECASE)
PLAIN_DAYS = r"\b{count}\)?\s+(?:calendar\s+)?days?\b"


class AlreadyDecided(ValueError):
    """Raised when a term was confirmed, rejected or superseded before."""


def worth_asking(proposals: Iterable[ProposedTerm]) -> list[ProposedTerm]:
    """The few likely candidates of each kind that a person is asked about; the others would only bury them."""
    kept: list[ProposedTerm] = []
    counted: Counter[str] = Counter()
    for proposal in sorted(proposals, key=lambda one: -one.confidence):
        if proposal.confidence >= LIKELY and counted[proposal.kind] < ASKED:
            counted[proposal.kind] += 1
            kept.append(proposal)
    return sorted(kept, key=lambda one: one.start)


def propose(session: Session, document: Document, proposals: Iterable[ProposedTerm], *, now: datetime) -> list[Term]:
    """The proposals as rows of the document's contract, for a person to decide on."""
    rows = [
        Term(
            organisation_id=document.organisation_id,
            contract_id=document.contract_id,
            document_id=document.id,
            kind=proposal.kind,
            value=proposal.value,
            unit="business day" if _in_business_days(proposal) else None,
            page=proposal.page,
            start=proposal.start,
            end=proposal.end,
            quote=proposal.quote,
            confidence=proposal.confidence,
            recorded_at=now,
        )
        for proposal in proposals
    ]
    session.add_all(rows)
    session.flush()
    return rows


def confirm(session: Session, term: Term, *, by: str, now: datetime, **corrections: Any) -> Term:
    """The confirmed row: the proposal itself, or a new row with the person's corrections that supersedes it.

    `corrections` may name value, unit, valid_from, valid_to, page, start, end and quote. Raises AlreadyDecided.
    """
    _open(term, "proposed")
    if not corrections:
        return _decided(session, term, "confirmed", by=by, now=now)
    return _succeeded(session, term, by=by, now=now, **corrections)


def reject(session: Session, term: Term, *, by: str, now: datetime) -> Term:
    """The proposal, marked as wrong; it stays, so that nobody is asked twice. Raises AlreadyDecided."""
    _open(term, "proposed")
    return _decided(session, term, "rejected", by=by, now=now)


def reconsider(session: Session, term: Term, *, now: datetime) -> Term:
    """A proposal again, as it was read, superseding what was decided. Raises AlreadyDecided for one that is none or was superseded."""
    if term.status not in {"confirmed", "rejected"}:
        raise AlreadyDecided(f"term {term.id} is {term.status}")
    _open(term, term.status)
    read = session.get(Term, term.replaces_id) if term.replaces_id is not None else term
    newer = Term(**_carried(read or term), organisation_id=term.organisation_id, recorded_at=now, replaces_id=term.id)
    term.superseded_at = now
    session.add_all([term, newer])
    session.flush()
    return newer


def amend(session: Session, term: Term, *, effective: date, by: str, now: datetime, **changes: Any) -> Term:
    """The row that holds from `effective` on; the days before keep the confirmed term's value.

    The old row is superseded by one that ends on `effective`. Raises AlreadyDecided, and ValueError for a day on which
    the term does not hold.
    """
    _open(term, "confirmed")
    if (term.valid_from is not None and effective <= term.valid_from) or (
        term.valid_to is not None and effective >= term.valid_to
    ):
        raise ValueError(
            f"the term holds from {term.valid_from or 'ever'} to {term.valid_to or 'ever'}; {effective} is not within"
        )
    after = {"valid_from": effective, "valid_to": term.valid_to, **changes}
    _succeeded(session, term, by=by, now=now, valid_to=effective)
    later = Term(**_carried(term) | after, organisation_id=term.organisation_id, recorded_at=now, status="confirmed")
    later.replaces_id, later.decided_by, later.decided_at = term.id, by, now
    session.add(later)
    session.flush()
    return later


def valid(
    session: Session,
    kinds: Sequence[str],
    day: date,
    *,
    organisation_id: int,
    contract_ids: Sequence[int] | None = None,
    known_at: datetime | None = None,
) -> Sequence[Term]:
    """Confirmed terms of the kinds that hold on the day, newest knowledge first; as it was known at `known_at` if given."""
    if not kinds:
        return []
    within = _within(kinds, organisation_id, contract_ids) | {"day": day}
    if known_at is None:
        return session.exec(_VALID, params=within).all()
    return session.exec(_KNOWN, params=within | {"known_at": known_at}).all()


def proposed(
    session: Session, kinds: Sequence[str], *, organisation_id: int, contract_ids: Sequence[int] | None = None
) -> Sequence[Term]:
    """Undecided proposals of the kinds with a place in a document, the likeliest first."""
    if not kinds:
        return []
    return session.exec(_PROPOSED, params=_within(kinds, organisation_id, contract_ids)).all()


def listed(
    session: Session, *, organisation_id: int, contract_id: int, status: str | None = None, kind: str | None = None
) -> Sequence[Term]:
    """The contract's terms that nothing supersedes, by kind, the surest first."""
    query = select(Term).where(
        Term.organisation_id == organisation_id, Term.contract_id == contract_id, col(Term.superseded_at).is_(None)
    )
    if status is not None:
        query = query.where(Term.status == status)
    if kind is not None:
        query = query.where(Term.kind == kind)
    return session.exec(query.order_by(col(Term.kind), col(Term.confidence).desc(), col(Term.id))).all()


# what a clinic lives by, in the order in which a person goes through a contract; other kinds come after
FIRST = (
    "effective_date",
    "initial_term",
    "expiration_date",
    "renewal_term",
    "option_to_renew",
    "notice_period_to_terminate_renewal",
    "invoice_window",
    "report_due",
    "referral_acknowledgement",
    "extension_request",
    "insurance_evidence",
    "insurance",
    "insurance_amount",
    "credential",
    "records_retention",
    "contract_number",
    "parties",
    "agreement_date",
    "governing_law",
    "termination_for_convenience",
    "maximum_amount",
    "holdback",
)


def to_review(session: Session, *, organisation_id: int, contract_id: int) -> list[Term]:
    """The proposed terms as a person decides on them: what makes something due first, then the rest; in each kind the surest first."""
    rows = listed(session, organisation_id=organisation_id, contract_id=contract_id, status="proposed")
    place = {kind: at for at, kind in enumerate(FIRST)}
    return sorted(rows, key=lambda row: place.get(row.kind, len(FIRST)))


def waiting(session: Session, *, organisation_id: int) -> list[tuple[Contract, int]]:
    """Each contract with terms that nobody has decided on, and how many."""
    query = (
        select(Contract, func.count(col(Term.id)))
        .join(Term, col(Term.contract_id) == Contract.id)
        .where(Term.organisation_id == organisation_id, Term.status == "proposed", col(Term.superseded_at).is_(None))
        .group_by(col(Contract.id))
        .order_by(col(Contract.id))
    )
    return [(contract, count) for contract, count in session.exec(query).all()]


def one(session: Session, term_id: int, *, organisation_id: int) -> Term | None:
    """One term of the organisation, or None."""
    return session.exec(select(Term).where(Term.organisation_id == organisation_id, Term.id == term_id)).first()


def _open(term: Term, status: str) -> None:
    if term.superseded_at is not None:
        raise AlreadyDecided(f"term {term.id} was superseded at {term.superseded_at:%Y-%m-%d %H:%M} UTC")
    if term.status != status:
        raise AlreadyDecided(f"term {term.id} is {term.status}, not {status}")


def _decided(session: Session, term: Term, status: str, *, by: str, now: datetime) -> Term:
    term.status, term.decided_by, term.decided_at = status, by, now
    session.add(term)
    session.flush()
    return term


def _succeeded(session: Session, term: Term, *, by: str, now: datetime, **changes: Any) -> Term:
    """A confirmed copy with the changes; the old row ends its knowledge."""
    if unknown := set(changes) - set(CARRIED) | set(changes) & {"contract_id", "document_id", "kind", "confidence"}:
        raise ValueError(f"a term has no field to correct called {', '.join(sorted(unknown))}")
    newer = Term(**_carried(term) | changes, organisation_id=term.organisation_id, recorded_at=now, status="confirmed")
    newer.replaces_id, newer.decided_by, newer.decided_at = term.id, by, now
    term.superseded_at = now
    session.add_all([term, newer])
    session.flush()
    return newer


def _carried(term: Term) -> dict[str, Any]:
    return {key: getattr(term, key) for key in CARRIED}


def _in_business_days(proposal: ProposedTerm) -> bool:
    """Whether the quote counts the value's days as business days; ISO 8601 has no letter for them."""
    days = DAYS.fullmatch(proposal.value or "")
    if days is None or BUSINESS_DAYS.search(proposal.quote) is None:
        return False
    return re.search(PLAIN_DAYS.format(count=days[1]), proposal.quote, re.IGNORECASE) is None


def _within(kinds: Sequence[str], organisation_id: int, contract_ids: Sequence[int] | None) -> dict[str, Any]:
    return {
        "organisation": organisation_id,
        "kinds": list(kinds),
        "everywhere": contract_ids is None,
        "contracts": list(contract_ids or ()),
    }


# built once: putting such a statement together costs more than running it
_KINDS: Any = bindparam("kinds", expanding=True)
_CONTRACTS: Any = bindparam("contracts", expanding=True)
_ASKED = select(Term).where(
    Term.organisation_id == bindparam("organisation"),
    col(Term.kind).in_(_KINDS),
    or_(bindparam("everywhere", type_=Boolean()), col(Term.contract_id).in_(_CONTRACTS)),
)
_CONFIRMED = (
    _ASKED.where(
        Term.status == "confirmed",
        or_(col(Term.valid_from).is_(None), col(Term.valid_from) <= bindparam("day")),
        or_(col(Term.valid_to).is_(None), col(Term.valid_to) > bindparam("day")),
    )
    .order_by(col(Term.recorded_at).desc(), col(Term.id).desc())
    .limit(50)
)
_VALID = _CONFIRMED.where(col(Term.superseded_at).is_(None))
_KNOWN = _CONFIRMED.where(
    col(Term.decided_at) <= bindparam("known_at"),
    or_(col(Term.superseded_at).is_(None), col(Term.superseded_at) > bindparam("known_at")),
)
_PROPOSED = (
    _ASKED.where(Term.status == "proposed", col(Term.superseded_at).is_(None), col(Term.start).is_not(None))
    .order_by(col(Term.confidence).desc(), col(Term.id))
    .limit(MOST_PROPOSED)
)
