"""A contract's own facts, put right by a person: what it is called, its numbers, when it was signed, when it begins and ends."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from api import planning
from api.dependencies import Here, Me
from api.forms import done
from api.languages import N_
from api.pages.contracts import own_contract
from api.problems import Problem

router = APIRouter(include_in_schema=False)

Line = Annotated[str, Form(max_length=300)]
Day = Annotated[str, Form(max_length=10)]
BACKWARDS = N_("The last day lies before the first; nothing was changed.")


@router.post("/contracts/{number}/facts")
async def save(
    here: Here,
    me: Me,
    number: str,
    title: Line = "",
    own_number: Line = "",
    signed: Day = "",
    first: Day = "",
    last: Day = "",
) -> Response:
    """Keep the facts as they were written, and lay out anew what they make due; an empty field is not recorded."""
    begins, ends, on = _day(first), _day(last), _day(signed)
    if begins is not None and ends is not None and ends < begins:
        raise Problem(422, BACKWARDS)
    with here.database.write() as session:
        row = own_contract(session, number, me)
        row.title = title.replace("\0", "").strip() or row.title
        row.number = own_number.replace("\0", "").strip() or None
        row.date_signed, row.start, row.end = on, begins, ends + timedelta(days=1) if ends else None
        session.add(row)
        session.flush()
        planning.plan(session, row, now=here.clock())
    return done(f"/contracts/{row.id}", "saved")


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Problem(422, "Write the day as 2026-08-31, or leave it empty; nothing was changed.") from None
