"""A change to a payee: asked by one person, confirmed by a call, approved by another, in effect after a wait.

What is secret in a request is sealed from the beginning. Each step is in the audit log, and gives the notice of it back for whoever
mails: the contact on record hears of it before anything changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from contracts import vault
from contracts.models import Payee, PayeeChange
from contracts.payees import sealing

COOLING_OFF = timedelta(days=2)
LATEST = 200  # changes of all payees together that are shown
PLAIN = ("legal_name", "address", "remittance_email", "known_phone", "language", "direct_deposit", "form_status")


@dataclass(frozen=True, slots=True)
class Notice:
    """A step that the contact from before the change (`to`, if one is on record) and the other persons are told of; no secret in it."""

    step: str  # requested | approved | refused | applied
    change_id: int
    payee: str  # its number
    fields: tuple[str, ...]
    to: str | None
    by: str
    effective_at: datetime | None = None
    language: str = ""  # of the mail to that contact


def request_change(
    session: Session, payee: Payee, *, keys: sealing.Vault, changes: Mapping[str, Any], reason: str, by: str, now: datetime
) -> tuple[PayeeChange, Notice]:
    """The request, its secrets sealed, and the notice to the contact on record. Raises Refused, BadNumber.

    `changes`: names of PLAIN with their values; `bank_account` as a BankAccount, `gst_number` as text.
    """
    if unknown := set(changes) - {*PLAIN, *sealing.SECRET}:
        raise sealing.Refused(f"a payee has no {', '.join(sorted(unknown))}")
    if not changes or not reason.strip():
        raise sealing.Refused("say what is to change, and why")
    if payee.erased_at is not None:
        raise sealing.Refused(f"payee {payee.number} was erased")
    if waiting(session, payee):
        raise sealing.Refused(f"payee {payee.number} has a change waiting: decide on it first")
    secrets = {name: sealing.checked(name, changes[name]) for name in sealing.SECRET if name in changes}
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
        sealing.store(session, payee, keys, table=sealing.CHANGE_TABLE, row_id=row.id or 0, name=name, secret=secret)
    sealing.log(session, payee, now, by, "payee.change.requested", change=row.id, fields=row.fields)
    return row, _notice("requested", payee, row, by)


def call_back(
    session: Session, change: PayeeChange, *, number: str, spoke_with: str, by: str, now: datetime, organisation_id: int
) -> PayeeChange:
    """Record that the payee was called on the number known before the request, and confirmed it."""
    payee = _payee_of(session, change, organisation_id)
    _expect(change, "requested")
    if payee.known_phone is None:
        raise sealing.Refused(f"payee {payee.number} has no known number: record the one on the signed contract first")
    if _digits(number) != _digits(payee.known_phone):
        raise sealing.Refused("call the number known before the request, not one given with it")
    if not spoke_with.strip():
        raise sealing.Refused("name the person who confirmed the change")
    change.state, change.called_back_by, change.called_back_at = "called_back", by, now
    change.called_number, change.spoke_with = payee.known_phone, spoke_with
    session.add(change)
    sealing.log(session, payee, now, by, "payee.change.called_back", change=change.id)
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
        raise sealing.Refused("whoever asked for a change can't approve it: a second person must")
    if needs_call(change):
        _expect(change, "called_back", "the call-back comes first")
    else:
        _expect(change, "requested", "it was decided before", also="called_back")
    change.state, change.decided_by, change.decided_at = "approved", by, now
    change.effective_at = now + cooling_off
    session.add(change)
    sealing.log(session, payee, now, by, "payee.change.approved", change=change.id, effective_at=change.effective_at.isoformat())
    return change, _notice("approved", payee, change, by)


def refuse(
    session: Session, change: PayeeChange, *, by: str, note: str, now: datetime, organisation_id: int
) -> tuple[PayeeChange, Notice]:
    """The change is dropped, also while it cools off; its secrets are removed."""
    payee = _payee_of(session, change, organisation_id)
    if change.state not in {"requested", "called_back", "approved"}:
        raise sealing.Refused(f"change {change.id} is {change.state} already")
    change.state, change.decided_by, change.decided_at, change.note = "refused", by, now, note
    session.add(change)
    for secret in sealing.sealed(session, payee, sealing.CHANGE_TABLE, change.id or 0):
        session.delete(secret)
    sealing.log(session, payee, now, by, "payee.change.refused", change=change.id)
    return change, _notice("refused", payee, change, by)


def apply_due(session: Session, *, keys: sealing.Vault, now: datetime) -> list[tuple[PayeeChange, Notice]]:
    """Put into effect every approved change of the organisation whose cooling-off time is over; a repeat does nothing."""
    query = select(PayeeChange).where(
        PayeeChange.organisation_id == keys.organisation_id,
        PayeeChange.state == "approved",
        col(PayeeChange.effective_at) <= now,
    )
    return [(change, _applied(session, change, keys=keys, now=now)) for change in session.exec(query).all()]


def change(session: Session, change_id: int, *, organisation_id: int) -> PayeeChange | None:
    """One change of the organisation, or None."""
    return session.exec(
        select(PayeeChange).where(PayeeChange.organisation_id == organisation_id, PayeeChange.id == change_id)
    ).first()


def changes(
    session: Session, *, organisation_id: int, state: str | None = None, payee_id: int | None = None
) -> Sequence[PayeeChange]:
    """The organisation's latest changes, newest first; of one payee all that there ever were."""
    query = select(PayeeChange).where(PayeeChange.organisation_id == organisation_id)
    if payee_id is not None:
        query = query.where(PayeeChange.payee_id == payee_id)
    if state is not None:
        query = query.where(PayeeChange.state == state)
    return session.exec(query.order_by(col(PayeeChange.id).desc()).limit(None if payee_id else LATEST)).all()


