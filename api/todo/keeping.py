"""What the clinic's own records ask for: bids to decide and prepare, duties that fall due, terms to review, payees to approve."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlmodel import Session

from api.dependencies import Principal
from api.languages import N_, _, counted
from api.sentences import sentence
from api.todo import Item
from contracts import duties, payees, pursuits, store, terms
from contracts.days import home_day

SOON = timedelta(days=3)
AHEAD = timedelta(days=30)
# what the stage of a bid asks for
NEXT = {"watching": N_("Decide: go or no-go?"), "preparing": N_("Finish the checklist and submit it.")}
CLOSE = timedelta(days=7)  # before a closing, from when an open bid is pressing


def items(session: Session, me: Principal, *, now: datetime) -> Iterator[Item]:
    """Everything, in no order."""
    yield from _bids(session, me, now=now)
    yield from _duties(session, me, now=now)
    yield from _reviews(session, me)
    if me.role.pays and me.has_second_factor:
        yield from _payees(session, me)


def first_step(session: Session, me: Principal) -> Iterator[Item]:
    """The contract that a new installation wants; nothing once there is one, or for who may add none."""
    if me.writes and not store.contracts(session, organisation_id=me.organisation_id, limit=1):
        why = _("Its terms, fees and dates can be asked for, and what it makes due stands here in time.")
        yield Item(_("Put your signed contract on file"), "/contracts", why)


def _bids(session: Session, me: Principal, *, now: datetime) -> Iterator[Item]:
    today = home_day(now)
    for row in pursuits.listed(session, organisation_id=me.organisation_id, stages=("watching", "preparing")):
        closes = home_day(row.closes_at) if row.closes_at else None
        day = min(filter(None, (row.due, closes)), default=None)
        why = _(NEXT[row.stage])
        if row.closes_at is not None and row.closes_at < now:
            yield Item(row.title, f"/pipeline/{row.id}", _("It has closed: say how it ended, or let it pass."), "warn", closes)
        elif day is not None and day - today <= CLOSE:
            yield Item(row.title, f"/pipeline/{row.id}", why, "bad" if day - today <= SOON else "warn", day)
        elif row.stage == "watching":
            yield Item(row.title, f"/pipeline/{row.id}", why, "info", day)


def _duties(session: Session, me: Principal, *, now: datetime) -> Iterator[Item]:
    today = home_day(now)
    for row in duties.listed(session, organisation_id=me.organisation_id, until=today + AHEAD):
        tone = "bad" if row.due < today else "warn" if row.due - today <= CLOSE else "info"
        yield Item(sentence(row.title), "/obligations", sentence(row.basis), tone, row.due)  # type: ignore[arg-type]  # one of the three tones


def _reviews(session: Session, me: Principal) -> Iterator[Item]:
    for contract, count in terms.waiting(session, organisation_id=me.organisation_id):
        words = counted("%(count)s term to review", "%(count)s terms to review", count)
        yield Item(f"{contract.number or contract.title}: {words}", f"/contracts/{contract.id}/review", _("Read, not confirmed"))


def _payees(session: Session, me: Principal) -> Iterator[Item]:
    states = {"requested": _("Call the payee on the number known before."), "called_back": _("A second person approves it.")}
    for change in payees.changes(session, organisation_id=me.organisation_id):
        if change.state in states:
            yield Item(_("A payee’s data is to change"), f"/payees/{change.payee_id}", states[change.state], "warn")
