"""Addresses that nothing is sent to any more, and for owners a way to send to one again."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api import lifting
from api.dependencies import Here, Me
from api.forms import done
from api.rendering import render
from notifier import refused

router = APIRouter(include_in_schema=False)


@router.get("/suppressions")
async def listed(request: Request, here: Here, me: Me) -> Response:
    """The refused addresses that the organisation writes to."""
    with here.database.read() as session:
        rows = refused.listed(session, organisation_id=me.organisation_id)
    return render(request, "suppressions.html", rows=rows, owner=me.manages, asked=refused.ASKED)


@router.post("/suppressions/lift")
async def lift(
    here: Here,
    me: Me,
    address: Annotated[str, Form(max_length=1000)] = "",
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Send to an address again from now on."""
    with here.database.write() as session:
        lifting.lift(session, me, address, reason=reason.replace("\0", ""), now=here.clock())
    return done("/suppressions", "allowed")
