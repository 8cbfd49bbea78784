"""The sealed fields of payees: one data key a payee, one ciphertext a field and version, bound to where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from contracts import audit, vault
from contracts.digits import BadNumber, BankAccount, gst_number
from contracts.models import Payee, Secret

SECRET = ("bank_account", "gst_number")
CHANGE_TABLE, PAYEE_TABLE = "payeechange", "payee"


class Refused(Exception):
    """Raised when a step is not allowed; the text says why and what would be."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The key ring and the organisation it is used for, handed in by the edge that holds the key."""

    ring: vault.KeyRing
    organisation_id: int


def store(session: Session, payee: Payee, keys: Vault, *, table: str, row_id: int, name: str, secret: str) -> None:
    """Seal the secret as the newest version of the field."""
    own(payee, keys)
    query = select(Secret).where(Secret.table_name == table, Secret.row_id == row_id, Secret.field == name)
    older = session.exec(query).all()
    for before in older:
        before.blind_index = None  # only the account in use is found
        session.add(before)
    row = Secret(
        organisation_id=payee.organisation_id,
        payee_id=payee.id or 0,
        table_name=table,
        row_id=row_id,
        field=name,
        version=max((before.version for before in older), default=0) + 1,
        ciphertext=b"",
        masked=vault.masked(secret.rpartition("-")[2]),
    )
    row.ciphertext = vault.seal(data_key(payee, keys), secret, place(row))
    if name == "bank_account":
        row.blind_index = vault.blind_index(keys.ring, secret, organisation_id=payee.organisation_id)
    session.add(row)
    session.flush()


def current(session: Session, payee: Payee, name: str) -> Secret | None:
    """The payee's sealed field in use, or None."""
    return next((row for row in sealed(session, payee, PAYEE_TABLE, payee.id or 0) if row.field == name), None)


def sealed(session: Session, payee: Payee, table: str, row_id: int) -> Sequence[Secret]:
    """Sealed fields of a row, the newest version of each first."""
    query = select(Secret).where(
        Secret.organisation_id == payee.organisation_id,
        Secret.payee_id == payee.id,
        Secret.table_name == table,
        Secret.row_id == row_id,
    )
    return session.exec(query.order_by(col(Secret.version).desc())).all()


def place(secret: Secret) -> vault.Place:
    """Where the ciphertext stands, which it is bound to."""
    return vault.Place(secret.organisation_id, secret.table_name, secret.row_id, secret.field, secret.version)


def data_key(payee: Payee, keys: Vault) -> bytes:
    """The payee's own key, opened by the ring; raises Erased, WrongKey, Refused."""
    own(payee, keys)
    return vault.open_data_key(keys.ring, payee.data_key, payee.key_version, owner=owner(payee))


def own(payee: Payee, keys: Vault) -> None:
    """Raise Refused for a payee of another organisation."""
    if payee.organisation_id != keys.organisation_id:
        raise Refused("the payee belongs to another organisation")


def owner(payee: Payee) -> str:
    """Whom a data key is wrapped for."""
    return f"{payee.organisation_id}|{payee.id}"


def checked(name: str, value: Any) -> str:
    """The secret in its plain form; raises BadNumber."""
    if name == "bank_account":
        if not isinstance(value, BankAccount):
            raise BadNumber("a bank account is an institution, a transit and an account number")
        return value.whole
    return gst_number(str(value))


def log(session: Session, payee: Payee, now: datetime, by: str, action: str, **detail: Any) -> None:
    """Write the step to the audit log; `detail` names fields and never what stands in them."""
    audit.record(
        session, organisation_id=payee.organisation_id, at=now, actor=by, action=action, subject=f"payee:{payee.id}", **detail
    )
