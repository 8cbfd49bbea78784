"""Contracts, fees and the audit log."""

from sqlmodel import Session

from api.exports import MOST, Table
from api.lists import Asked, List
from api.problems import Problem
from contracts import audit, fees, store
from contracts.days import home_day


def _contracts(session: Session, asked: Asked) -> Table:
    columns = ("id", "title", "number", "solicitation_number", "ocid", "program", "date_signed", "start", "end")
    rows = store.contracts(session, organisation_id=asked.me.organisation_id, limit=MOST)
    return Table("contracts", columns, [tuple(getattr(row, name) for name in columns) for row in rows])


def _fees(session: Session, asked: Asked) -> Table:
    columns = ("code", "description", "amount", "currency", "unit", "valid_from", "valid_to", "page", "contract_id")
    rows = fees.confirmed(session, organisation_id=asked.me.organisation_id, day=home_day(asked.now), codes=None)
    return Table("fees", columns, [tuple(getattr(row, name) for name in columns) for row in rows])


def _audit(session: Session, asked: Asked) -> Table:
    if not asked.me.audits:
        raise Problem(403, "The audit log is for the roles owner and auditor.")
    columns = ("sequence", "at", "actor", "action", "subject", "digest")
    rows = audit.entries(session, organisation_id=asked.me.organisation_id, limit=MOST)
    return Table("audit", columns, [tuple(getattr(row, name) for name in columns) for row in rows])


LISTS: dict[str, List] = {"contracts": _contracts, "fees": _fees, "audit": _audit}