def waiting(session: Session, payee: Payee) -> Sequence[PayeeChange]:
    """The payee's changes that are not decided or not yet in effect."""
    query = select(PayeeChange).where(
        PayeeChange.payee_id == payee.id, col(PayeeChange.state).in_(["requested", "called_back", "approved"])
    )
    return session.exec(query).all()


def _applied(session: Session, change: PayeeChange, *, keys: sealing.Vault, now: datetime) -> Notice:
    payee = _payee_of(session, change, keys.organisation_id)
    notice = _notice("applied", payee, change, "clock")  # to the old address
    for name, value in change.plain.items():
        setattr(payee, name, value)
    data_key = sealing.data_key(payee, keys)
    for secret in sealing.sealed(session, payee, sealing.CHANGE_TABLE, change.id or 0):
        clear = vault.unseal(data_key, secret.ciphertext, sealing.place(secret))
        sealing.store(session, payee, keys, table=sealing.PAYEE_TABLE, row_id=payee.id or 0, name=secret.field, secret=clear)
        session.delete(secret)
    change.state, change.applied_at = "applied", now
    session.add_all([payee, change])
    session.flush()
    sealing.log(session, payee, now, "clock", "payee.change.applied", change=change.id, fields=change.fields)
    return notice


def needs_call(change: PayeeChange) -> bool:
    """Money can be led astray by the account, the way of payment, and the contacts that would notice."""
    return bool({"bank_account", "direct_deposit", "known_phone", "remittance_email", "legal_name"} & set(change.fields))


def _expect(change: PayeeChange, state: str, otherwise: str = "", *, also: str | None = None) -> None:
    if change.state not in {state, also}:
        raise sealing.Refused(f"change {change.id} is {change.state}" + (f": {otherwise}" if otherwise else ""))


def _payee_of(session: Session, change: PayeeChange, organisation_id: int) -> Payee:
    query = select(Payee).where(Payee.organisation_id == organisation_id, Payee.id == change.payee_id)
    found = session.exec(query).first()
    if found is None or change.organisation_id != organisation_id:
        raise sealing.Refused("the change belongs to another organisation")
    return found


def _same_person(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _digits(phone: str) -> str:
    return "".join(character for character in phone if character.isdigit())[-10:]


def _notice(step: str, payee: Payee, change: PayeeChange, by: str) -> Notice:
    return Notice(
        step,
        change.id or 0,
        payee.number,
        tuple(change.fields),
        payee.remittance_email,
        by,
        effective_at=change.effective_at,
        language=payee.language,
    )
