"""Every query of the accounts. Time comes in; nothing here commits."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from api.accounts import tokens
from api.accounts.models import FIRST_ORGANISATION, ApiKey, Organisation, Person, SignIn, SignInLink

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)  # how fine the idle clock is: a write for each request would cost more than it tells
LINK_LIFE = timedelta(hours=24)
MAILED_LINK_LIFE = timedelta(minutes=30)
KEY_LIFE = timedelta(days=365)
SCOPES = ("read", "write", "payees", "people")  # `people` is people, keys and the audit log


def people(session: Session, *, organisation_id: int) -> Sequence[Person]:
    """Who belongs to an organisation, by address, those who left aside."""
    query = select(Person).where(Person.organisation_id == organisation_id, col(Person.ended_at).is_(None))
    return session.exec(query.order_by(Person.address)).all()


def left(session: Session, person_id: int, *, organisation_id: int) -> Person | None:
    """Somebody who belonged to an organisation and was taken out of it."""
    query = select(Person).where(
        Person.id == person_id, Person.organisation_id == organisation_id, col(Person.ended_at).is_not(None)
    )
    return session.exec(query).first()


def left_by_address(session: Session, address: str) -> Person | None:
    """Whoever had this mail address and has left: an address is one person's for good."""
    return session.exec(select(Person).where(Person.address == address.lower(), col(Person.ended_at).is_not(None))).first()


def add_organisation(session: Session, name: str, *, now: datetime) -> Organisation:
    """A new organisation, flushed: a tenant of its own, with nobody in it."""
    # the first one was given its number, which PostgreSQL's own counting would give again
    last = session.exec(select(func.max(Organisation.id))).one() or FIRST_ORGANISATION
    row = Organisation(id=last + 1, name=name, created_at=now)
    session.add(row)
    session.flush()
    return row


def first_organisation(session: Session, *, now: datetime) -> Organisation:
    """The organisation of a service for one clinic, made at its first start so that no later one takes its number."""
    row = session.get(Organisation, FIRST_ORGANISATION)
    if row is None:
        row = Organisation(id=FIRST_ORGANISATION, name="", created_at=now)
        session.add(row)
        session.flush()
    return row


def organisations(session: Session) -> Sequence[Organisation]:
    """Every tenant, in the order they came."""
    return session.exec(select(Organisation).order_by(col(Organisation.id))).all()


def anyone(session: Session) -> bool:
    """Whether there is any person at all: before that, nobody can sign in."""
    return session.exec(select(Person.id).limit(1)).first() is not None


def by_address(session: Session, address: str) -> Person | None:
    """The person with this mail address, if they have not left."""
    query = select(Person).where(Person.address == address.strip().lower(), col(Person.ended_at).is_(None))
    return session.exec(query).first()


def add_person(session: Session, *, organisation_id: int, address: str, role: str, now: datetime, name: str = "") -> Person:
    """A new person, flushed; the caller has checked the address."""
    row = Person(organisation_id=organisation_id, address=address.lower(), name=name, role=role, created_at=now)
    session.add(row)
    session.flush()
    return row


def link(session: Session, person: Person, *, now: datetime, token: str | None = None) -> str:
    """The token of a link that signs this person in once, within a day; older ones stop working. `token` is one to be mailed."""
    assert person.id is not None
    for older in session.exec(select(SignInLink).where(SignInLink.person_id == person.id, col(SignInLink.used_at).is_(None))):
        older.used_at = now
        session.add(older)
    token = token or tokens.new()
    session.add(SignInLink(token_sha256=tokens.digest(token), person_id=person.id, created_at=now, expires_at=now + LINK_LIFE))
    session.flush()
    return token


def mailed_link(session: Session, person: Person, token: str, *, now: datetime) -> None:
    """Let `token` sign this person in once, soon; a link that an owner handed on keeps working, since anyone can ask for mail."""
    assert person.id is not None
    row = SignInLink(token_sha256=tokens.digest(token), person_id=person.id, created_at=now, expires_at=now + MAILED_LINK_LIFE)
    session.add(row)
    session.flush()


