"""The breach register: what went wrong with personal information; owners write into it, auditors read it."""

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api.accounts import breaches
from api.dependencies import Here, Me, Principal
from api.forms import done
from api.languages import N_
from api.problems import Problem
from api.rendering import render
from contracts.days import HOME, home_day

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=10_000)]
READERS = N_("The breach register is for the roles owner and auditor.")
WRITERS = N_("Only an owner writes into the breach register.")


@router.get("/breaches")
async def register(request: Request, here: Here, me: Me) -> Response:
    """Every breach on record, newest first, and for owners a form for one more."""
    if not me.audits:
        raise Problem(403, READERS)
    with here.database.read() as session:
        rows = breaches.breaches(session, organisation_id=me.organisation_id)
    return render(request, "breaches.html", rows=rows, owner=me.manages, today=home_day(here.clock()))


@router.post("/breaches")
async def record(
    here: Here,
    me: Me,
    circumstances: Text = "",
    information: Text = "",
    assessment: Text = "",
    happened: Annotated[str, Form(max_length=400)] = "",
    serious: Annotated[str, Form(max_length=10)] = "",
    people: Annotated[str, Form(max_length=9)] = "",
    found: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Write a breach down, whether or not it has to be reported."""
    _owner(me)
    words = {
        name: text.replace("\0", "").strip()
        for name, text in {
            "happened": happened,
            "circumstances": circumstances,
            "information": information,
            "assessment": assessment,
        }.items()
    }
    if not all(words.values()):
        raise Problem(
            422,
            "Nothing was stored: say when it happened, what happened, which information it is about, and how the risk was judged.",
        )
    if people.strip() and not (people.strip().isascii() and people.strip().isdecimal()):
        raise Problem(422, "Nothing was stored: write how many people as a number, or leave it empty.")
    with here.database.write() as session:
        breaches.record(
            session,
            organisation_id=me.organisation_id,
            **words,
            serious=serious == "yes",
            people=int(people) if people.strip() else None,
            found_at=_noon(found, here.clock()),
            by=me.name,
            now=here.clock(),
        )
    return done("/breaches", "breach_recorded")


@router.post("/breaches/{breach_id}/reported")
async def reported(
    here: Here,
    me: Me,
    breach_id: int,
    commissioner: Annotated[str, Form(max_length=10)] = "",
    people: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Note that it was reported to the Commissioner, or its people told."""
    _owner(me)
    with here.database.write() as session:
        known = 0 < breach_id < 2**31
        row = breaches.one(session, breach_id, organisation_id=me.organisation_id) if known else None
        if row is None:
            raise Problem(404, "No breach with this number is on record.")
        if "yes" not in {commissioner, people}:
            raise Problem(422, "Nothing was noted: check whom it was told to.")
        told = {"commissioner": commissioner == "yes", "people": people == "yes"}
        breaches.reported(session, row, **told, by=me.name, now=here.clock())
    return done("/breaches", "breach_noted")


def _owner(me: Principal) -> None:
    if not me.manages:
        raise Problem(403, WRITERS)


def _noon(text: str, now: datetime) -> datetime:
    """Noon in British Columbia of the day that was written, now where none was."""
    if not text.strip():
        return now
    try:
        return datetime.combine(date.fromisoformat(text.strip()), time(12), HOME).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(422, "Nothing was stored: write the day as 2026-04-01, or leave it empty.") from None
