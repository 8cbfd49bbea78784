"""Who belongs to an organisation, and its programs' keys: what an owner does with them, each written into the audit log.

The page, the API and the command line all come through here, so the rules stand once: an address belongs to one person of one
organisation, the last owner stays an owner, and nobody gives a program more than they may do themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from api.accounts import store, tokens
from api.accounts.models import ApiKey, Person
from api.accounts.roles import Principal, Role
from api.languages import N_
from contracts import audit
from notifier import links, own_mail
from notifier.addresses import normal_address

MOST_DAYS = 365
TAKEN = N_("This address can't be used here.")  # says nothing of another organisation's people
LAST_OWNER = N_("The last owner stays an owner; make someone else an owner first.")


class NotPossible(ValueError):
    """Raised for a change that may not be; the sentence says why, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A person, and the token of the link that signs them in once within a day; `mailed` says whether it is on its way."""

    person: Person
    token: str
    mailed: bool


def free_address(session: Session, address: str, own: Person | None = None) -> str:
    """The address as it is kept; raises NotPossible for another person's, InvalidAddress for none."""
    wanted = normal_address(address).lower()
    other = store.by_address(session, wanted)
    if other is not None and (own is None or other.id != own.id):
        raise NotPossible(TAKEN)
    return wanted


def invite(
    session: Session, me: Principal, address: str, role: str, *, secret: str, mail: bool, now: datetime, name: str = ""
) -> Invitation:
    """Add a person, or give one a new link, and have it mailed if `mail`. Raises NotPossible and InvalidAddress."""
    person = store.by_address(session, address)
    if person is None or person.organisation_id != me.organisation_id:
        person = _added(session, me, free_address(session, address), _role(me, role), name=" ".join(name.split()), now=now)
    elif person.role == Role.OWNER:
        _role(me, person.role)
    nonce = tokens.new()
    token = store.link(session, person, now=now, token=links.sign_in_token(nonce, secret=secret))
    if mail:
        own_mail.invitation(session, person.address, nonce=nonce, by=me.name, now=now, language=person.language or me.language)
    note(session, me, "person.invited", f"person:{person.id}", now=now, role=person.role)
    return Invitation(person, token, mail)


def _added(session: Session, me: Principal, address: str, role: str, *, name: str, now: datetime) -> Person:
    """A new person, or one who was taken out of this organisation and comes back. Raises NotPossible for one who left another."""
    gone = store.left_by_address(session, address)
    if gone is None:
        return store.add_person(session, organisation_id=me.organisation_id, address=address, role=role, now=now, name=name)
    if gone.organisation_id != me.organisation_id:
        raise NotPossible(TAKEN)
    gone.ended_at, gone.role, gone.name = None, role, name or gone.name
    session.add(gone)
    session.flush()
    return gone


def change_role(session: Session, me: Principal, person: Person, role: str, *, now: datetime) -> None:
    """Give a person another role, in effect with their next request; raises NotPossible."""
    wanted = _role(me, role)
    if wanted == person.role:
        return
    if person.role == Role.OWNER:
        _role(me, person.role)
        _another_owner(session, person)
    old, person.role = person.role, wanted
    session.add(person)
    session.flush()
    note(session, me, "person.role", f"person:{person.id}", now=now, old=old, new=wanted)


def remove(session: Session, me: Principal, person: Person, *, now: datetime) -> None:
    """Take a person out: their sessions end at once. Raises NotPossible for the last owner."""
    if person.role == Role.OWNER:
        _role(me, person.role)
        _another_owner(session, person)
    person.ended_at = now
    session.add(person)
    assert person.id is not None
    store.end_sign_ins(session, person.id, now=now)
    note(session, me, "person.removed", f"person:{person.id}", now=now)


def restore(session: Session, me: Principal, person_id: int, *, now: datetime) -> Person | None:
    """Bring back somebody who was taken out, with the role they had; None for nobody. Raises NotPossible for an owner, asked by none."""
    person = store.left(session, person_id, organisation_id=me.organisation_id)
    if person is None:
        return None
    if person.role == Role.OWNER:
        _role(me, person.role)
    person.ended_at = None
    session.add(person)
    session.flush()
    note(session, me, "person.restored", f"person:{person.id}", now=now)
    return person


def one(session: Session, person_id: int, *, organisation_id: int) -> Person | None:
    """A person who belongs here, by number."""
    everyone = store.people(session, organisation_id=organisation_id)
    return next((person for person in everyone if person.id == person_id), None)


def make_key(
    session: Session, me: Principal, *, name: str, scopes: Sequence[str], days: int, now: datetime
) -> tuple[ApiKey, str]:
    """A new key for a program, and the whole of it, which is shown this once. Raises NotPossible."""
    wanted = [scope for scope in store.SCOPES if scope in scopes or (scope == "read" and scopes)]  # every key may read
    if not name.strip():
        raise NotPossible(N_("Give the key a name that says which program uses it."))
    if not wanted or set(scopes) - set(store.SCOPES):
        raise NotPossible(f"A key may do one or more of: {', '.join(store.SCOPES)}.")
    if beyond := [scope for scope in wanted if scope not in me.scopes]:
        raise NotPossible(f"You may not do {beyond[0]} yourself, so no key of yours may.")
    if not 1 <= days <= MOST_DAYS:
        raise NotPossible(f"A key lasts between a day and a year ({MOST_DAYS} days).")
    text = store.add_key(
        session,
        organisation_id=me.organisation_id,
        person_id=me.person_id,
        name=" ".join(name.split())[:100],
        scopes=wanted,
        life=timedelta(days=days),
        now=now,
    )
    row = session.exec(select(ApiKey).where(ApiKey.prefix == text.split("_")[1])).one()
    note(session, me, "key.made", f"key:{row.id}", now=now, scopes=wanted)
    return row, text


def revoke_key(session: Session, me: Principal, key_id: int, *, now: datetime) -> bool:
    """End one of the organisation's keys at once; False when it has none of this number."""
    known = 0 < key_id < 2**31 and store.revoke_key(session, key_id, organisation_id=me.organisation_id, now=now)
    if known:
        note(session, me, "key.revoked", f"key:{key_id}", now=now)
    return known


def note(session: Session, me: Principal, action: str, subject: str, *, now: datetime, **detail: Any) -> None:
    """Write down what was done, by `person 7` where it was one, since people may change their names."""
    actor = f"person {me.person_id}" if me.person_id else me.name
    audit.record(session, organisation_id=me.organisation_id, at=now, actor=actor, action=action, subject=subject, **detail)


def own_act(session: Session, person: Person, action: str, *, now: datetime, **detail: Any) -> None:
    """Write down what a person did about their own account, or what was tried in their name."""
    me = Principal(person.organisation_id, Role(person.role), person_id=person.id)
    note(session, me, action, f"person:{person.id}", now=now, **detail)


def _role(me: Principal, role: str) -> str:
    if role not in set(Role):
        raise NotPossible(N_("Choose a role: owner, finance, staff, read-only or auditor."))
    if role == Role.OWNER and me.role is not Role.OWNER:
        raise NotPossible(N_("Only an owner makes or unmakes an owner; a program may not."))
    return role


def _another_owner(session: Session, person: Person) -> None:
    # the whole list is read with the write lock held, so that two owners can't take each other out at once
    everyone = session.exec(
        select(Person).where(Person.organisation_id == person.organisation_id, Person.role == Role.OWNER).with_for_update()
    ).all()
    if not any(other.id != person.id and other.ended_at is None for other in everyone):
        raise NotPossible(LAST_OWNER)
