"""Today: one screen that answers whether there is anything to do, then what closes, what changed and what is due."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Here, Me
from api.rendering import render
from api.todo import keeping, sorted_items, telling, watching
from contracts.days import home_day
from crawler import counting, reading
from crawler.filters import CURRENT, Filters

router = APIRouter(include_in_schema=False)

CLOSING_DAYS = 14
NEWS_DAYS = 7
SHOWN = 8
MOST_WAITING = 12  # things that can wait, beside those that can't


@router.get("/")
async def today(request: Request, here: Here, me: Me) -> Response:
    """The first page."""
    now, sources = here.clock(), here.sources()
    closing = Filters(statuses=CURRENT, current=True, within=CLOSING_DAYS)
    with here.database.read() as session:
        todo = sorted_items(
            (
                *keeping.items(session, me, now=now),
                *watching.items(session, sources, now=now),
                *telling.items(session, me, now=now),
            )
        )
        waiting = [item for item in todo if item.tone == "info"]
        return render(
            request,
            "today.html",
            pressing=[item for item in todo if item.tone != "info"],
            waiting=waiting[:MOST_WAITING],
            beginning=[*telling.first_step(session, me), *keeping.first_step(session, me)],
            more=max(0, len(waiting) - MOST_WAITING),
            closing=reading.tender_slice(session, closing, now=now, limit=SHOWN),
            closing_count=counting.count(session, closing, now=now),
            open_count=counting.count(session, Filters(statuses=CURRENT, current=True), now=now),
            news=reading.recent_releases(session, since=now - timedelta(days=NEWS_DAYS), limit=10),
            troubled=sum(item.address.startswith("/sources/") for item in todo),
            sources_count=sum(config.enabled for config in sources.values()),
            today=home_day(now),
            closing_days=CLOSING_DAYS,
            news_days=NEWS_DAYS,
        )
