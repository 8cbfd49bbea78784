"""Enquiries on pages: the list, one with its thread and everything that can be done with it, and how the desks do."""

import secrets
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from api import journeys
from api.dependencies import Here, Me, Principal, Services
from api.forms import done
from api.languages import N_
from api.outgoing import posting
from api.problems import Problem
from api.rendering import render
from notifier import enquiries, lifecycle
from notifier.addresses import InvalidAddress
from notifier.contacts import contact_for, is_open, next_opening
from notifier.models import Delivery, Enquiry
from notifier.redaction import Finding
from notifier.response_times import by_desk

router = APIRouter(include_in_schema=False)

SHOWN = 50
COUNTED = 100_000
STATE_WORDS = {"draft": N_("Draft"), "asked": N_("Waiting"), "answered": N_("Answered"), "closed": N_("Closed")}
STATE_TONES = {"draft": "info", "asked": "warn", "answered": "good", "closed": "quiet"}
MESSAGE_WORDS = {
    "out": N_("Sent"),
    "in": N_("Answer"),
    "call": N_("Telephone call"),
    "automatic": N_("Automatic reply"),
    "bounce": N_("Returned by a mail server"),
    "note": N_("Note"),
}
KIND_WORDS = {
    "sin": N_("social insurance number"),
    "phn": N_("personal health number"),
    "claim": N_("claim number"),
    "worker": N_("name"),
    "bank": N_("bank number"),
    "birth": N_("date of birth"),
    "phone": N_("telephone number"),
    "email": N_("mail address"),
    "address": N_("street address"),
}
WORDS: dict[str, Any] = {
    "STATE_WORDS": STATE_WORDS,
    "STATE_TONES": STATE_TONES,
    "MESSAGE_WORDS": MESSAGE_WORDS,
    "KIND_WORDS": KIND_WORDS,
}
Text = Annotated[str, Form(max_length=25_000)]
Line = Annotated[str, Form(max_length=600)]
Ticked = Annotated[list[str] | None, Form()]


@router.get("/enquiries")
async def list_(request: Request, here: Here, me: Me) -> Response:
    """Enquiries, newest first, by words and state; above them those whose desk has been silent for too long."""
    query = request.query_params
    state = query.get("state", "") if query.get("state") in STATE_WORDS else ""
    text, before = _clean(query.get("text", "")[:200]), query.get("before", "")
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
        titles=_titles(here),
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
                _clean(question),
                organisation_id=me.organisation_id,
                book=book,
                asker=_clean(asker),
                asker_name=_clean(asker_name),
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
                enquiries.close(session, _own(session, number, me), outcome=outcome, by=me.name, now=here.clock(), text="")
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
        titles=_titles(here),
    )


@router.get("/enquiries/{enquiry_id}")
async def show(request: Request, here: Here, me: Me, enquiry_id: int) -> Response:
    """One enquiry."""
    return _page(request, here, me, enquiry_id)


@router.post("/enquiries/{enquiry_id}/draft")
async def draft(
    request: Request,
    here: Here,
    me: Me,
    enquiry_id: int,
    act: Line = "save",
    address: Line = "",
    subject: Line = "",
    body: Text = "",
    let_pass: Ticked = None,
) -> Response:
    """Save the draft, then take the flagged data out or send it if asked to; what was written is kept in any case."""
    try:
        with here.database.write() as session:
            row = _own(session, enquiry_id, me)
            enquiries.edit(session, row, subject=_clean(subject), body=_clean(body), address=_clean(address))
            if act == "take_out":
                enquiries.take_out(session, row)
    except ValueError as error:
        return _page(request, here, me, enquiry_id, error=f"{error}.")
    if act != "send":
        return done(f"/enquiries/{enquiry_id}", "taken_out" if act == "take_out" else "saved")
    return _sent(request, here, me, enquiry_id, let_pass=let_pass or [], text=None)


@router.post("/enquiries/{enquiry_id}/again")
async def again(request: Request, here: Here, me: Me, enquiry_id: int, text: Text = "", let_pass: Ticked = None) -> Response:
    """A further mail in the thread."""
    return _sent(request, here, me, enquiry_id, let_pass=let_pass or [], text=_clean(text))


@router.post("/enquiries/{enquiry_id}/review")
async def review(here: Here, me: Me, enquiry_id: int, verdict: Line = "") -> Response:
    """Accept or reject a correction."""
    if verdict not in {"accept", "reject"}:
        raise Problem(422, "A correction is accepted or rejected.")
    try:
        with here.database.write() as session:
            enquiries.review(session, _own(session, enquiry_id, me), accept=verdict == "accept")
    except ValueError as error:
        raise Problem(409, f"{error}.") from None
    return done("/enquiries/statistics", "saved")


