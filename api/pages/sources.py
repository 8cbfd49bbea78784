"""The sources: how well each can be seen, since when, why not, and what to do about it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Here
from api.pages.tender_documents import kept_answer
from api.problems import Problem
from api.rendering import render
from crawler import store
from crawler.models import Source

router = APIRouter(include_in_schema=False)


@router.get("/sources")
async def sources(request: Request, here: Here) -> Response:
    """Every configured source, those that need someone first; and those that were looked at once and are configured no more."""
    with here.database.read() as session:
        watched = store.health(session, here.sources(), now=here.clock())
        held = store.quarantines(session)
        known = {one.config.name for one in watched}
        former = [state for state in store.sources(session) if state.name not in known]
    waiting: dict[str, int] = {}
    for one in held:
        waiting[one.source] = waiting.get(one.source, 0) + 1
    on = [one for one in watched if one.config.enabled]
    off = [one for one in watched if not one.config.enabled]
    return render(request, "sources.html", sources=on, off=off, former=former, waiting=waiting)


@router.get("/sources/{name}/answers/{capture_id}")
async def answer(here: Here, name: str, capture_id: int) -> Response:
    """An answer of the portal as it came, to be saved and compared with what the reader wants: never shown within our pages."""
    with here.database.read() as session:
        capture = store.capture(session, capture_id) if 0 < capture_id < 2**31 else None
    if capture is None or capture.source != name:
        raise Problem(404, "No such answer of this source was ever recorded; its page lists the last ones.")
    return await kept_answer(here, capture)


@router.get("/sources/{name}")
async def source(request: Request, here: Here, name: str) -> Response:
    """One source: its health, the steps of it, its last looks, and what is held back."""
    with here.database.read() as session:
        watched = {one.config.name: one for one in store.health(session, here.sources(), now=here.clock())}
        state = session.get(Source, name)
        if state is None and name not in watched:
            raise Problem(404, "There is no source of this name; the list of sources names those that there are.")
        one = watched.get(name)
        return render(
            request,
            "source.html",
            name=name,
            source=state,
            watched=one,
            health=one.health if one else state.health if state else None,
            events=store.events(session, name),
            captures=store.captures(session, name, limit=20),
            held=[held for held in store.quarantines(session) if held.source == name],
        )
