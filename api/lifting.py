"""Giving a refused address another chance: an owner says why, and the audit log keeps it."""

from datetime import datetime

from sqlmodel import Session

from api.accounts import people
from api.accounts.roles import Principal
from api.languages import N_
from api.problems import Problem
from notifier import refused
from notifier.models import Suppression

OWNERS_ONLY = N_("Only an owner has mail sent again to an address that was refused.")


def lift(session: Session, me: Principal, address: str, *, reason: str, now: datetime) -> Suppression:
    """The refusal that was taken back; raises Problem 403, 404, 409 or 422."""
    if not me.manages:
        raise Problem(403, OWNERS_ONLY)
    if not reason.strip():
        raise Problem(422, "Nothing was changed: say why mail reaches this address again, such as that its mailbox was full.")
    try:
        row = refused.lift(session, address.strip(), organisation_id=me.organisation_id)
    except refused.TheirOwnWish as error:
        raise Problem(409, f"Nothing was changed: {error}.") from None
    if row is None:
        raise Problem(404, "This address is not refused, or nobody here writes to it.")
    people.note(session, me, "address.allowed", f"address:{row.address}", now=now, was=row.reason, reason=reason.strip())
    return row
