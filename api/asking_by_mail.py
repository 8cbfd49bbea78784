"""A question that came by mail: the card of its desk and a draft go back to the person who asked, and to nobody else.

Only people of an organisation are answered, at the address that is on file for them (never at a Reply-To), and so often an hour.
What they passed on is read where their own words name no desk.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from api import journeys
from api.accounts import store as accounts
from api.accounts.models import Person
from api.accounts.roles import Role
from api.desks import Book
from api.journeys import Asked
from notifier import notices, questions
from notifier.contacts import as_object, contact_for
from notifier.desks import NONE
from notifier.mailbox import Mail
from notifier.models import Delivery, Enquiry, Notification
from notifier.questions import Unanswered

KIND = "desk_card"
MOST_AN_HOUR = 20


def take(
    session: Session,
    mail: Mail,
    now: datetime,
    *,
    address: str,
    ours: frozenset[str],
    stamped_by: str,
    book: Callable[[], Book],
    token: Callable[[], str],
) -> str | None:
    """Answer a mail to `address` from somebody we know; see `Handler`. What strangers send there is kept for a person to read."""
    asked = questions.read(mail, address=address, ours=ours, stamped_by=stamped_by)
    if asked is None:
        return None
    if isinstance(asked, Unanswered):
        return f"not answered: {asked.why}"
    person = accounts.by_address(session, asked.sender)
    if person is None:
        return None
    if _answered(session, person, since=now - timedelta(hours=1)) >= MOST_AN_HOUR:
        return f"not answered: {person.address} had {MOST_AN_HOUR} answers within the hour"
    here = book().of(session, person.organisation_id)
    found, words = _best(session, asked, organisation_id=person.organisation_id, book=here, now=now)
    draft = _draft(session, words, found, person, book=here, token=token(), now=now)
    content = _content(found, draft, here, now=now) | {"subject": f"Re: {asked.subject}", "in_reply_to": asked.message_id}
    key = f"question:{mail.digest}"
    notices.tell(
        session,
        KIND,
        content,
        [person.address],
        key=key,
        organisation_id=person.organisation_id,
        now=now,
        languages={person.address: person.language},
    )
    return f"answered {person.address}: {found.route.desk}" + (f", enquiry {draft.id}" if draft else "")


def _best(session: Session, asked: questions.Asked, *, organisation_id: int, book: Book, now: datetime) -> tuple[Asked, str]:
    """What the sender's own words come to, or, where they name no desk for certain, all that they passed on."""
    found = journeys.ask(session, asked.words, organisation_id=organisation_id, now=now, book=book)
    if found.route.urgent or not (found.route.unsure or found.route.desk == NONE) or asked.whole == asked.words:
        return found, asked.words
    more = journeys.ask(session, asked.whole, organisation_id=organisation_id, now=now, book=book)
    better = more.route.urgent or (more.route.desk != NONE and (found.route.desk == NONE or not more.route.unsure))
    return (more, asked.whole) if better else (found, asked.words)


def _draft(
    session: Session, words: str, found: Asked, person: Person, *, book: Book, token: str, now: datetime
) -> Enquiry | None:
    """A drafted enquiry, where there is a desk and the person may write."""
    if found.route.desk == NONE or not Role(person.role).writes:
        return None
    return journeys.open_enquiry(
        session,
        words,
        organisation_id=person.organisation_id,
        book=book,
        asker=person.address,
        asker_name=person.name,
        by=f"{person.name or person.address}, by mail",
        token=token,
        now=now,
        desk=found.route.desk,
    )


def _content(found: Asked, draft: Enquiry | None, book: Book, *, now: datetime) -> dict[str, Any]:
    """What the mail is rendered from: plain values, since a notification is frozen as JSON."""
    way = found.route
    keys = [desk.key for desk in book.router.desks] if way.unsure or way.desk == NONE else [way.desk, *way.also]
    first = [way.desk] if way.desk != NONE else []
    desk = book.desk(way.desk)
    return {
        "urgent": way.urgent,
        "unsure": way.unsure,
        "desk": desk.title if desk else None,
        "why": list(way.why),
        "answer": found.answer.to_json() if found.answer.recorded else None,
        "cards": [_card(key, book, now=now) for key in dict.fromkeys([*first, *keys]) if key != NONE],
        "at_hand": list(desk.at_hand) if desk else [],
        "enquiry": draft.id if draft else None,
        "draft": {"subject": draft.subject, "body": draft.body} if draft else None,
        "removed": dict(draft.removed) if draft else {},
    }


def _card(key: str, book: Book, *, now: datetime) -> dict[str, Any]:
    desk, contact = book.desk(key), contact_for(key, book.contacts)
    known = as_object(contact, now=now) if contact else {}
    shown = {
        name: known.get(name)
        for name in ("phone", "toll_free", "toll_free_within", "email", "hours", "open_now", "source", "verified")
    }
    return shown | {"title": desk.title if desk else key, "answers": desk.answers if desk else ""}


def _answered(session: Session, person: Person, *, since: datetime) -> int:
    wanted = (
        select(func.count())
        .select_from(Delivery)
        .join(Notification, col(Notification.id) == col(Delivery.notification_id))
        .where(Delivery.address == person.address, Notification.kind == KIND, col(Notification.created_at) > since)
    )
    return session.exec(wanted).one()
