"""Whom to pay: payee numbers, their secrets in the vault, and changes that take two persons, a call and a wait.

A change is asked by one person, confirmed by calling a number already known, approved by another person, and takes effect
after a cooling-off time; the old contact is told at each step. What is secret in a request is sealed from the beginning.
Every step and every reveal is in the audit log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from contracts import audit, vault
from contracts.digits import BadNumber, BankAccount, gst_number
from contracts.models import Payee, PayeeChange, Secret

COOLING_OFF = timedelta(days=2)
PLAIN = ("legal_name", "address", "remittance_email", "known_phone", "direct_deposit", "form_status")
SECRET = ("bank_account", "gst_number")
CHANGE_TABLE, PAYEE_TABLE = "payeechange", "payee"


class Refused(Exception):
    """Raised when a step is not allowed; the text says why and what would be."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What the old contact is to be told: `to` is the address from before the change, `text` holds no secret."""

    to: str | None
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Vault:
    """The key ring and the organisation it is used for, handed in by the edge that holds the key."""

    ring: vault.KeyRing
    organisation_id: int


def create(session: Session, *, keys: Vault, number: str, legal_name: str, now: datetime, by: str) -> Payee:
    """A payee number without any secret yet; what it gets, it gets through a change."""
    if _by_number(session, number, keys.organisation_id):
        raise Refused(f"payee {number} is there already")
    row = Payee(organisation_id=keys.organisation_id, number=number, legal_name=legal_name, created_at=now)
    session.add(row)
    session.flush()
    row.data_key, row.key_version = vault.new_data_key(keys.ring, owner=_owner(row))
    session.add(row)
    _log(session, row, now, by, "payee.created")
    return row


def request_change(
    session: Session, payee: Payee, *, keys: Vault, changes: Mapping[str, Any], reason: str, by: str, now: datetime
) -> tuple[PayeeChange, Notice]:
    """The request, its secrets sealed, and the notice to the contact on record. Raises Refused, BadNumber.

    `changes`: names of PLAIN with their values; `bank_account` as a BankAccount, `gst_number` as text.
    """
    if unknown := set(changes) - {*PLAIN, *SECRET}:
        raise Refused(f"a payee has no {', '.join(sorted(unknown))}")
    if not changes or not reason.strip():
        raise Refused("say what is to change, and why")
    if payee.erased_at is not None:
        raise Refused(f"payee {payee.number} was erased")
    if _waiting(session, payee):
        raise Refused(f"payee {payee.number} has a change waiting: decide on it first")
    secrets = {name: _checked(name, changes[name]) for name in SECRET if name in changes}
    row = PayeeChange(
        organisation_id=payee.organisation_id,
        payee_id=payee.id or 0,
        fields=sorted(changes),
        plain={name: changes[name] for name in PLAIN if name in changes},
        reason=reason,
        requested_by=by,
        requested_at=now,
    )
    session.add(row)
    session.flush()
    for name, secret in secrets.items():
        _store_secret(session, payee, keys, table=CHANGE_TABLE, row_id=row.id or 0, name=name, secret=secret)
    _log(session, payee, now, by, "payee.change.requested", change=row.id, fields=row.fields)
    return row, _notice(
        payee, "A change was requested", f"A change of {_said(row)} was requested. If you know nothing of it, call us."
    )


def call_back(
    session: Session, change: PayeeChange, *, number: str, spoke_with: str, by: str, now: datetime, organisation_id: int
) -> PayeeChange:
    """Record that the payee was called on the number known before the request, and confirmed it."""
    payee = _payee_of(session, change, organisation_id)
    _expect(change, "requested")
    if payee.known_phone is None:
        raise Refused(f"payee {payee.number} has no known number: record the one on the signed contract first")
    if _digits(number) != _digits(payee.known_phone):
        raise Refused("call the number known before the request, not one given with it")
    if not spoke_with.strip():
        raise Refused("name the person who confirmed the change")
    change.state, change.called_back_by, change.called_back_at = "called_back", by, now
    change.called_number, change.spoke_with = payee.known_phone, spoke_with
    session.add(change)
    _log(session, payee, now, by, "payee.change.called_back", change=change.id)
    return change


