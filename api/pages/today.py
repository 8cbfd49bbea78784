"""Today: what closes soon, what changed, what cannot be seen; one screen that says whether there is anything to do."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Here, Me
from api.rendering import render
from contracts import duties
from contracts.days import home_day
from contracts.vocabulary import Health
from crawler import reading, store
from crawler.reading import CURRENT, Filters

router = APIRouter(include_in_schema=False)

CLOSING_DAYS = 14
NEWS_DAYS = 7
DUE_DAYS = 30
WELL = {Health.HEALTHY, Health.UNSEEN}


@router.get("/")
async def today(request: Request, here: Here, me: Me) -> Response:
    """The first page."""
    now = here.clock()
    closing = Filters(statuses=CURRENT, current=True, within=CLOSING_DAYS)
    with here.database.read() as session:
        watched = store.health(session, here.sources(), now=now)
        return render(
            request,
            "today.html",
            closing=reading.tender_slice(session, closing, now=now, limit=8),
            closing_count=reading.count(session, closing, now=now),
            open_count=reading.count(session, Filters(statuses=CURRENT, current=True), now=now),
            news=reading.recent_releases(session, since=now - timedelta(days=NEWS_DAYS), limit=10),
            broken=[one for one in watched if one.config.enabled and one.health not in WELL],
            held=store.quarantines(session),
            due=duties.listed(session, organisation_id=me.organisation_id, until=home_day(now) + timedelta(days=DUE_DAYS)),
            today=home_day(now),
            sources_count=sum(one.config.enabled for one in watched),
            closing_days=CLOSING_DAYS,
            news_days=NEWS_DAYS,
        )
