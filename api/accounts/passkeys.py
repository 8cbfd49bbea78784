"""Whom passkeys are for, and which ones a person has (how a device makes and proves one: devices.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from api.accounts.models import Passkey, Person

MOST = 10  # a person has a handful of devices
LONGEST = 20_000  # characters of a device's answer; real ones are a tenth of it


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom a passkey is for: a host name and the origin that pages come from (WebAuthn §4)."""

    id: str
    origin: str

    @classmethod
    def of(cls, public_url: str) -> "RelyingParty | None":
        """The one of this service; None where browsers offer no passkeys: an address in figures, or no TLS."""
        parts = urlsplit(public_url)
        host = parts.hostname or ""
        if not host or _is_figures(host) or not (parts.scheme == "https" or host == "localhost"):
            return None
        return cls(host, f"{parts.scheme}://{parts.netloc}")


def owned(session: Session, person: Person) -> Sequence[Passkey]:
    """A person's passkeys, oldest first."""
    return session.exec(select(Passkey).where(Passkey.person_id == person.id).order_by(col(Passkey.id))).all()


def remove(session: Session, person: Person, passkey_id: int) -> bool:
    """Forget one of the person's passkeys; False when they have none of this number."""
    rows = owned(session, person)
    row = next((one for one in rows if one.id == passkey_id), None)
    if row is None:
        return False
    session.delete(row)
    if len(rows) == 1:
        person.passkey_since = None
        session.add(person)
    session.flush()
    return True


def by_credential(session: Session, credential: str) -> Passkey | None:
    """The passkey of this credential id, in base64url."""
    return session.exec(select(Passkey).where(Passkey.credential == credential)).first()


def _is_figures(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
