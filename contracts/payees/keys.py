"""What happens to payees' keys: rotation to the ring's current key, and erasure for good."""

from datetime import datetime

from sqlmodel import Session, col, select

from contracts import holds, vault
from contracts.models import Payee, Secret
from contracts.payees import sealing, steps


def rotate(session: Session, *, keys: sealing.Vault, now: datetime, by: str, limit: int = 100) -> int:
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
        data_key = sealing.data_key(payee, keys)
        payee.data_key, payee.key_version = vault.rewrap(keys.ring, payee.data_key, payee.key_version, owner=sealing.owner(payee))
        session.add(payee)
        for secret in session.exec(select(Secret).where(Secret.payee_id == payee.id, col(Secret.blind_index).is_not(None))).all():
            clear = vault.unseal(data_key, secret.ciphertext, sealing.place(secret))
            secret.blind_index = vault.blind_index(keys.ring, clear, organisation_id=keys.organisation_id)
            session.add(secret)
        sealing.log(session, payee, now, by, "payee.key.rotated", version=keys.ring.current)
    session.flush()
    return len(session.exec(query).all())


def erase(session: Session, payee: Payee, *, by: str, reason: str, now: datetime) -> None:
    """Destroy the payee's data key, so that no copy of its secrets, in no backup of the rows alone, opens again.

    Raises Refused while a legal hold stands.
    """
    if hold := holds.standing(session, holds.of("payee", payee.id), organisation_id=payee.organisation_id):
        raise sealing.Refused(f"payee {payee.number} is held ({hold.reason}): lift the hold first")
    payee.data_key, payee.key_version, payee.erased_at = None, None, now
    session.add(payee)
    for secret in session.exec(select(Secret).where(Secret.payee_id == payee.id)).all():
        session.delete(secret)
    for change in steps.waiting(session, payee):
        change.state, change.decided_by, change.decided_at, change.note = "withdrawn", by, now, "the payee was erased"
        session.add(change)
    sealing.log(session, payee, now, by, "payee.erased", reason=reason)