def approve(
    session: Session,
    change: PayeeChange,
    *,
    by: str,
    now: datetime,
    organisation_id: int,
    cooling_off: timedelta = COOLING_OFF,
) -> tuple[PayeeChange, Notice]:
    """The second person's yes; the change takes effect after the cooling-off time, not now."""
    payee = _payee_of(session, change, organisation_id)
    if _same_person(by, change.requested_by):
        raise Refused("whoever asked for a change can't approve it: a second person must")
    if _needs_call(change):
        _expect(change, "called_back", "the call-back comes first")
    else:
        _expect(change, "requested", "it was decided before", also="called_back")
    change.state, change.decided_by, change.decided_at = "approved", by, now
    change.effective_at = now + cooling_off
    session.add(change)
    _log(session, payee, now, by, "payee.change.approved", change=change.id, effective_at=change.effective_at.isoformat())
    text = f"A change of {_said(change)} was approved and takes effect at {change.effective_at:%Y-%m-%d %H:%M} UTC."
    return change, _notice(payee, "A change was approved", text)


def refuse(
    session: Session, change: PayeeChange, *, by: str, note: str, now: datetime, organisation_id: int
) -> tuple[PayeeChange, Notice]:
    """The change is dropped, also while it cools off; its secrets are removed."""
    payee = _payee_of(session, change, organisation_id)
    if change.state not in {"requested", "called_back", "approved"}:
        raise Refused(f"change {change.id} is {change.state} already")
    change.state, change.decided_by, change.decided_at, change.note = "refused", by, now, note
    session.add(change)
    for secret in _secrets(session, payee, CHANGE_TABLE, change.id or 0):
        session.delete(secret)
    _log(session, payee, now, by, "payee.change.refused", change=change.id)
    return change, _notice(payee, "A change was refused", f"The requested change of {_said(change)} was refused.")


def apply_due(session: Session, *, keys: Vault, now: datetime) -> list[tuple[PayeeChange, Notice]]:
    """Put into effect every approved change of the organisation whose cooling-off time is over; a repeat does nothing."""
    query = select(PayeeChange).where(
        PayeeChange.organisation_id == keys.organisation_id,
        PayeeChange.state == "approved",
        col(PayeeChange.effective_at) <= now,
    )
    return [(change, _applied(session, change, keys=keys, now=now)) for change in session.exec(query).all()]


def reveal(session: Session, payee: Payee, name: str, *, keys: Vault, by: str, reason: str, now: datetime) -> str:
    """One secret in the clear, for a person who says why; logged before it is handed over. Raises Refused, VaultError."""
    _own(payee, keys)
    if not reason.strip():
        raise Refused("say why the number must be seen")
    secret = _current(session, payee, name)
    if secret is None:
        raise Refused(f"payee {payee.number} has no {name.replace('_', ' ')} on record")
    clear = vault.unseal(_data_key(payee, keys), secret.ciphertext, _place(secret))
    _log(session, payee, now, by, "payee.revealed", field=name, reason=reason)
    return clear


def masked(session: Session, payee: Payee) -> dict[str, str | None]:
    """What may be shown of each secret."""
    return {name: found.masked if (found := _current(session, payee, name)) else None for name in SECRET}


def with_account(session: Session, account: BankAccount, *, keys: Vault) -> Sequence[Payee]:
    """The organisation's payees that are paid to this account; only the whole account finds them."""
    indexes = [
        vault.blind_index(keys.ring, account.whole, organisation_id=keys.organisation_id, version=version)
        for version in keys.ring.keys
    ]
    query = (
        select(Payee)
        .join(Secret, col(Secret.payee_id) == Payee.id)
        .where(
            Payee.organisation_id == keys.organisation_id, col(Secret.blind_index).in_(indexes), Secret.table_name == PAYEE_TABLE
        )
    )
    return session.exec(query.distinct()).all()


