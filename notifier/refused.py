"""Addresses that nothing is sent to any more: which of an organisation's are among them, and how one is given another chance."""

from collections.abc import Sequence

from sqlmodel import Session, col, or_, select

from notifier.models import Enquiry, Subscription, Suppression

ASKED = "asked"  # the reason of an address whose owner wanted no mail at all


class TheirOwnWish(ValueError):
    """Raised for an address whose owner asked for silence: only they take that back, by signing up again."""


def listed(session: Session, *, organisation_id: int) -> Sequence[Suppression]:
    """The refused addresses that the organisation's subscriptions and enquiries name, by address.

    A refusal holds for every organisation, since it is the address that bounced; each sees only those that it writes to.
    """
    subscribed = select(Subscription.address).where(Subscription.organisation_id == organisation_id)
    written_to = select(Enquiry.address).where(Enquiry.organisation_id == organisation_id)
    ours = or_(col(Suppression.address).in_(subscribed), col(Suppression.address).in_(written_to))
    return session.exec(select(Suppression).where(ours).order_by(Suppression.address)).all()


def lift(session: Session, address: str, *, organisation_id: int) -> Suppression | None:
    """Send to the address again from now on; what it was refused for, or None where it is not refused. Raises TheirOwnWish.

    What was suppressed meanwhile stays unsent: `outbox --replay` or a subscription's own replay sends it.
    """
    row = next((one for one in listed(session, organisation_id=organisation_id) if one.address == address), None)
    if row is None:
        return None
    if row.reason == ASKED:
        raise TheirOwnWish("the owner of this address asked for no more mail, and only signing up again takes that back")
    session.delete(row)
    session.flush()
    return row
