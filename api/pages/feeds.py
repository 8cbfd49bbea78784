"""A search's news as Atom and JSON Feed, and its closing times as a calendar, by secret link: readers can't sign in."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from api import journeys
from api.caching import Tag, build, fresh
from api.dependencies import Here, Services
from api.problems import Problem
from crawler import reading
from notifier import calendar, feeds
from notifier.links import BadLink, feed_url, own_feed_url, read_feed, read_own_feed
from notifier.models import Subscription

router = APIRouter(include_in_schema=False)

HEARING = {"active", "paused"}  # a pause is of mail; who fetches a feed asks for it


class Form(NamedTuple):
    """A way to write a search's news: its name to people, its media type, and who writes it."""

    word: str
    media_type: str
    write: Callable[[Session, Services, Subscription, str], bytes]


def _atom(session: Session, here: Services, row: Subscription, address: str) -> bytes:
    found = journeys.recent_news(session, row.query, here.sources(), now=here.clock())
    where = {"title": _title(row), "feed_url": address, "public_url": here.settings.public_url}
    return feeds.atom(found, **where, updated=row.created_at, language=row.language)


def _json(session: Session, here: Services, row: Subscription, address: str) -> bytes:
    found = journeys.recent_news(session, row.query, here.sources(), now=here.clock())
    where = {"title": _title(row), "feed_url": address, "public_url": here.settings.public_url}
    return feeds.json_feed(found, **where, language=row.language).encode()


def _ics(session: Session, here: Services, row: Subscription, _address: str) -> bytes:
    found = journeys.closings(session, [row.query], here.sources(), now=here.clock())
    return calendar.calendar(
        found, public_url=here.settings.public_url, now=here.clock(), title=_title(row), language=row.language
    )


FORMS = {
    "atom": Form("Atom", "application/atom+xml", _atom),
    "json": Form("JSON Feed", "application/feed+json", _json),
    "ics": Form("calendar", "text/calendar", _ics),
}


@router.get("/feeds/{token}/{form}")
async def feed(request: Request, here: Here, token: str, form: str) -> Response:
    """The feed, or 304 for a reader that has it as it is."""
    if form not in FORMS:
        raise Problem(404, f"A feed is one of {', '.join(FORMS)}.")
    try:
        number = read_feed(token, secret=request.app.state.link_secret())
    except BadLink:
        raise Problem(404, "There is no such feed; copy its address again from the page of your alerts.") from None
    wanted = FORMS[form]
    with here.database.read() as session:
        row = session.get(Subscription, number)
        if row is None or row.state not in HEARING:
            raise Problem(410, "This feed has ended with its search.")
        tag = _tag(reading.version(session), [row], form, here.clock())
        if same := fresh(request, tag):
            return same
        address = feed_url(here.settings.public_url, number, form, secret=request.app.state.link_secret())
        content = wanted.write(session, here, row, address)
    return Response(content, media_type=f"{wanted.media_type}; charset=utf-8", headers=tag.headers)


@router.get("/feeds/mine/{token}/ics")
async def own_calendar(request: Request, here: Here, token: str) -> Response:
    """The closings of every search of an address, in one calendar."""
    try:
        number = read_own_feed(token, secret=request.app.state.link_secret())
    except BadLink:
        raise Problem(404, "There is no such calendar; copy its address again from the page of your alerts.") from None
    with here.database.read() as session:
        rows = _of_one_address(session, number)
        if not rows:
            raise Problem(410, "This calendar has ended with the last of its searches.")
        now = here.clock()
        tag = _tag(reading.version(session), rows, "ics", now)
        if same := fresh(request, tag):
            return same
        found = journeys.closings(session, [row.query for row in rows], here.sources(), now=now)
    public_url, language = here.settings.public_url, rows[0].language
    content = calendar.calendar(found, public_url=public_url, now=now, title="Bidkeeper", language=language)
    return Response(content, media_type="text/calendar; charset=utf-8", headers=tag.headers)


def own_calendar_of(request: Request, subscription_id: int) -> str:
    """Our own path of the calendar over all that a subscription's address looks for."""
    return own_feed_url("", subscription_id, "ics", secret=request.app.state.link_secret())


def _of_one_address(session: Session, number: int) -> list[Subscription]:
    one = session.get(Subscription, number)
    if one is None:
        return []
    same = select(Subscription).where(
        Subscription.organisation_id == one.organisation_id,
        Subscription.address == one.address,
        col(Subscription.state).in_(HEARING),
    )
    return list(session.exec(same.order_by(col(Subscription.id))).all())


def feeds_of(request: Request, subscription_id: int) -> list[tuple[str, str]]:
    """The name and our own path of each form of a search's feed."""
    secret = request.app.state.link_secret()
    return [(form.word, feed_url("", subscription_id, name, secret=secret)) for name, form in FORMS.items()]


def _tag(version: str, rows: Sequence[Subscription], form: str, now: datetime) -> Tag:
    """What is stored, the searches as they stand, and the day: `closes<14d` finds other tenders tomorrow."""
    searches = [f"{row.id} {row.mark} {row.query} {row.language}" for row in rows]
    text = "\n".join((build(), version, *searches, form, f"{now:%Y-%m-%d}"))
    return Tag(f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"')


def _title(row: Subscription) -> str:
    return f"Bidkeeper: {row.query or 'every posting'}"
