"""The second factor: time-based codes (RFC 6238), each taken once, and recovery codes for a lost phone.

The shared secret stands in the database as ciphertext under a key made from the service's own secret, which is no row.
"""

import hmac
import secrets
from datetime import UTC, datetime

import pyotp
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import Session, col, delete, select

from api.accounts import tokens
from api.accounts.models import Person, RecoveryCode
from contracts import vault

STEP = 30  # seconds (RFC 6238 §5.2)
DRIFT = 1  # steps that a phone's clock may be off, either way
RECOVERY_CODES = 10


class AlreadyOn(Exception):
    """Raised when a second factor is in use: it is taken off, with a code, before another is set up."""


def begin(session: Session, person: Person, *, secret: str) -> str:
    """A new shared secret (base32, 160 bits), kept but not asked for until `confirm`; raises AlreadyOn."""
    if person.totp_since is not None:
        raise AlreadyOn("a second factor is on already; take it off first")
    shared = pyotp.random_base32()
    person.totp_secret, person.totp_step = vault.seal(_key(secret), shared, _place(person)), None
    session.add(person)
    session.flush()
    return shared


def uri(shared: str, person: Person) -> str:
    """The address that an authenticator app opens (otpauth)."""
    return pyotp.TOTP(shared, interval=STEP).provisioning_uri(name=person.address, issuer_name="Bidkeeper")


def pending(person: Person, *, secret: str) -> str | None:
    """The shared secret that waits for its first code, or None."""
    if person.totp_secret is None or person.totp_since is not None:
        return None
    return vault.unseal(_key(secret), person.totp_secret, _place(person))


def confirm(session: Session, person: Person, code: str, *, secret: str, now: datetime) -> list[str] | None:
    """Switch it on with its first code; the recovery codes, shown once. None for a wrong code."""
    if person.totp_since is not None or not _code_is_right(session, person, code, secret=secret, now=now):
        return None
    person.totp_since = now
    session.add(person)
    return recovery_codes(session, person)


def recovery_codes(session: Session, person: Person) -> list[str]:
    """Fresh recovery codes, shown once; older ones stop working."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person.id))
    fresh = [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(person_id=person.id or 0, code_sha256=tokens.digest(code)) for code in fresh)
    session.flush()
    return fresh


def prove(session: Session, person: Person, code: str, *, secret: str, now: datetime) -> bool:
    """Whether `code` is the phone's present one or an unused recovery code; either works once."""
    by_phone = person.totp_since is not None and _code_is_right(session, person, code, secret=secret, now=now)
    return by_phone or _recovery(session, person, code, now=now)


def take_off(session: Session, person: Person) -> None:
    """Forget the codes of the phone, and the recovery codes where no passkey needs them."""
    person.totp_secret = person.totp_since = person.totp_step = None
    session.add(person)
    if not person.has_second_factor:
        forget_recovery(session, person)


def forget_recovery(session: Session, person: Person) -> None:
    """Forget the recovery codes: nothing is left that they stand in for."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person.id))


def left(session: Session, person: Person) -> int:
    """How many recovery codes are unused."""
    query = select(RecoveryCode).where(RecoveryCode.person_id == person.id, col(RecoveryCode.used_at).is_(None))
    return len(session.exec(query).all())


def _code_is_right(session: Session, person: Person, code: str, *, secret: str, now: datetime) -> bool:
    digits = "".join(code.split())
    if person.totp_secret is None or len(digits) != 6 or not (digits.isascii() and digits.isdecimal()):
        return False
    clock = pyotp.TOTP(vault.unseal(_key(secret), person.totp_secret, _place(person)), interval=STEP)
    present = int(now.astimezone(UTC).timestamp()) // STEP
    steps = range(present - DRIFT, present + DRIFT + 1)
    found = [step for step in steps if hmac.compare_digest(clock.generate_otp(step), digits)]
    fresh = [step for step in found if person.totp_step is None or step > person.totp_step]
    if not fresh:
        return False
    person.totp_step = max(fresh)
    session.add(person)
    session.flush()
    return True


def _recovery(session: Session, person: Person, code: str, *, now: datetime) -> bool:
    digest = tokens.digest("".join(code.split()).lower())
    query = select(RecoveryCode).where(
        RecoveryCode.person_id == person.id, RecoveryCode.code_sha256 == digest, col(RecoveryCode.used_at).is_(None)
    )
    row = session.exec(query.with_for_update()).first()
    if row is None:
        return False
    row.used_at = now
    session.add(row)
    session.flush()
    return True


def _key(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=vault.KEY, salt=None, info=b"bidkeeper.totp.1").derive(secret.encode())


def _place(person: Person) -> vault.Place:
    return vault.Place(person.organisation_id, "person", person.id or 0, "totp_secret", 1)
