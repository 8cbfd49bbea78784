"""The first owner: until one has settled in, a start prints one link that lets them in."""

from datetime import datetime

from sqlmodel import Session, select

from api.accounts import store
from api.accounts.models import FIRST_ORGANISATION, Person, SignIn
from api.accounts.roles import Role
from api.database import Database

PLACEHOLDER = "owner@localhost"  # until the owner gives their own


def first_owner_link(database: Database, public_url: str, *, now: datetime, address: str = PLACEHOLDER) -> str | None:
    """The address that signs the first owner in, once and within a day; None when an owner has a way in already.

    `address` is the owner's, if it is known. Asked again before the link was used, it gives a new one and the older stops working:
    whoever starts the service reads it.
    """
    with database.write() as session:
        store.first_organisation(session, now=now)
        everyone = store.people(session, organisation_id=FIRST_ORGANISATION)
        owners = [person for person in everyone if person.role == Role.OWNER]
        if any(_has_settled_in(session, person) for person in owners):
            return None
        person = next(iter(owners), None) or store.add_person(
            session, organisation_id=FIRST_ORGANISATION, address=address, role=Role.OWNER, now=now
        )
        # nobody came in yet, so an address that was misspelt can still be put right
        if address != PLACEHOLDER and not _been_in(session, person) and store.by_address(session, address) is None:
            person.address = address.lower()
            session.add(person)
        token = store.link(session, person, now=now)
    return f"{public_url.rstrip('/')}/sign-in/link/{token}"


def _has_settled_in(session: Session, person: Person) -> bool:
    """Whether they can come back by themselves: with a password or passkey, or by a link mailed to an address that was used."""
    if person.password_hash is not None or person.passkey_since is not None:
        return True
    return _been_in(session, person) and person.address != PLACEHOLDER


def _been_in(session: Session, person: Person) -> bool:
    return session.exec(select(SignIn.id).where(SignIn.person_id == person.id).limit(1)).first() is not None
