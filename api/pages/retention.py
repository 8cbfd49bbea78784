"""How long contracts are kept, which are due to go, and the holds that keep them; only owners change anything here."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api import retaining
from api.dependencies import Here, Me, Principal
from api.forms import done
from api.problems import Problem
from api.rendering import render
from contracts import holds, retention
from contracts.days import home_day

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=400)]


@router.get("/retention")
async def shown(request: Request, here: Here, me: Me) -> Response:
    """The rule, what is due to be disposed of by it, and every standing hold."""
    with here.database.read() as session:
        return render(
            request,
            "retention.html",
            rule=retention.rule(session, organisation_id=me.organisation_id),
            due=retention.due(session, organisation_id=me.organisation_id, today=home_day(here.clock())),
            holds=holds.listed(session, organisation_id=me.organisation_id),
            owner=me.role.manages,
        )


@router.post("/retention")
async def set_rule(here: Here, me: Me, months: Text = "", basis: Text = "", automatic: Text = "") -> Response:
    """Say how long contracts are kept after their end."""
    _owner(me)
    number = int(months) if months.isascii() and months.isdecimal() and len(months) < 6 else 0
    with here.database.write() as session:
        try:
            retention.set_rule(
                session,
                organisation_id=me.organisation_id,
                months=number,
                basis=basis,
                automatic=automatic == "yes",
                by=me.name,
                now=here.clock(),
            )
        except retention.BadRule as error:
            raise Problem(422, f"Nothing was changed: {error}.") from None
    return done("/retention", "saved")


@router.post("/retention/{contract_id}/dispose")
async def dispose(here: Here, me: Me, contract_id: int, reason: Text = "") -> Response:
    """Remove a contract with its documents and originals for good."""
    _owner(me)
    if not reason.strip():
        raise Problem(422, "Nothing was removed: say why the contract goes.")
    try:
        gone = 0 < contract_id < 2**31 and await asyncio.to_thread(
            retaining.dispose,
            here.database,
            here.settings.originals,
            contract_id,
            organisation_id=me.organisation_id,
            by=me.name,
            reason=reason.strip(),
            now=here.clock(),
        )
    except holds.Held as error:
        raise Problem(409, f"Nothing was removed: {error}.") from None
    if not gone:
        raise Problem(404, "No contract with this number is on file.")
    return done("/retention", "disposed")


@router.post("/retention/holds/{hold_id}/lift")
async def lift(here: Here, me: Me, hold_id: int) -> Response:
    """End a hold."""
    _owner(me)
    with here.database.write() as session:
        row = holds.one(session, hold_id, organisation_id=me.organisation_id) if 0 < hold_id < 2**31 else None
        if row is None:
            raise Problem(404, "There is no such hold.")
        holds.lift(session, row, by=me.name, now=here.clock())
    return done("/retention", "lifted")


def _owner(me: Principal) -> None:
    if not me.role.manages:
        raise Problem(403, "Only an owner disposes of contracts, lifts holds, and says how long contracts are kept.")
