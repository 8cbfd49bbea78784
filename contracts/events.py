"""What an event makes due by a confirmed term: a discharge and "within 5 business days" make a report due on a day."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from contracts import duties, obligations
from contracts.models import Contract, Obligation, Term


@dataclass(frozen=True, slots=True)
class Rule:
    """What an event makes due by a term of this kind, and whether before the event's day instead of after it."""

    what: str
    before_it: bool = False


RULES = {
    "report_due": Rule("Report"),
    "invoice_window": Rule("Invoice"),
    "referral_acknowledgement": Rule("Acknowledgement of the referral"),
    "extension_request": Rule("Request for an extension", before_it=True),
}


class NoRule(ValueError):
    """Raised for an event that makes nothing due; the text says why."""


def happened(
    session: Session,
    contract: Contract,
    term: Term,
    on: date,
    *,
    what: str,
    subject: str,
    now: datetime,
    owner: str | None = None,
) -> Obligation:
    """The obligation that an event on the day makes by a confirmed term ("discharge report", P5D, business day). Raises NoRule.

    `subject` is the clinic's own reference of the case. The same event told twice is one obligation.
    """
    rule = RULES.get(term.kind)
    if rule is None or term.contract_id != contract.id:
        raise NoRule(f"an event makes something due by a term of {', '.join(RULES)} of this contract")
    if term.status != "confirmed" or term.superseded_at is not None:
        raise NoRule(f"term {term.id} is not confirmed: nothing is due by what nobody confirmed")
    within = duties.span(term)
    if within is None:
        raise NoRule(f"term {term.id} says “{term.value}”, which is no length of time such as P5D")
    if not subject.strip():
        raise NoRule("name the case by your own reference, without the worker's name or claim")
    duty = obligations.arising(
        term.kind,
        within,
        on,
        what=what.strip() or rule.what,
        subject=subject.strip(),
        term_id=term.id,
        before_it=rule.before_it,
    )
    return duties.record(session, contract, duty, now=now, owner=owner)
