"""The first owner: while nobody can sign in, a start prints one link that does."""

from datetime import datetime

from api.accounts import store
from api.accounts.models import FIRST_ORGANISATION, Person
from api.accounts.roles import Role
from api.database import Database

PLACEHOLDER = "owner@localhost"  # until the owner gives their own


def first_owner_link(database: Database, public_url: str, *, now: datetime) -> str | None:
    """The address that signs the first owner in, once and within a day; None when an owner has a way in already.

    Asked again before it was used, it gives a new one and the older stops working: whoever starts the service reads it.
    """
    with database.write() as session:
        everyone = store.people(session, organisation_id=FIRST_ORGANISATION)
        owners = [person for person in everyone if person.role == Role.OWNER]
        if any(_has_been_in(person) for person in owners):
            return None
        person = next(iter(owners), None) or store.add_person(
            session, organisation_id=FIRST_ORGANISATION, address=PLACEHOLDER, role=Role.OWNER, now=now
        )
        token = store.link(session, person, now=now)
    return f"{public_url.rstrip('/')}/sign-in/link/{token}"


def _has_been_in(person: Person) -> bool:
    return person.password_hash is not None or person.address != PLACEHOLDER
