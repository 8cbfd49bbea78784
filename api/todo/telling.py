"""What the mail and the desks ask for: messages that could not be delivered, and desks that have been silent for too long."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlmodel import Session

from api.dependencies import Principal
from api.languages import _, counted
from api.todo import Item
from contracts.days import home_day
from contracts.vocabulary import DeliveryState
from notifier import enquiries, store

PAST = timedelta(days=7)
MOST = 100


def items(session: Session, me: Principal, *, now: datetime) -> Iterator[Item]:
    """Failed messages as one item, each silent desk as its own."""
    failed = sum(_fresh(session, me, state, now=now) for state in (DeliveryState.FAILED, DeliveryState.BOUNCED))
    if failed:
        words = counted("%(count)s message could not be delivered", "%(count)s messages could not be delivered", failed)
        yield Item(words, "/alerts?state=failed#sent", _("Look at the address, then try again."), "warn")
    for row in enquiries.overdue(session, now=now, organisation_id=me.organisation_id):
        day = home_day(row.follow_up_at) if row.follow_up_at else None
        yield Item(row.subject or _("Without a subject"), f"/enquiries/{row.id}", _("No answer yet: ask again."), "warn", day)


def first_step(session: Session, me: Principal) -> Iterator[Item]:
    """The sign-up that a new installation wants; nothing once somebody is told, or for who may sign nobody up."""
    if me.writes and not store.anyone_subscribed(session, organisation_id=me.organisation_id):
        why = _("Sign a mail address up with a search or a program line; each posting that matches is mailed once.")
        yield Item(_("Say which bids you want to hear of"), "/subscribe", why)


def _fresh(session: Session, me: Principal, state: DeliveryState, *, now: datetime) -> int:
    """How many messages of the last days ended so; older ones were seen."""
    rows = store.deliveries(session, organisation_id=me.organisation_id, state=state, limit=MOST)
    return sum(row.created_at >= now - PAST for row in rows)
