"""Reminders of what contracts make due: to whom they go, and the connections that an operator need not look after."""

from datetime import datetime

from api import journeys
from api.accounts import store
from api.accounts.models import FIRST_ORGANISATION
from api.accounts.roles import Role
from api.database import Database
from notifier import upkeep


def duties(database: Database, *, operator: str, now: datetime) -> int:
    """Write the reminders of duties that have become due, to each organisation's owners; how many.

    A clinic that works without signing in has no owner with an address: there the operator hears of them.
    """
    with database.write() as session:
        owners = {
            one.id: [person for person in store.people(session, organisation_id=one.id) if Role(person.role).manages]
            for one in store.organisations(session)
            if one.id is not None
        }
        recipients = {number: [person.address for person in some] for number, some in owners.items()}
        languages = {person.address: person.language for some in owners.values() for person in some}
        if operator and not recipients.get(FIRST_ORGANISATION):
            recipients[FIRST_ORGANISATION] = [operator]
        return journeys.remind_of_duties(session, recipients, now=now, languages=languages)


def connections(database: Database, *, operator: str, now: datetime) -> list[str]:
    """Switch off the connections that nothing has reached for days; their addresses."""
    with database.write() as session:
        return [row.address for row in upkeep.switch_off(session, now=now, operator=operator)]
