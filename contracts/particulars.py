"""What a contract's own pages name beside its terms: parties, sites, listed staff, options to renew, amendments.

Each kind is a line of `KINDS`. What a person typed comes in as text; what can't be understood is refused in one sentence. Every
row that is added or removed is in the audit log with all its words, so that nothing is lost by removing one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlmodel import Session, col, func, select

from contracts import audit
from contracts.models import Contract, ContractAmendment, ContractParty, ContractSite, Credential, Document, RenewalOption

ROLES = ("buyer", "procuringEntity", "supplier", "subcontractor", "payee", "payer")  # OCDS partyRole, and who works under whom
MOST_MONTHS = 600

Row: TypeAlias = ContractParty | ContractSite | Credential | RenewalOption | ContractAmendment


class BadParticular(ValueError):
    """Raised for something that can't be recorded; the text says which field and how to write it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of particular: what it is kept in, what must be said of it, and what may be."""

    model: type[Row]
    needed: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.needed, *self.optional)


KINDS: dict[str, Kind] = {
    "party": Kind(ContractParty, ("role", "name"), ("identifier", "address", "contact")),
    "site": Kind(ContractSite, ("name",), ("address", "valid_from", "valid_to")),
    "staff": Kind(Credential, ("person",), ("profession", "number", "valid_from", "valid_to")),
    "option": Kind(RenewalOption, ("months",), ("notice_months", "exercised_on")),
    "amendment": Kind(ContractAmendment, ("rationale",), ("number", "effective", "document_id")),
}
DAYS = {"valid_from", "valid_to", "exercised_on", "effective"}
NUMBERS = {"months", "notice_months", "document_id"}


def add(session: Session, contract: Contract, kind: str, given: Mapping[str, str], *, by: str, now: datetime) -> Row:
    """One more particular of the contract, from what was typed; empty fields are left out. Raises BadParticular."""
    line = _kind(kind)
    if unknown := set(given) - set(line.fields):
        raise BadParticular(f"{kind} has no {', '.join(sorted(unknown))}: it has {', '.join(line.fields)}")
    said = {name: text.strip() for name, text in given.items() if text and text.strip()}
    if missing := [name for name in line.needed if name not in said]:
        raise BadParticular(f"a {kind} needs its {' and '.join(missing)}")
    values = {name: _read(session, contract, name, text) for name, text in said.items()} | _own(session, contract, kind, now)
    begins, ends = values.get("valid_from"), values.get("valid_to")
    if begins and ends and ends <= begins:
        raise BadParticular(f"it would end on {ends}, before it begins on {begins}")
    row = line.model(organisation_id=contract.organisation_id, contract_id=contract.id or 0, **values)
    session.add(row)
    session.flush()
    _log(session, contract, f"contract.{kind}.added", shown(kind, row), by=by, now=now)
    return row


def remove(session: Session, contract: Contract, kind: str, row: Row, *, by: str, now: datetime) -> None:
    """Take the particular off the contract; what it said stays in the audit log."""
    _log(session, contract, f"contract.{kind}.removed", shown(kind, row), by=by, now=now)
    session.delete(row)
    session.flush()


def exercise(session: Session, contract: Contract, option: RenewalOption, *, on: date, by: str, now: datetime) -> RenewalOption:
    """The option, used on that day: from now on its months count. Raises BadParticular for one that was used before."""
    if option.exercised_on is not None:
        raise BadParticular(f"option {option.position} was used on {option.exercised_on} already")
    option.exercised_on = on
    session.add(option)
    session.flush()
    _log(session, contract, "contract.option.exercised", shown("option", option), by=by, now=now)
    return option


def listed(session: Session, contract: Contract, kind: str) -> Sequence[Row]:
    """The contract's particulars of a kind, in the order they were recorded."""
    model: Any = _kind(kind).model
    query = select(model).where(model.organisation_id == contract.organisation_id, model.contract_id == contract.id)
    return session.exec(query.order_by(col(model.id))).all()


def one(session: Session, contract: Contract, kind: str, row_id: int) -> Row | None:
    """One particular of the contract, or None."""
    return next((row for row in listed(session, contract, kind) if row.id == row_id), None)


def shown(kind: str, row: Row) -> dict[str, Any]:
    """The row's own words, in JSON values."""
    names = ("id", *(("position",) if kind == "option" else ()), *_kind(kind).fields)
    values = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _kind(kind: str) -> Kind:
    if kind not in KINDS:
        raise BadParticular(f"there is no “{kind}”: use {', '.join(KINDS)}")
    return KINDS[kind]


def _read(session: Session, contract: Contract, name: str, text: str) -> Any:
    if name in DAYS:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise BadParticular(f"“{text}” is no day for {name}: write it as 2026-04-01") from None
    if name in NUMBERS:
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise BadParticular(f"“{text}” is no whole number for {name}")
        return _number(session, contract, name, int(text))
    if name == "role" and text not in ROLES:
        raise BadParticular(f"“{text}” is no role: use {', '.join(ROLES)}")
    return text


def _number(session: Session, contract: Contract, name: str, number: int) -> int:
    if name != "document_id":
        if not 0 < number <= MOST_MONTHS:
            raise BadParticular(f"{name} is from 1 to {MOST_MONTHS}, not {number}")
        return number
    query = select(Document.id).where(Document.contract_id == contract.id, Document.id == number)
    if session.exec(query).first() is None:
        raise BadParticular(f"the contract has no document {number}")
    return number


def _own(session: Session, contract: Contract, kind: str, now: datetime) -> dict[str, Any]:
    """What the row gets without being asked: an option its place in the line, an amendment when it was recorded."""
    if kind == "option":
        last = session.exec(select(func.max(RenewalOption.position)).where(RenewalOption.contract_id == contract.id)).one()
        return {"position": (last or 0) + 1}
    return {"recorded_at": now} if kind == "amendment" else {}


def _log(session: Session, contract: Contract, action: str, words: Mapping[str, Any], *, by: str, now: datetime) -> None:
    subject = f"contract:{contract.id}"
    audit.record(
        session, organisation_id=contract.organisation_id, at=now, actor=by, action=action, subject=subject, **dict(words)
    )