def rotate(session: Session, *, keys: Vault, now: datetime, by: str, limit: int = 100) -> int:
    """Wrap up to `limit` data keys by the ring's current key and fingerprint their accounts by it; how many are left.

    Commit after each call: stopped between two calls it goes on where it stood, stopped within one nothing of it happened.
    """
    query = select(Payee).where(
        Payee.organisation_id == keys.organisation_id,
        col(Payee.data_key).is_not(None),
        col(Payee.key_version) != keys.ring.current,
    )
    for payee in session.exec(query.order_by(col(Payee.id)).limit(limit)).all():
        assert payee.data_key is not None
        assert payee.key_version is not None
        data_key = _data_key(payee, keys)
        payee.data_key, payee.key_version = vault.rewrap(keys.ring, payee.data_key, payee.key_version, owner=_owner(payee))
        session.add(payee)
        for secret in session.exec(select(Secret).where(Secret.payee_id == payee.id, col(Secret.blind_index).is_not(None))).all():
            clear = vault.unseal(data_key, secret.ciphertext, _place(secret))
            secret.blind_index = vault.blind_index(keys.ring, clear, organisation_id=keys.organisation_id)
            session.add(secret)
        _log(session, payee, now, by, "payee.key.rotated", version=keys.ring.current)
    session.flush()
    return len(session.exec(query).all())


def erase(session: Session, payee: Payee, *, by: str, reason: str, now: datetime, held: bool = False) -> None:
    """Destroy the payee's data key, so that no copy of its secrets, in no backup of the rows alone, opens again.

    Raises Refused while a legal hold stands.
    """
    if held:
        raise Refused(f"payee {payee.number} is under a legal hold: lift it first")
    payee.data_key, payee.key_version, payee.erased_at = None, None, now
    session.add(payee)
    for secret in session.exec(select(Secret).where(Secret.payee_id == payee.id)).all():
        session.delete(secret)
    for change in _waiting(session, payee):
        change.state, change.decided_by, change.decided_at, change.note = "withdrawn", by, now, "the payee was erased"
        session.add(change)
    _log(session, payee, now, by, "payee.erased", reason=reason)


def payees(session: Session, *, organisation_id: int) -> Sequence[Payee]:
    """The organisation's payees by number."""
    return session.exec(select(Payee).where(Payee.organisation_id == organisation_id).order_by(col(Payee.number))).all()


def payee(session: Session, number: str, *, organisation_id: int) -> Payee | None:
    """One payee of the organisation by its number, or None."""
    return _by_number(session, number, organisation_id)


def change(session: Session, change_id: int, *, organisation_id: int) -> PayeeChange | None:
    """One change of the organisation, or None."""
    return session.exec(
        select(PayeeChange).where(PayeeChange.organisation_id == organisation_id, PayeeChange.id == change_id)
    ).first()


def changes(session: Session, *, organisation_id: int, state: str | None = None) -> Sequence[PayeeChange]:
    """The organisation's changes, newest first."""
    query = select(PayeeChange).where(PayeeChange.organisation_id == organisation_id)
    if state is not None:
        query = query.where(PayeeChange.state == state)
    return session.exec(query.order_by(col(PayeeChange.id).desc()).limit(200)).all()


def _applied(session: Session, change: PayeeChange, *, keys: Vault, now: datetime) -> Notice:
    payee = _payee_of(session, change, keys.organisation_id)
    notice = _notice(payee, "A change took effect", f"The change of {_said(change)} is now in effect.")  # to the old address
    for name, value in change.plain.items():
        setattr(payee, name, value)
    data_key = _data_key(payee, keys)
    for secret in _secrets(session, payee, CHANGE_TABLE, change.id or 0):
        clear = vault.unseal(data_key, secret.ciphertext, _place(secret))
        _store_secret(session, payee, keys, table=PAYEE_TABLE, row_id=payee.id or 0, name=secret.field, secret=clear)
        session.delete(secret)
    change.state, change.applied_at = "applied", now
    session.add_all([payee, change])
    session.flush()
    _log(session, payee, now, "clock", "payee.change.applied", change=change.id, fields=change.fields)
    return notice


