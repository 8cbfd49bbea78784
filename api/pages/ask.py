"""A question and its desk: first what the clinic's own contract says, then whom to ask, and how to reach them."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api import journeys
from api.accounts.models import Person
from api.dependencies import Here, Me
from api.rendering import render
from contracts.days import HOME
from notifier.contacts import contact_for, is_open, next_opening
from notifier.desks import NONE
from notifier.plaintext import LONGEST

router = APIRouter(include_in_schema=False)


@router.get("/ask")
async def form(request: Request) -> Response:
    """The form; `question` in the address fills it in and asks nothing."""
    question = request.query_params.get("question", "")[:LONGEST]
    return render(request, "ask.html", question=question, longest=LONGEST, asked=None, empty=False)


@router.post("/ask")
async def ask(request: Request, here: Here, me: Me, question: Annotated[str, Form()] = "") -> Response:
    """The desk for a question. A POST, because a question may name a worker and addresses end up in logs."""
    text = question.strip()[:LONGEST]
    if not text:
        return render(request, "ask.html", question="", longest=LONGEST, asked=None, empty=True, status_code=422)
    now, book = here.clock(), here.book()
    with here.database.read() as session:
        book = book.of(session, me.organisation_id)
        asked = journeys.ask(session, text, organisation_id=me.organisation_id, now=now, book=book)
        day = now.astimezone(HOME).date()
        numbers = journeys.references(session, organisation_id=me.organisation_id, day=day)
        person = session.get(Person, me.person_id) if me.person_id else None
    everyone = asked.route.unsure or asked.route.desk == NONE
    wider = [contact.desk for contact in book.contacts] if everyone else asked.route.also
    found = [contact_for(key, book.contacts) for key in wider]
    return render(
        request,
        "ask.html",
        question=text,
        longest=LONGEST,
        empty=False,
        asked=asked,
        desk=book.desk(asked.route.desk),
        desk_of=book.desk,
        numbers=numbers,
        desks=[(desk.key, desk.title) for desk in book.router.desks],
        asker=person.address if person else "",
        asker_name=person.name if person else "",
        everyone=everyone,
        others=[contact for contact in found if contact is not None and contact != asked.contact],
        is_open=is_open,
        next_opening=next_opening,
    )
