"""What the signed contracts make due, and when each ends and may come up again; as a page and as a calendar."""

from calendar import Calendar
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from api import exports, journeys, planning
from api.dependencies import Here, Me
from api.exports import Entry, Table
from api.forms import done
from api.languages import language, locale
from api.problems import Problem
from api.rendering import render
from contracts import audit, duties, store
from contracts.days import home_day
from contracts.models import Obligation

router = APIRouter(include_in_schema=False)

COLUMNS = ("id", "contract", "kind", "title", "due", "remind_on", "basis", "owner")


@router.get("/obligations")
async def listed(request: Request, here: Here, me: Me) -> Response:
    """Open obligations by day, and the renewal radar of every contract."""
    today = home_day(here.clock())
    first = shown_month(request.query_params.get("month", ""), today)
    with here.database.read() as session:
        rows = duties.listed(session, organisation_id=me.organisation_id)
        contracts = store.contracts(session, organisation_id=me.organisation_id)
        seen = journeys.renewals(session, organisation_id=me.organisation_id, today=today)
    return render(
        request,
        "obligations.html",
        rows=rows,
        contracts={one.id: one.title for one in contracts},
        radar=seen,
        today=today,
        month=first,
        weeks=month_weeks(first, rows),
        before=f"{first - timedelta(days=1):%Y-%m}",
        after=f"{first + timedelta(days=31):%Y-%m}",
        exports=exports.links("/obligations", "csv", "xlsx", "ics"),
    )


@router.post("/obligations/plan")
async def plan(here: Here, me: Me) -> Response:
    """Lay out anew what is due, from what is confirmed now."""
    now = here.clock()
    with here.database.write() as session:
        for one in store.contracts(session, organisation_id=me.organisation_id):
            planning.plan(session, one, now=now)
    return done("/obligations", "planned")


@router.get("/obligations/export/{form}")
async def export(here: Here, me: Me, form: str) -> Response:
    """Open obligations as a table, or as whole-day events (RFC 5545), each with an alarm on the day of its warning."""
    host = urlsplit(here.settings.public_url).hostname or "localhost"
    with here.database.read() as session:
        rows = duties.listed(session, organisation_id=me.organisation_id, limit=None)
    cells = [(row.id, row.contract_id, row.kind, row.title, row.due, row.remind_on, row.basis, row.owner) for row in rows]
    # an event keeps its UID for ever, so that one that moves is moved and not doubled
    entries = [
        Entry(f"obligation-{row.id}@{host}", row.due, row.title, row.basis, row.remind_on, changed_at=here.clock())
        for row in rows
    ]
    return exports.answer(form, Table("obligations", COLUMNS, cells, entries), now=here.clock())


@router.post("/obligations/{obligation_id}/reopen")
async def reopen(here: Here, me: Me, obligation_id: int) -> Response:
    """Take the closing of one back."""
    with here.database.write() as session:
        row = _own(session, obligation_id, me.organisation_id)
        try:
            duties.reopen(session, row)
        except ValueError as error:
            raise Problem(409, f"Nothing was changed: {error}.") from None
        subject = f"obligation:{row.id}"
        audit.record(
            session,
            organisation_id=me.organisation_id,
            at=here.clock(),
            actor=me.name,
            action="obligation.reopened",
            subject=subject,
        )
    return done("/obligations", "taken_back")


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
    return done("/obligations", "obligation_closed", of=obligation_id)


def shown_month(text: str, today: date) -> date:
    """The first day of the month that an address names (2026-07), else of this month."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)


def month_weeks(first: date, rows: Iterable[Obligation]) -> list[list[tuple[date, list[Obligation]]]]:
    """The weeks of a month, each day with what is due on it; weeks begin as the language's calendars do."""
    due: dict[date, list[Obligation]] = {}
    for row in rows:
        due.setdefault(row.due, []).append(row)
    weeks = Calendar(locale(language()).first_week_day).monthdatescalendar(first.year, first.month)
    return [[(day, due.get(day, [])) for day in week] for week in weeks]


def _own(session: Session, obligation_id: int, organisation_id: int) -> Obligation:
    row = duties.one(session, obligation_id, organisation_id=organisation_id) if 0 < obligation_id < 2**31 else None
    if row is None:
        raise Problem(404, "There is no such obligation.")
    return row
