"""The way out of a mail: a button on GET, because mail scanners open links; at once on POST (RFC 8058), without sign-in."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Here
from api.problems import Problem
from api.rendering import render
from notifier import store
from notifier.links import BadLink, manage_url, read_unsubscribe
from notifier.models import Subscription

router = APIRouter(include_in_schema=False)


@router.get("/u/{token}")
async def ask(request: Request, here: Here, token: str) -> Response:
    """What would end, and the button that ends it."""
    subscription_id = _read(request, token)
    with here.database.read() as session:
        found = session.get(Subscription, subscription_id)
    return _page(request, found, ended=found is None or found.state == "ended")


@router.post("/u/{token}")
async def act(request: Request, here: Here, token: str) -> Response:
    """End it. Repeating this changes nothing; one that is gone counts as ended."""
    subscription_id = _read(request, token)
    with here.database.write() as session:
        found = store.unsubscribe(session, subscription_id, now=here.clock())
    return _page(request, found, ended=True)


def _read(request: Request, token: str) -> int:
    try:
        return read_unsubscribe(token, secret=request.app.state.link_secret())
    except BadLink as error:
        raise Problem(404, f"Nothing was changed: {error}.") from None


def _page(request: Request, found: Subscription | None, *, ended: bool) -> Response:
    address = masked(found.address) if found else ""
    manage = manage_url("", found.id, secret=request.app.state.link_secret()) if found and found.id else ""
    query = found.query if found else ""
    return render(request, "unsubscribe.html", ended=ended, address=address, query=query, manage=manage)


def masked(address: str) -> str:
    """`o…@clinic.example`: enough to recognise, too little to harvest from a forwarded mail."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…{at}{domain}"
