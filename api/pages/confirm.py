"""The answer to the question of a sign-up: a button on GET, because mail scanners open links, and the deed on POST."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Here
from api.forms import done
from api.languages import N_
from api.pages.unsubscribe import masked
from api.problems import Problem
from api.rendering import render
from notifier import links, signup
from notifier.links import BadLink
from notifier.models import Subscription

router = APIRouter(include_in_schema=False)

GONE = N_("This sign-up was ended meanwhile, so nothing was changed; sign up again if you want the alerts.")


@router.get("/confirm/{token}")
async def ask(request: Request, here: Here, token: str) -> Response:
    """What would begin, and the button that begins it."""
    number = _read(request, here, token)
    with here.database.read() as session:
        row = session.get(Subscription, number)
    if row is None or row.state == "ended":
        raise Problem(410, GONE)
    return render(request, "confirm.html", address=masked(row.address), query=row.query, state=row.state)


@router.post("/confirm/{token}")
async def act(request: Request, here: Here, token: str) -> Response:
    """Begin, and go on to the page where it can be changed. Twice is once."""
    number = _read(request, here, token)
    with here.database.write() as session:
        if signup.confirm(session, number, now=here.clock()) is None:
            raise Problem(410, GONE)
    return done(links.manage_url("", number, secret=request.app.state.link_secret()), "alerts_confirmed")


def _read(request: Request, here: Here, token: str) -> int:
    try:
        return links.read_confirm(token, secret=request.app.state.link_secret(), now=here.clock())
    except BadLink as error:
        raise Problem(404, f"Nothing was changed: {error}.") from None
