"""The sources: how well each can be seen, since when, and why not."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Here
from api.problems import Problem
from api.rendering import render
from crawler import reading

router = APIRouter(include_in_schema=False)


@router.get("/sources")
async def sources(request: Request, here: Here) -> Response:
    """Every source that was ever looked at."""
    with here.database.read() as session:
        seen = reading.sources(session)
        held = reading.quarantines(session)
    waiting: dict[str, int] = {}
    for one in held:
        waiting[one.source] = waiting.get(one.source, 0) + 1
    return render(request, "sources.html", sources=seen, waiting=waiting)


@router.get("/sources/{name}")
async def source(request: Request, here: Here, name: str) -> Response:
    """One source: its health, the steps of it, its last looks, and what is held back."""
    with here.database.read() as session:
        found = reading.source(session, name)
        if found is None:
            raise Problem(404, "No source of this name was ever looked at; the list of sources names those that were.")
        return render(
            request,
            "source.html",
            source=found,
            events=reading.source_events(session, name),
            captures=reading.captures(session, name),
            held=reading.quarantines(session, source=name),
        )
