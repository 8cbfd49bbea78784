"""Changes to payees from whichever edge they come, each step with its mails in the transaction that takes it; and the clock's part."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from api import journeys
from api.database import Database
from api.settings import Settings
from contracts import payees, vault
from contracts.models import Payee, PayeeChange

WAITING = ("requested", "called_back", "approved")


def request(
    session: Session, payee: Payee, *, keys: payees.Vault, changes: Mapping[str, Any], reason: str, by: str, now: datetime
) -> PayeeChange:
    """Ask for a change; the contact on record and the second persons are mailed. Raises Refused, BadNumber."""
    change, notice = payees.request_change(session, payee, keys=keys, changes=changes, reason=reason, by=by, now=now)
    journeys.tell_of_payee(session, notice, organisation_id=payee.organisation_id, now=now)
    return change


def approve(session: Session, change: PayeeChange, *, by: str, now: datetime, organisation_id: int) -> PayeeChange:
    """The second person's yes, which the contact on record hears of before it takes effect. Raises Refused."""
    done, notice = payees.approve(session, change, by=by, now=now, organisation_id=organisation_id)
    journeys.tell_of_payee(session, notice, organisation_id=organisation_id, now=now)
    return done


def refuse(session: Session, change: PayeeChange, *, by: str, note: str, now: datetime, organisation_id: int) -> PayeeChange:
    """Drop the change, and say so to whoever heard of it. Raises Refused."""
    done, notice = payees.refuse(session, change, by=by, note=note, now=now, organisation_id=organisation_id)
    journeys.tell_of_payee(session, notice, organisation_id=organisation_id, now=now)
    return done


def apply_due(database: Database, settings: Settings, *, now: datetime) -> int:
    """Put approved changes whose wait is over into effect, for every organisation; how many. Without a key file there can be none.

    Raises VaultError for a key file that can't be used; a repeat does nothing.
    """
    with database.read() as session:
        query = select(PayeeChange.organisation_id).where(PayeeChange.state == "approved", col(PayeeChange.effective_at) <= now)
        waiting = session.exec(query.distinct()).all()
    if not waiting:
        return 0
    ring = vault.KeyRing.parse(settings.keys.read_text("utf-8"))
    done = 0
    for organisation_id in waiting:
        with database.write() as session:
            done += apply(session, keys=payees.Vault(ring, organisation_id), now=now)
    return done


def apply(session: Session, *, keys: payees.Vault, now: datetime) -> int:
    """One organisation's part of `apply_due`, each change told to the contact from before it."""
    applied = payees.apply_due(session, keys=keys, now=now)
    for _, notice in applied:
        journeys.tell_of_payee(session, notice, organisation_id=keys.organisation_id, now=now)
    return len(applied)
