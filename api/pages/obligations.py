"""What the signed contracts make due, and when each ends and may come up again; as a page and as a calendar."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from icalendar import Alarm, Calendar, Event
from sqlmodel import Session

from api.dependencies import Here, Me
from api.forms import done
from api.problems import Problem
from api.rendering import render
from contracts import audit, duties, obligations, store
from contracts.days import home_day
from contracts.models import Obligation

router = APIRouter(include_in_schema=False)


@router.get("/obligations")
async def listed(request: Request, here: Here, me: Me) -> Response:
    """Open obligations by day, and the renewal radar of every contract."""
    today = home_day(here.clock())
    with here.database.read() as session:
        rows = duties.listed(session, organisation_id=me.organisation_id)
        contracts = store.contracts(session, organisation_id=me.organisation_id)
        seen = [(one, obligations.radar(duties.facts(session, one, today=today))) for one in contracts]
    return render(
        request,
        "obligations.html",
        rows=rows,
        contracts={one.id: one.title for one in contracts},
        radar=sorted(seen, key=lambda pair: (pair[1].end is None, pair[1].end or date.max, pair[0].title)),
        today=today,
    )


@router.post("/obligations/plan")
async def plan(here: Here, me: Me) -> Response:
    """Lay out anew what is due, from what is confirmed now."""
    now = here.clock()
    with here.database.write() as session:
        for one in store.contracts(session, organisation_id=me.organisation_id):
            facts = duties.facts(session, one, today=home_day(now))
            duties.lay_out(session, one, obligations.duties(facts, today=home_day(now)), now=now)
    return done("/obligations", "planned")


@router.get("/obligations.ics")
async def calendar(here: Here, me: Me) -> Response:
    """Open obligations as whole-day events (RFC 5545), each with an alarm on the day of its warning."""
    with here.database.read() as session:
        rows = duties.listed(session, organisation_id=me.organisation_id)
    content = as_calendar(rows, host=urlsplit(here.settings.public_url).hostname or "localhost", now=here.clock())
    headers = {"Content-Disposition": 'attachment; filename="obligations.ics"'}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


@router.post("/obligations/{obligation_id}/{state}")
async def close(here: Here, me: Me, obligation_id: int, state: str, note: Annotated[str, Form(max_length=1000)] = "") -> Response:
    """Mark one as done, or waive it with a reason."""
    if state not in {"done", "waived"}:
        raise Problem(404, "An obligation is done or waived; there is nothing else at this address.")
    with here.database.write() as session:
        row = _own(session, obligation_id, me.organisation_id)
        try:
            duties.close(session, row, state=state, by=me.name, now=here.clock(), note=note.strip() or None)
        except duties.AlreadyClosed as error:
            raise Problem(409, f"Nothing was changed: {error}.") from None
        except ValueError as error:
            raise Problem(422, f"Nothing was changed: {error}.") from None
        subject, action = f"obligation:{row.id}", f"obligation.{state}"
        audit.record(session, organisation_id=me.organisation_id, at=here.clock(), actor=me.name, action=action, subject=subject)
    return done("/obligations", "obligation_closed")


def as_calendar(rows: Iterable[Obligation], *, host: str, now: datetime) -> bytes:
    """The rows as a calendar; an event keeps its UID for ever, so that one that moves is moved and not doubled."""
    whole = Calendar()
    whole.add("prodid", "-//Bidkeeper//obligations//EN")
    whole.add("version", "2.0")
    whole.add("x-wr-calname", "Bidkeeper: obligations")
    for row in rows:
        event = Event()
        event.add("uid", f"obligation-{row.id}@{host}")
        event.add("dtstamp", now)
        event.add("dtstart", row.due)
        event.add("dtend", row.due + timedelta(days=1))
        event.add("summary", row.title)
        event.add("description", row.basis)
        event.add("transp", "TRANSPARENT")
        if row.remind_on is not None and row.remind_on < row.due:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", row.title)
            alarm.add("trigger", row.remind_on - row.due)
            event.add_component(alarm)
        whole.add_component(event)
    return bytes(whole.to_ical())


def _own(session: Session, obligation_id: int, organisation_id: int) -> Obligation:
    row = duties.one(session, obligation_id, organisation_id=organisation_id) if 0 < obligation_id < 2**31 else None
    if row is None:
        raise Problem(404, "There is no such obligation.")
    return row