def _store_secret(session: Session, payee: Payee, keys: Vault, *, table: str, row_id: int, name: str, secret: str) -> None:
    """Seal the secret as the newest version of the field."""
    _own(payee, keys)
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
    row.ciphertext = vault.seal(_data_key(payee, keys), secret, _place(row))
    if name == "bank_account":
        row.blind_index = vault.blind_index(keys.ring, secret, organisation_id=payee.organisation_id)
    session.add(row)
    session.flush()


def _current(session: Session, payee: Payee, name: str) -> Secret | None:
    return next((row for row in _secrets(session, payee, PAYEE_TABLE, payee.id or 0) if row.field == name), None)


def _secrets(session: Session, payee: Payee, table: str, row_id: int) -> Sequence[Secret]:
    """Sealed fields of a row, the newest version of each first."""
    query = select(Secret).where(
        Secret.organisation_id == payee.organisation_id,
        Secret.payee_id == payee.id,
        Secret.table_name == table,
        Secret.row_id == row_id,
    )
    return session.exec(query.order_by(col(Secret.version).desc())).all()


def _place(secret: Secret) -> vault.Place:
    return vault.Place(secret.organisation_id, secret.table_name, secret.row_id, secret.field, secret.version)


def _data_key(payee: Payee, keys: Vault) -> bytes:
    _own(payee, keys)
    return vault.open_data_key(keys.ring, payee.data_key, payee.key_version, owner=_owner(payee))


def _own(payee: Payee, keys: Vault) -> None:
    if payee.organisation_id != keys.organisation_id:
        raise Refused("the payee belongs to another organisation")


def _owner(payee: Payee) -> str:
    return f"{payee.organisation_id}|{payee.id}"


def _checked(name: str, value: Any) -> str:
    if name == "bank_account":
        if not isinstance(value, BankAccount):
            raise BadNumber("a bank account is an institution, a transit and an account number")
        return value.whole
    return gst_number(str(value))


def _needs_call(change: PayeeChange) -> bool:
    """Money can be led astray by the account, the way of payment, and the contacts that would notice."""
    return bool({"bank_account", "direct_deposit", "known_phone", "remittance_email", "legal_name"} & set(change.fields))


def _expect(change: PayeeChange, state: str, otherwise: str = "", *, also: str | None = None) -> None:
    if change.state not in {state, also}:
        raise Refused(f"change {change.id} is {change.state}" + (f": {otherwise}" if otherwise else ""))


def _waiting(session: Session, payee: Payee) -> Sequence[PayeeChange]:
    query = select(PayeeChange).where(
        PayeeChange.payee_id == payee.id, col(PayeeChange.state).in_(["requested", "called_back", "approved"])
    )
    return session.exec(query).all()


def _payee_of(session: Session, change: PayeeChange, organisation_id: int) -> Payee:
    query = select(Payee).where(Payee.organisation_id == organisation_id, Payee.id == change.payee_id)
    found = session.exec(query).first()
    if found is None or change.organisation_id != organisation_id:
        raise Refused("the change belongs to another organisation")
    return found


def _by_number(session: Session, number: str, organisation_id: int) -> Payee | None:
    return session.exec(select(Payee).where(Payee.organisation_id == organisation_id, Payee.number == number)).first()


def _same_person(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _digits(phone: str) -> str:
    return "".join(character for character in phone if character.isdigit())[-10:]


def _said(change: PayeeChange) -> str:
    return ", ".join(name.replace("_", " ") for name in change.fields)


def _notice(payee: Payee, subject: str, text: str) -> Notice:
    return Notice(payee.remittance_email, f"{subject} for payee {payee.number}", text)


def _log(session: Session, payee: Payee, now: datetime, by: str, action: str, **detail: Any) -> None:
    audit.record(
        session, organisation_id=payee.organisation_id, at=now, actor=by, action=action, subject=f"payee:{payee.id}", **detail
    )
