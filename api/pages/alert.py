"""One subscription: its search, how it is told, what is open for it already, and what its channel needs to know."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from api import journeys
from api.choosing import OFFERED, ChoiceForm
from api.dependencies import Here, Me, Principal, Services
from api.forms import done
from api.pages.feeds import feeds_of
from api.problems import Problem
from api.programs import program_aliases
from api.rendering import render
from api.signing_up import LANGUAGES
from notifier import store, upkeep
from notifier.channels import webhook
from notifier.models import Subscription
from notifier.query import QueryError
from notifier.timing import BadRhythm

router = APIRouter(include_in_schema=False)

SHOWN = 20
REPLAYED = timedelta(days=30)  # how far back a replay goes

Act = Callable[[Session, Services, Subscription], str]


@router.get("/searches/preview")
async def preview(request: Request, here: Here, me: Me, query: str = "", program: str = "") -> Response:  # noqa: ARG001 - a key is needed
    """What a search would find: a page of its own, or the part of one that is asked for while somebody types."""
    whole = f"program:{program} {query}".strip() if program else query
    found, recent, error = [], 0, ""
    try:
        with here.database.read() as session:
            found = journeys.open_now(session, whole[:500], here.sources(), now=here.clock())
            recent = len(journeys.recent_news(session, whole[:500], here.sources(), now=here.clock(), limit=SHOWN))
    except QueryError as refused:
        error = f"{refused}."
    part = "preview_part.html" if request.headers.get("hx-request") else "preview.html"
    return render(request, part, query=whole, found=found[:SHOWN], count=len(found), recent=recent, most=SHOWN, error=error)


@router.get("/alerts/{subscription_id}")
async def alert(request: Request, here: Here, me: Me, subscription_id: int) -> Response:
    """A subscription with its choices, what is open for it, and the secrets that its receiver verifies with."""
    with here.database.read() as session:
        row = _own(session, subscription_id, me)
        found = journeys.open_now(session, row.query, here.sources(), now=here.clock())
    secret = request.app.state.link_secret()
    keys = webhook.secrets_of(subscription_id, row.options, secret=secret, now=here.clock()) if row.channel == "webhook" else []
    return render(
        request,
        "alert.html",
        row=row,
        found=found[:SHOWN],
        count=len(found),
        offered=OFFERED,
        languages=LANGUAGES,
        feeds=feeds_of(request, subscription_id),
        secrets=keys if me.writes else [],
    )


@router.post("/alerts/{subscription_id}/settings")
async def settings(here: Here, me: Me, subscription_id: int, form: Annotated[ChoiceForm, Form()]) -> Response:
    """How it is told from now on; what waits gets its new turn."""
    try:
        with here.database.write() as session:
            store.choose(session, _own(session, subscription_id, me), form.choices(), now=here.clock())
    except BadRhythm as error:
        raise Problem(422, f"Nothing was changed: {error}.") from None
    return done(f"/alerts/{subscription_id}", "saved")


@router.post("/alerts/{subscription_id}/search")
async def search(here: Here, me: Me, subscription_id: int, query: Annotated[str, Form(max_length=500)] = "") -> Response:
    """Look for something else; what is open for it is shown next."""
    try:
        with here.database.write() as session:
            row = _own(session, subscription_id, me)
            if not store.search(session, row, query, programs=program_aliases()):
                raise Problem(409, "Nothing was changed: this address has that search already.")
    except QueryError as error:
        raise Problem(422, f"Nothing was changed: {error}.") from None
    return done(f"/alerts/{subscription_id}", "saved")


@router.post("/alerts/{subscription_id}/{act}")
async def change(here: Here, me: Me, subscription_id: int, act: str) -> Response:
    """Do one of the things in ACTS with one of the organisation's subscriptions."""
    if act not in ACTS:
        raise Problem(404, "A subscription can be paused, resumed, ended or told again; there is nothing else at this address.")
    with here.database.write() as session:
        code = ACTS[act](session, here, _own(session, subscription_id, me))
    return done(
        "/alerts" if act in {"pause", "resume", "end", "restore"} else f"/alerts/{subscription_id}", code, of=subscription_id
    )


def _pause(session: Session, _here: Services, row: Subscription) -> str:
    store.pause(session, row.id or 0, until=None)
    return "paused"


def _resume(session: Session, _here: Services, row: Subscription) -> str:
    store.resume(session, row.id or 0)
    return "resumed"


def _end(session: Session, here: Services, row: Subscription) -> str:
    store.unsubscribe(session, row.id or 0, now=here.clock(), by="the organisation")
    return "ended"


def _restore(session: Session, here: Services, row: Subscription) -> str:
    if not store.restore(session, row, now=here.clock()):
        raise Problem(409, "Nothing was changed: its own address ended it, or that is too long ago. Sign the address up again.")
    return "restored"


def _open(session: Session, here: Services, row: Subscription) -> str:
    return "open_sent" if journeys.mail_open(session, row, here.sources(), now=here.clock()) else "open_known"


def _rotate(session: Session, here: Services, row: Subscription) -> str:
    if row.channel != "webhook":
        raise Problem(404, "Only a webhook has a secret that can be changed.")
    row.options = webhook.rotated(row.options, now=here.clock())
    store.changed(session, row)
    return "rotated"


def _replay(session: Session, here: Services, row: Subscription) -> str:
    upkeep.replay(session, row, since=here.clock() - REPLAYED, now=here.clock())
    return "replayed"


ACTS: dict[str, Act] = {
    "pause": _pause,
    "resume": _resume,
    "end": _end,
    "restore": _restore,
    "open": _open,
    "rotate": _rotate,
    "replay": _replay,
}


def _own(session: Session, subscription_id: int, me: Principal) -> Subscription:
    row = session.get(Subscription, subscription_id) if 0 < subscription_id < 2**31 else None
    if row is None or row.organisation_id != me.organisation_id:
        raise Problem(404, "There is no such subscription.")
    return row
