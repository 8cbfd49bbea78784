"""One enquiry on a page: its draft, its thread, and everything that can be done with it."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.dependencies import Here, Me, Principal, Services
from api.forms import done
from api.languages import N_, gettext
from api.outgoing import posting
from api.pages.enquiry_words import WORDS, Line, Text, Ticked, clean, own, titles
from api.problems import Problem
from api.rendering import render
from notifier import enquiries, lifecycle
from notifier.contacts import contact_for, is_open, next_opening
from notifier.models import Delivery, Enquiry
from notifier.redaction import Finding

router = APIRouter(include_in_schema=False)


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
            row = own(session, enquiry_id, me)
            enquiries.edit(session, row, subject=clean(subject), body=clean(body), address=clean(address))
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
    return _sent(request, here, me, enquiry_id, let_pass=let_pass or [], text=clean(text))


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
    later: Line = "",
) -> Response:
    """Everything else that can be done with an enquiry, by the name of the act."""
    now, words = here.clock(), clean(text)
    by: dict[str, Any] = {"by": me.name, "now": now, "days": here.settings.follow_up_days}
    acts: dict[str, tuple[str, Callable[[Session, Enquiry], Any]]] = {
        "call": ("written", lambda s, row: enquiries.call(s, row, text=words, answered=answered == "yes", **by)),
        "answer": ("written", lambda s, row: enquiries.answer(s, row, text=words, by=me.name, now=now)),
        "note": ("written", lambda s, row: enquiries.note(s, row, text=words, by=me.name, now=now)),
        "escalate": ("written", lambda s, row: enquiries.escalate(s, row, text=words, **by)),
        "put-off": ("written", lambda s, row: enquiries.put_off(s, row, days=_days(later), by=me.name, now=now)),
        "wrong-desk": ("corrected", lambda s, row: enquiries.wrong_desk(s, row, right=right, by=me.name, now=now)),
        "reopen": ("restored", lambda s, row: enquiries.reopen(s, row, **by)),
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
            work(session, own(session, enquiry_id, me))
    except ValueError as error:
        return _page(request, here, me, enquiry_id, error=f"{error}.")
    return done(f"/enquiries/{enquiry_id}", code, of=enquiry_id)


def _sent(request: Request, here: Services, me: Principal, enquiry_id: int, *, let_pass: list[str], text: str | None) -> Response:
    try:
        with here.database.write() as session:
            row = own(session, enquiry_id, me)
            how = posting(here.settings)
            enquiries.send(
                session,
                row,
                posting=how,
                by=me.name,
                now=here.clock(),
                let_pass=let_pass,
                text=text,
                days=here.settings.follow_up_days,
            )
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
        row = own(session, enquiry_id, me)
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
        titles=titles(here),
        desks=[(desk.key, desk.title) for desk in book.router.desks],
        outcomes=lifecycle.OUTCOMES,
        is_open=is_open,
        next_opening=next_opening,
        **WORDS,
    )


def _days(text: str) -> int:
    """Business days typed by a person; raises ValueError with what to type."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= lifecycle.MOST_DAYS):
        raise ValueError(gettext("type a number of business days from 1 to 60"))
    return int(text)
