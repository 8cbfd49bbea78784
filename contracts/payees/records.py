"""Payee numbers on file: made, masked, shown to whoever says why, and found again by a whole account."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from contracts import vault
from contracts.digits import BankAccount
from contracts.models import Payee, Secret
from contracts.payees import sealing


def create(
    session: Session,
    *,
    keys: sealing.Vault,
    number: str,
    legal_name: str,
    now: datetime,
    by: str,
    known_phone: str | None = None,
) -> Payee:
    """A payee number without any secret yet; what it gets, it gets through a change, which is called back at `known_phone`."""
    if payee(session, number, organisation_id=keys.organisation_id):
        raise sealing.Refused(f"payee {number} is there already")
    row = Payee(
        organisation_id=keys.organisation_id, number=number, legal_name=legal_name, known_phone=known_phone, created_at=now
    )
    session.add(row)
    session.flush()
    row.data_key, row.key_version = vault.new_data_key(keys.ring, owner=sealing.owner(row))
    session.add(row)
    sealing.log(session, row, now, by, "payee.created")
    return row


def payees(session: Session, *, organisation_id: int) -> Sequence[Payee]:
    """The organisation's payees by number."""
    return session.exec(select(Payee).where(Payee.organisation_id == organisation_id).order_by(col(Payee.number))).all()


def payee(session: Session, number: str, *, organisation_id: int) -> Payee | None:
    """One payee of the organisation by its number, or None."""
    return session.exec(select(Payee).where(Payee.organisation_id == organisation_id, Payee.number == number)).first()


def masked(session: Session, payee: Payee) -> dict[str, str | None]:
    """What may be shown of each secret."""
    return {name: found.masked if (found := sealing.current(session, payee, name)) else None for name in sealing.SECRET}


def reveal(session: Session, payee: Payee, name: str, *, keys: sealing.Vault, by: str, reason: str, now: datetime) -> str:
    """One secret in the clear, for a person who says why; logged before it is handed over. Raises Refused, VaultError."""
    sealing.own(payee, keys)
    if not reason.strip():
        raise sealing.Refused("say why the number must be seen")
    secret = sealing.current(session, payee, name)
    if secret is None:
        raise sealing.Refused(f"payee {payee.number} has no {name.replace('_', ' ')} on record")
    clear = vault.unseal(sealing.data_key(payee, keys), secret.ciphertext, sealing.place(secret))
    sealing.log(session, payee, now, by, "payee.revealed", field=name, reason=reason)
    return clear


def with_account(session: Session, account: BankAccount, *, keys: sealing.Vault) -> Sequence[Payee]:
    """The organisation's payees that are paid to this account; only the whole account finds them."""
    indexes = [
        vault.blind_index(keys.ring, account.whole, organisation_id=keys.organisation_id, version=version)
        for version in keys.ring.keys
    ]
    query = (
        select(Payee)
        .join(Secret, col(Secret.payee_id) == Payee.id)
        .where(
            Payee.organisation_id == keys.organisation_id,
            col(Secret.blind_index).in_(indexes),
            Secret.table_name == sealing.PAYEE_TABLE,
        )
    )
    return session.exec(query.distinct()).all()
