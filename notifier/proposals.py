"""What a program page's table says differently from what is in use here: proposed with source and date, decided by a person.

Nothing that a page says takes effect by itself; an accepted number or address changes the contact card from then on.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from notifier.contacts import ContactPoint, contact_for
from notifier.models import RouteProposal
from notifier.routes import PageRoute, compare
from notifier.store import insert_once

_TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})


class Decided(ValueError):
    """Raised by `decide` for a proposal that somebody decided already, or that the page no longer makes."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a page says differently; `kind` as in RouteProposal."""

    kind: str
    question: str
    desk: str | None
    old: str | None
    new: str | None
    confidence: str


def differences(read: Sequence[PageRoute], in_use: Iterable[PageRoute], contacts: Iterable[ContactPoint]) -> list[Difference]:
    """What a page's routes say differently from the routes in use and from the contact cards; pure."""
    by_question = {route.question: route for route in read}
    found = []
    for change in compare(in_use, read):
        route = by_question.get(change.question)
        confidence = route.confidence if route else "high"
        found.append(Difference(change.kind, change.question, route.desk if route else None, change.old, change.new, confidence))
    cards = tuple(contacts)
    for route in read:
        if route.desk is not None:
            found += _values(route, route.desk, contact_for(route.desk, cards))
    return list(dict.fromkeys(found))


def propose(
    session: Session,
    read: Sequence[PageRoute],
    *,
    organisation_id: int,
    page: str,
    contacts: Iterable[ContactPoint],
    now: datetime,
) -> list[RouteProposal]:
    """Store the differences as proposals and give back the new ones. What waits and no longer follows is marked `outdated`;
    what a person rejected is not proposed again while the page says the same."""
    mine = in_use(session, contacts, organisation_id=organisation_id)
    found = differences(read, routes(session, page, organisation_id=organisation_id), mine)
    known = [row for row in proposals(session, organisation_id=organisation_id) if row.page == page]
    said = {_said(one) for one in found}
    for row in known:
        if row.state == "proposed" and _said(row) not in said:
            row.state = "outdated"
            session.add(row)
    settled = {_said(row) for row in known if row.state in {"proposed", "rejected"}}
    digests = []
    for one in found:
        if _said(one) in settled:
            continue
        times = sum(_said(row) == _said(one) for row in known)  # a page may say again what it had taken back
        digests.append(hashlib.sha256(repr((_said(one), times)).encode()).hexdigest())
        values = {
            "organisation_id": organisation_id,
            "page": page,
            "digest": digests[-1],
            "kind": one.kind,
            "question": one.question,
            "desk": one.desk,
            "old": one.old,
            "new": one.new,
            "as_of": read[0].as_of if read else now.date(),
            "confidence": one.confidence,
            "found_at": now,
            "state": "proposed",
        }
        insert_once(session, RouteProposal, [values])
    session.flush()
    wanted = select(RouteProposal).where(
        RouteProposal.organisation_id == organisation_id, RouteProposal.page == page, col(RouteProposal.digest).in_(digests)
    )
    return list(session.exec(wanted.order_by(col(RouteProposal.id))).all())


def decide(session: Session, proposal: RouteProposal, *, accept: bool, by: str, now: datetime) -> RouteProposal:
    """Accept or reject a proposal; raises Decided when it waits no longer."""
    if proposal.state != "proposed":
        raise Decided(f"proposal {proposal.id} is {proposal.state}; nothing is left to decide")
    proposal.state = "accepted" if accept else "rejected"
    proposal.decided_at, proposal.decided_by = now, by
    session.add(proposal)
    session.flush()
    return proposal


def find_one(session: Session, proposal_id: int, *, organisation_id: int) -> RouteProposal | None:
    """A proposal of this organisation."""
    row = session.get(RouteProposal, proposal_id) if 0 < proposal_id < 2**31 else None
    return row if row is not None and row.organisation_id == organisation_id else None


def proposals(session: Session, *, organisation_id: int, state: str | None = None) -> Sequence[RouteProposal]:
    """Proposals in the order they were found."""
    wanted = select(RouteProposal).where(RouteProposal.organisation_id == organisation_id)
    if state is not None:
        wanted = wanted.where(RouteProposal.state == state)
    return session.exec(wanted.order_by(col(RouteProposal.id))).all()


def routes(session: Session, page: str, *, organisation_id: int) -> list[PageRoute]:
    """The routes of a page that are in use: what was accepted of it so far."""
    found: dict[str, PageRoute] = {}
    for row in _accepted(session, organisation_id, kinds=("added", "removed", "contact"), page=page):
        if row.new is None:
            found.pop(row.question, None)
        else:
            found[row.question] = PageRoute(row.question, row.new, row.desk, None, None, page, row.as_of, row.confidence)
    return list(found.values())


def in_use(session: Session, contacts: Iterable[ContactPoint], *, organisation_id: int) -> tuple[ContactPoint, ...]:
    """The contact cards with the numbers and addresses that this organisation accepted; where they came from says so."""
    cards = {contact.desk: contact for contact in contacts}
    for row in _accepted(session, organisation_id, kinds=("phone", "email")):
        if row.desk is not None and row.new is not None:
            card = cards.get(row.desk) or ContactPoint(row.desk, row.desk.replace("_", " ").capitalize())
            cards[row.desk] = overridden(card, kind=row.kind, value=row.new, page=row.page, as_of=row.as_of)
    return tuple(cards.values())


def overridden(card: ContactPoint, *, kind: str, value: str, page: str, as_of: date) -> ContactPoint:
    """A card with one accepted value (kind phone or email); its source names the page beside where the rest is from."""
    field = kind if kind == "email" or _digits(value)[:3] not in _TOLL_FREE else "toll_free"
    rest = card.source if card.reachable and card.source != page else None
    values: dict[str, Any] = {field: value}
    changed = replace(card, **values)
    if field == "toll_free":
        changed = replace(changed, toll_free_within=None)
    source = f"{page} ({'e-mail' if kind == 'email' else 'telephone'}); otherwise {rest}" if rest else page
    return replace(changed, source=source, verified=as_of.isoformat(), confidence=card.confidence if rest else "high")


def _accepted(
    session: Session, organisation_id: int, *, kinds: tuple[str, ...], page: str | None = None
) -> Sequence[RouteProposal]:
    wanted = select(RouteProposal).where(
        RouteProposal.organisation_id == organisation_id,
        RouteProposal.state == "accepted",
        col(RouteProposal.kind).in_(kinds),
    )
    if page is not None:
        wanted = wanted.where(RouteProposal.page == page)
    return session.exec(wanted.order_by(col(RouteProposal.decided_at), col(RouteProposal.id))).all()


def _values(route: PageRoute, desk: str, card: ContactPoint | None) -> Iterable[Difference]:
    numbers = [number for number in (card.phone, card.toll_free) if number] if card else []
    if route.phone and _digits(route.phone) not in {_digits(number) for number in numbers}:
        toll_free = _digits(route.phone)[:3] in _TOLL_FREE
        old = (card.toll_free if toll_free else card.phone) if card else None
        yield Difference("phone", "", desk, old, route.phone, route.confidence)
    address = card.email if card else None
    if route.email and route.email.casefold() != (address or "").casefold():
        yield Difference("email", "", desk, address, route.email, route.confidence)


def _said(one: Difference | RouteProposal) -> tuple[str | None, ...]:
    return (one.kind, one.question, one.desk, one.old, one.new)


def _digits(number: str) -> str:
    """The ten digits of a North American number."""
    return "".join(filter(str.isdigit, number))[-10:]