def redeem(session: Session, token: str, *, now: datetime) -> Person | None:
    """Whom the link signs in, used up by this; None for one that was used, ran out or never was."""
    row = session.exec(select(SignInLink).where(SignInLink.token_sha256 == tokens.digest(token)).with_for_update()).first()
    if row is None or row.used_at is not None or now >= row.expires_at:
        return None
    row.used_at = now
    session.add(row)
    person = session.get_one(Person, row.person_id)
    return person if person.ended_at is None else None


def sign_in(session: Session, person: Person, *, browser: str, now: datetime, proved: bool = False) -> str:
    """The token of a new session; it is never one that came in from outside, so that none can be fixed in advance."""
    assert person.id is not None
    token = tokens.new()
    session.add(
        SignIn(
            token_sha256=tokens.digest(token),
            person_id=person.id,
            organisation_id=person.organisation_id,
            browser=browser[:200],
            proved_at=now if proved else None,
            created_at=now,
            seen_at=now,
        )
    )
    session.flush()
    return token


def signed_in(session: Session, token: str, *, now: datetime) -> tuple[SignIn, Person] | None:
    """The session of a token and whose it is, while it lasts."""
    query = select(SignIn, Person).join(Person, col(Person.id) == col(SignIn.person_id))
    found = session.exec(query.where(SignIn.token_sha256 == tokens.digest(token))).first()
    if found is None:
        return None
    row, person = found
    over = row.ended_at is not None or person.ended_at is not None
    return None if over or now >= row.seen_at + IDLE or now >= row.created_at + ABSOLUTE else (row, person)


def sign_ins(session: Session, person_id: int, *, now: datetime) -> Sequence[SignIn]:
    """A person's sessions that last, newest first."""
    query = select(SignIn).where(
        SignIn.person_id == person_id,
        col(SignIn.ended_at).is_(None),
        col(SignIn.seen_at) > now - IDLE,
        col(SignIn.created_at) > now - ABSOLUTE,
    )
    return session.exec(query.order_by(col(SignIn.id).desc())).all()


def end_sign_ins(session: Session, person_id: int, *, now: datetime, only: int | None = None, keep: int | None = None) -> int:
    """End a person's sessions: one, or all but one; how many ended."""
    query = select(SignIn).where(SignIn.person_id == person_id, col(SignIn.ended_at).is_(None))
    if only is not None:
        query = query.where(SignIn.id == only)
    rows = [row for row in session.exec(query) if row.id != keep]
    for row in rows:
        row.ended_at = now
        session.add(row)
    session.flush()
    return len(rows)


def add_key(
    session: Session,
    *,
    organisation_id: int,
    person_id: int | None,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    life: timedelta = KEY_LIFE,
) -> str:
    """A new API key, whole; this is the only time that it is known."""
    key, prefix, secret_sha256 = tokens.new_key()
    session.add(
        ApiKey(
            prefix=prefix,
            secret_sha256=secret_sha256,
            organisation_id=organisation_id,
            person_id=person_id,
            name=name,
            scopes=list(scopes),
            created_at=now,
            expires_at=now + min(life, KEY_LIFE),
        )
    )
    session.flush()
    return key


def key(session: Session, text: str, *, now: datetime) -> ApiKey | None:
    """The key that was sent, while it is good."""
    read = tokens.read_key(text)
    if read is None:
        return None
    prefix, secret_sha256 = read
    row = session.exec(select(ApiKey).where(ApiKey.prefix == prefix, ApiKey.secret_sha256 == secret_sha256)).first()
    return row if row is not None and row.revoked_at is None and now < row.expires_at else None


def keys(session: Session, *, organisation_id: int) -> Sequence[ApiKey]:
    """An organisation's keys that were not revoked, newest first."""
    query = select(ApiKey).where(ApiKey.organisation_id == organisation_id, col(ApiKey.revoked_at).is_(None))
    return session.exec(query.order_by(col(ApiKey.id).desc())).all()


def revoke_key(session: Session, key_id: int, *, organisation_id: int, now: datetime) -> bool:
    """End one of the organisation's keys; False when it has none of this number."""
    row = session.exec(select(ApiKey).where(ApiKey.id == key_id, ApiKey.organisation_id == organisation_id)).first()
    if row is None:
        return False
    row.revoked_at = row.revoked_at or now
    session.add(row)
    session.flush()
    return True
