"""What a contract's own first page says, as a person records it: numbers, days, program line, the tender it came from."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from contracts import audit
from contracts.models import Contract

FACTS = (
    "title",
    "number",
    "solicitation_number",
    "ocid",
    "program",
    "date_signed",
    "start",
    "end",
    "evergreen",
    "maximum_amount",
)


class BadFact(ValueError):
    """Raised for facts that can't be true together; the text says which."""


def set_facts(session: Session, contract: Contract, given: Mapping[str, Any], *, by: str, now: datetime) -> Contract:
    """The contract with these facts (names of FACTS); what they replace stands in the audit log. Raises BadFact, changing nothing."""
    if unknown := set(given) - set(FACTS):
        raise BadFact(f"a contract has no {', '.join(sorted(unknown))}")
    start, end = given.get("start", contract.start), given.get("end", contract.end)
    if start and end and end <= start:
        raise BadFact(f"the contract would end on {end}, before it begins on {start}")
    if (most := given.get("maximum_amount")) is not None and most < 0:
        raise BadFact("the most that a contract may pay is not negative")
    changed = {
        name: [_plain(getattr(contract, name)), _plain(value)]
        for name, value in given.items()
        if getattr(contract, name) != value
    }
    for name, value in given.items():
        setattr(contract, name, value)
    session.add(contract)
    session.flush()
    if changed:
        subject = f"contract:{contract.id}"
        audit.record(
            session, organisation_id=contract.organisation_id, at=now, actor=by, action="contract.set", subject=subject, **changed
        )
    return contract


def _plain(value: Any) -> Any:
    """The value as the audit log's JSON holds it."""
    return (
        value if value is None or isinstance(value, bool | int) else value.isoformat() if isinstance(value, date) else str(value)
    )
