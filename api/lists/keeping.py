"""Contracts with their last days, legal holds, fees, the audit log, and the people of the organisation."""

from datetime import timedelta

from sqlmodel import Session

from api.accounts import breaches
from api.accounts.store import people
from api.exports import MOST, Entry, Table
from api.lists import Asked, List, table
from api.problems import Problem
from contracts import audit, fees, holds, store
from contracts.days import home_day


def _contracts(session: Session, asked: Asked) -> Table:
    columns = ("id", "title", "number", "solicitation_number", "ocid", "program", "date_signed", "start", "end")
    rows = store.contracts(session, organisation_id=asked.me.organisation_id, limit=MOST)
    ends = [
        Entry(f"contract-{row.id}@bidkeeper", row.end - timedelta(days=1), row.title, row.number or "", changed_at=row.created_at)
        for row in rows
        if row.end is not None
    ]
    return table("contracts", columns, rows, ends)


def _holds(session: Session, asked: Asked) -> Table:
    columns = ("id", "subject", "reason", "placed_by", "placed_at")
    rows = holds.listed(session, organisation_id=asked.me.organisation_id)
    return table("holds", columns, rows)


def _people(session: Session, asked: Asked) -> Table:
    if not asked.me.manages:
        raise Problem(403, "The list of people is for owners.")
    columns = ("id", "address", "name", "role", "language", "created_at")
    rows = people(session, organisation_id=asked.me.organisation_id)
    return table("people", columns, rows)


def _fees(session: Session, asked: Asked) -> Table:
    columns = ("code", "description", "amount", "currency", "unit", "valid_from", "valid_to", "page", "contract_id")
    rows = fees.confirmed(session, organisation_id=asked.me.organisation_id, day=home_day(asked.now), codes=None)
    return table("fees", columns, rows)


def _audit(session: Session, asked: Asked) -> Table:
    if not asked.me.audits:
        raise Problem(403, "The audit log is for the roles owner and auditor.")
    columns = ("sequence", "at", "actor", "action", "subject", "digest")
    rows = audit.entries(session, organisation_id=asked.me.organisation_id, limit=MOST)
    return table("audit", columns, rows)


def _breaches(session: Session, asked: Asked) -> Table:
    if not asked.me.audits:
        raise Problem(403, "The breach register is for the roles owner and auditor.")
    columns = (
        "id", "happened", "found_at", "circumstances", "information", "people", "serious", "assessment", "reported_at", "told_at",
    )  # fmt: skip
    rows = breaches.breaches(session, organisation_id=asked.me.organisation_id)
    return table("breaches", columns, rows)


LISTS: dict[str, List] = {
    "contracts": _contracts,
    "retention/holds": _holds,
    "fees": _fees,
    "audit": _audit,
    "breaches": _breaches,
    "account/people": _people,
}
