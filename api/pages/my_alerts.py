"""One's own alerts by a signed link, without an account: pause, how often, language, end, and forget me."""

from datetime import UTC, date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select

from api import journeys
from api.choosing import OFFERED, ChoiceForm
from api.dependencies import Here
from api.forms import done
from api.pages.feeds import feeds_of, own_calendar_of
from api.pages.unsubscribe import masked
from api.problems import Problem
from api.rendering import render
from api.signing_up import LANGUAGES
from notifier import forgetting, signup, store
from notifier.links import BadLink, read_manage
from notifier.models import Subscription
from notifier.timing import BadRhythm

router = APIRouter(include_in_schema=False)

LONGEST_PAUSE = 366  # days


@router.get("/my-alerts/{token}")
async def mine(request: Request, here: Here, token: str) -> Response:
    """Every search of the address that this link was mailed to."""
    with here.database.read() as session:
        rows = _mine(session, _read(request, token))
        found = {
            row.id: len(journeys.open_now(session, row.query, here.sources(), now=here.clock()))
            for row in rows
            if row.state == "active"
        }
    return _page(request, rows, found)


@router.post("/my-alerts/{token}/all/end")
async def end_all(request: Request, here: Here, token: str) -> Response:
    """End every search of the address."""
    with here.database.write() as session:
        for row in _mine(session, _read(request, token)):
            store.unsubscribe(session, _id(row), now=here.clock())
    return done(f"/my-alerts/{token}", "all_ended")


@router.post("/my-alerts/{token}/all/forget")
async def forget(request: Request, here: Here, token: str) -> Response:
    """End everything and take the address out of our books."""
    with here.database.write() as session:
        one = _known(session, _read(request, token))
        forgetting.forget(session, one.address, organisation_id=one.organisation_id, now=here.clock())
    return RedirectResponse("/forgotten", 303)


@router.get("/forgotten")
async def forgotten(request: Request) -> Response:
    """Says that an address was forgotten, and keeps no word of which."""
    return render(request, "forgotten.html")


@router.post("/my-alerts/{token}/{subscription_id}/settings")
async def settings(
    request: Request, here: Here, token: str, subscription_id: int, form: Annotated[ChoiceForm, Form()]
) -> Response:
    """How often, when and in which language one search's news comes; what waits gets its new turn."""
    try:
        with here.database.write() as session:
            store.choose(session, _one(session, _read(request, token), subscription_id), form.choices(), now=here.clock())
    except BadRhythm as error:
        raise Problem(422, f"Nothing was changed: {error}.") from None
    return done(f"/my-alerts/{token}", "saved")


@router.post("/my-alerts/{token}/{subscription_id}/open")
async def mail_open(request: Request, here: Here, token: str, subscription_id: int) -> Response:
    """Mail what is open for one search already, once."""
    with here.database.write() as session:
        row = _one(session, _read(request, token), subscription_id)
        sent = row.state == "active" and journeys.mail_open(session, row, here.sources(), now=here.clock())
    return done(f"/my-alerts/{token}", "open_sent" if sent else "open_known")


@router.post("/my-alerts/{token}/{subscription_id}/pause")
async def pause(
    request: Request, here: Here, token: str, subscription_id: int, until: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    """Hear nothing until a day (midnight where the subscription lives), or until resumed when none is given."""
    with here.database.write() as session:
        row = _one(session, _read(request, token), subscription_id)
        back = paused_until(until, row.zone, now=here.clock())
        store.pause(session, subscription_id, until=back)
    return done(f"/my-alerts/{token}", "paused_until" if back else "paused")


@router.post("/my-alerts/{token}/{subscription_id}/{act}")
async def change(request: Request, here: Here, token: str, subscription_id: int, act: str) -> Response:
    """Resume, end or confirm one search: who holds this link reads the address's mail."""
    with here.database.write() as session:
        _one(session, _read(request, token), subscription_id)
        if act == "resume":
            store.resume(session, subscription_id)
        elif act == "end":
            store.unsubscribe(session, subscription_id, now=here.clock())
        elif act == "confirm":
            signup.confirm(session, subscription_id, now=here.clock())
        else:
            raise Problem(404, "A search can be confirmed, paused, resumed or ended; there is nothing else at this address.")
    return done(f"/my-alerts/{token}", {"resume": "resumed", "end": "ended", "confirm": "alerts_confirmed"}[act])


def paused_until(text: str, zone: str, *, now: datetime) -> datetime | None:
    """Midnight of the day `text` (ISO 8601) in `zone`, None without one; raises Problem 422 for a day that can't be meant."""
    if not text.strip():
        return None
    try:
        back = datetime.combine(date.fromisoformat(text.strip()), time(), ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(422, "Write the day as 2026-08-31, or leave it empty; nothing was changed.") from None
    if not now < back or (back - now).days > LONGEST_PAUSE:
        raise Problem(422, "Choose a day after today and within a year; nothing was changed.")
    return back


def _page(request: Request, rows: list[Subscription], found: dict[int | None, int]) -> Response:
    return render(
        request,
        "my_alerts.html",
        address=masked(rows[0].address),
        rows=[row for row in rows if row.state != "ended"],
        feeds={row.id: feeds_of(request, _id(row)) for row in rows},
        languages=LANGUAGES,
        own_calendar=own_calendar_of(request, _id(rows[0])),
        offered=OFFERED,
        open=found,
    )


def _read(request: Request, token: str) -> int:
    try:
        return read_manage(token, secret=request.app.state.link_secret())
    except BadLink as error:
        raise Problem(404, f"Nothing was changed: {error}.") from None


def _known(session: Session, number: int) -> Subscription:
    row = session.get(Subscription, number)
    if row is None or row.address.startswith("forgotten:"):
        raise Problem(404, "There are no alerts under this link any more.")
    return row


def _mine(session: Session, number: int) -> list[Subscription]:
    one = _known(session, number)
    query = select(Subscription).where(
        Subscription.organisation_id == one.organisation_id,
        Subscription.address == one.address,
        Subscription.channel == one.channel,
    )
    return list(session.exec(query.order_by(col(Subscription.id))).all())


def _one(session: Session, number: int, wanted: int) -> Subscription:
    row = next((row for row in _mine(session, number) if row.id == wanted), None)
    if row is None:
        raise Problem(404, "There is no such search under this link.")
    return row


def _id(row: Subscription) -> int:
    assert row.id is not None
    return row.id
