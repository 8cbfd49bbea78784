"""question → desk: the clinic's own contract first, then the desk that answers, then the message to it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlmodel import Session

import contracts.store
from api.desks import Book
from contracts import lookup, payees
from contracts.days import HOME
from contracts.lookup import Answer
from notifier import enquiries, proposals
from notifier.contacts import ContactPoint, contact_for
from notifier.models import Enquiry, RouteProposal
from notifier.routed import Route
from notifier.routes import read_routes


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question came to: what the clinic's own contracts say, if anything, and the desk beside it.

    `answer.recorded` says whether the contracts hold one; `routed` is the route under the command line's keys.
    """

    answer: Answer
    route: Route
    contact: ContactPoint | None
    routed: dict[str, Any]


def ask(
    session: Session, question: str, *, organisation_id: int, now: datetime, book: Book | None = None, as_of: date | None = None
) -> Asked:
    """Look the answer up in the clinic's own contracts, then find the desk: an answer on file may spare the message."""
    book = (book or _shipped_book()).of(session, organisation_id)
    found = lookup.answer(session, question, organisation_id=organisation_id, as_of=as_of or now.astimezone(HOME).date())
    way = book.route(question)
    return Asked(found, way, contact_for(way.desk, book.contacts), book.document(way, now=now))


def open_enquiry(
    session: Session,
    question: str,
    *,
    organisation_id: int,
    book: Book,
    asker: str,
    asker_name: str,
    by: str,
    token: str,
    now: datetime,
    desk: str | None = None,
) -> Enquiry:
    """Draft an enquiry to the desk that the question belongs to (or to `desk`), with the reference numbers on file."""
    book = book.of(session, organisation_id)
    way = book.route(question)
    way = replace(way, desk=desk) if desk else way
    contact = contact_for(way.desk, book.contacts)
    return enquiries.draft(
        session,
        question,
        way,
        organisation_id=organisation_id,
        desk=book.desk(way.desk),
        address=contact.email if contact else None,
        asker=asker,
        asker_name=asker_name,
        by=by,
        token=token,
        now=now,
        references=references(session, organisation_id=organisation_id, day=now.astimezone(HOME).date()),
    )


def references(session: Session, *, organisation_id: int, day: date) -> dict[str, str]:
    """The numbers that a desk asks for, where the store holds exactly one: a second contract would have to be chosen."""
    running = [
        contract.number
        for contract in contracts.store.contracts(session, organisation_id=organisation_id)
        if contract.number and (contract.evergreen or contract.end is None or day < contract.end)
    ]
    numbers = [payee.number for payee in payees.payees(session, organisation_id=organisation_id)]
    found = {"contract": running, "payee": numbers}
    return {kind: known[0] for kind, known in found.items() if len(known) == 1}


def take_routes(
    session: Session, page: str, *, source: str, as_of: date, organisation_id: int, book: Book, now: datetime
) -> list[RouteProposal]:
    """Read a program page (HTML or text) and propose what its table says differently. Raises NoRoutes."""
    read = read_routes(page, source=source, as_of=as_of, desks=book.router.desks)
    return proposals.propose(session, read, organisation_id=organisation_id, page=source, contacts=book.contacts, now=now)


@cache
def _shipped_book() -> Book:
    return Book.open(None)