@router.post("/enquiries/{enquiry_id}/{act}")
async def change(
    request: Request,
    here: Here,
    me: Me,
    enquiry_id: int,
    act: str,
    text: Text = "",
    answered: Line = "",
    right: Line = "",
    outcome: Line = "",
) -> Response:
    """Everything else that can be done with an enquiry, by the name of the act."""
    now, words = here.clock(), _clean(text)
    acts: dict[str, tuple[str, Callable[[Session, Enquiry], Any]]] = {
        "call": ("written", lambda s, row: enquiries.call(s, row, text=words, answered=answered == "yes", by=me.name, now=now)),
        "answer": ("written", lambda s, row: enquiries.answer(s, row, text=words, by=me.name, now=now)),
        "note": ("written", lambda s, row: enquiries.note(s, row, text=words, by=me.name, now=now)),
        "escalate": ("written", lambda s, row: enquiries.escalate(s, row, text=words, by=me.name, now=now)),
        "wrong-desk": ("corrected", lambda s, row: enquiries.wrong_desk(s, row, right=right, by=me.name, now=now)),
        "close": ("closed", lambda s, row: enquiries.close(s, row, outcome=outcome, by=me.name, now=now, text=words)),
    }
    if act not in acts:
        raise Problem(404, "There is nothing at this address that can be done with an enquiry.")
    if act in {"call", "answer", "note"} and not words.strip():
        return _page(request, here, me, enquiry_id, error=N_("Write down what was said first."))
    if act == "wrong-desk" and here.book().desk(right) is None:
        return _page(request, here, me, enquiry_id, error=N_("Choose the desk that it should have been."))
    code, work = acts[act]
    try:
        with here.database.write() as session:
            work(session, _own(session, enquiry_id, me))
    except ValueError as error:
        return _page(request, here, me, enquiry_id, error=f"{error}.")
    return done(f"/enquiries/{enquiry_id}", code)


def _sent(request: Request, here: Services, me: Principal, enquiry_id: int, *, let_pass: list[str], text: str | None) -> Response:
    try:
        with here.database.write() as session:
            row = _own(session, enquiry_id, me)
            how = posting(here.settings)
            enquiries.send(session, row, posting=how, by=me.name, now=here.clock(), let_pass=let_pass, text=text)
    except enquiries.Flagged as error:
        sentence = N_(
            "Nothing was sent: it holds personal data that this desk does not need. Take it out, or say that it may go."
        )
        return _page(request, here, me, enquiry_id, error=sentence, flags=error.findings, text=text or "")
    except ValueError as error:
        return _page(request, here, me, enquiry_id, error=f"{error}.", text=text or "")
    return done(f"/enquiries/{enquiry_id}", "sent")


def _page(
    request: Request,
    here: Services,
    me: Principal,
    enquiry_id: int,
    *,
    error: str | None = None,
    flags: Sequence[Finding] | None = None,
    text: str = "",
) -> Response:
    with here.database.read() as session:
        row = _own(session, enquiry_id, me)
        messages = enquiries.messages(session, row)
        sent = [session.get(Delivery, one.delivery_id) for one in messages if one.delivery_id]
        book = here.book().of(session, me.organisation_id)
    if flags is None:
        flags = enquiries.flags(row) if row.state == "draft" else []
    return render(
        request,
        "enquiry.html",
        status_code=422 if error else 200,
        one=row,
        messages=messages,
        deliveries={one.id: one for one in sent if one is not None},
        due=lifecycle.due(row.state, row.asked_at, row.follow_up_at, now=here.clock()),
        flags=flags,
        text=text,
        error=error and error[:1].upper() + error[1:],
        contact=contact_for(row.desk, book.contacts),
        titles=_titles(here),
        desks=[(desk.key, desk.title) for desk in book.router.desks],
        outcomes=lifecycle.OUTCOMES,
        is_open=is_open,
        next_opening=next_opening,
        **WORDS,
    )


def _own(session: Session, enquiry_id: int, me: Principal) -> Enquiry:
    row = enquiries.find_one(session, enquiry_id, organisation_id=me.organisation_id)
    if row is None:
        raise Problem(404, "There is no such enquiry.")
    return row


def _titles(here: Services) -> dict[str, str]:
    return {desk.key: desk.title for desk in here.book().router.desks}


def _clean(text: str) -> str:
    return text.replace("\0", "")  # PostgreSQL stores no NUL
