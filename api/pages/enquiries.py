"""Enquiries on pages: the list, a new one, how the desks do, and corrections to review."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api import journeys
from api.dependencies import Here, Me
from api.forms import done
from api.languages import N_
from api.pages.enquiry_words import STATE_WORDS, WORDS, Line, Text, clean, own, titles
from api.problems import Problem
from api.rendering import render
from notifier import enquiries, lifecycle
from notifier.addresses import InvalidAddress
from notifier.response_times import by_desk

router = APIRouter(include_in_schema=False)

SHOWN = 50
COUNTED = 100_000


@router.get("/enquiries")
async def list_(request: Request, here: Here, me: Me) -> Response:
    """Enquiries, newest first, by words and state; above them those whose desk has been silent for too long."""
    query = request.query_params
    state = query.get("state", "") if query.get("state") in STATE_WORDS else ""
    text, before = clean(query.get("text", "")[:200]), query.get("before", "")
    with here.database.read() as session:
        rows = enquiries.search(
            session,
            organisation_id=me.organisation_id,
            text=text,
            state=state or None,
            before=int(before) if before.isascii() and before.isdecimal() and len(before) < 10 else None,
            limit=SHOWN,
        )
        late = enquiries.overdue(session, now=here.clock(), organisation_id=me.organisation_id)
    return render(
        request,
        "enquiries.html",
        rows=rows,
        late=late,
        text=text,
        state=state,
        states=[("", N_("Any state")), *STATE_WORDS.items()],
        outcomes=lifecycle.OUTCOMES,
        titles=titles(here),
        more=rows[-1].id if len(rows) == SHOWN else None,
        **WORDS,
    )


@router.post("/enquiries")
async def open_(here: Here, me: Me, question: Text = "", desk: Line = "", asker: Line = "", asker_name: Line = "") -> Response:
    """Draft a message to a desk; nothing is sent."""
    book = here.book()
    if not question.strip() or (desk and book.desk(desk) is None):
        raise Problem(422, "An enquiry needs a question and one of the desks: begin at /ask.")
    try:
        with here.database.write() as session:
            row = journeys.open_enquiry(
                session,
                clean(question),
                organisation_id=me.organisation_id,
                book=book,
                asker=clean(asker),
                asker_name=clean(asker_name),
                by=me.name,
                token=secrets.token_hex(10),
                now=here.clock(),
                desk=desk or None,
            )
    except InvalidAddress as error:
        raise Problem(422, f"{error}. Go back and mend it.") from None
    return done(f"/enquiries/{row.id}", "drafted")


@router.post("/enquiries/close")
async def close_many(here: Here, me: Me, enquiry: Annotated[list[int] | None, Form()] = None, outcome: Line = "") -> Response:
    """Close every enquiry that was checked; all of them, or none when one of them can't be."""
    try:
        with here.database.write() as session:
            for number in enquiry or []:
                enquiries.close(session, own(session, number, me), outcome=outcome, by=me.name, now=here.clock(), text="")
    except ValueError as error:
        raise Problem(409, f"Nothing was changed: {error}.") from None
    return done("/enquiries", "closed")


@router.get("/enquiries/statistics")
async def statistics(request: Request, here: Here, me: Me) -> Response:
    """How long the desks take, how often a question went to the wrong one, and the corrections to review."""
    with here.database.read() as session:
        records = by_desk(enquiries.search(session, organisation_id=me.organisation_id, limit=COUNTED))
        waiting = enquiries.corrections(session, organisation_id=me.organisation_id)
    return render(
        request,
        "enquiry_statistics.html",
        records=records,
        waiting=waiting,
        titles=titles(here),
    )


@router.post("/enquiries/{enquiry_id}/review")
async def review(here: Here, me: Me, enquiry_id: int, verdict: Line = "") -> Response:
    """Accept or reject a correction."""
    if verdict not in {"accept", "reject"}:
        raise Problem(422, "A correction is accepted or rejected.")
    try:
        with here.database.write() as session:
            enquiries.review(session, own(session, enquiry_id, me), accept=verdict == "accept")
    except ValueError as error:
        raise Problem(409, f"{error}.") from None
    return done("/enquiries/statistics", "saved")
