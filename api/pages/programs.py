"""The program lines: every name a program goes by, what took over from it, what its page said last, and a watch on it."""

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Row
from sqlmodel import Session

from api import exports
from api.dependencies import Here, Me
from api.exports import Table
from api.problems import Problem
from api.rendering import render
from crawler import counting, reading
from crawler.filters import CURRENT, Filters
from crawler.programs import Program, predecessors, programs

router = APIRouter(include_in_schema=False)

NEWS = timedelta(days=90)
MOST = 200
COLUMNS = ("key", "title", "names", "aliases", "page", "successor", "since")


class Line(NamedTuple):
    """A program with how many of its tenders are open, the latest of its news, and the address that begins a watch."""

    program: Program
    before: tuple[str, ...]
    open: int
    news: list[Row[tuple[object, ...]]]
    watch: str


@router.get("/programs")
async def listed(request: Request, here: Here) -> Response:
    """Every line, those with open tenders or news first."""
    now = here.clock()
    with here.database.read() as session:
        lines = [_line(session, program, now=now) for program in programs().values()]
    return render(
        request,
        "programs.html",
        lines=sorted(lines, key=lambda line: (not line.open, not line.news, line.program.title)),
        titles={key: program.title for key, program in programs().items()},
        exports=exports.links("/programs", "csv", "xlsx"),
    )


@router.get("/programs/export/{form}")
async def export(here: Here, _me: Me, form: str) -> Response:
    """The lines as a table."""
    rows = [
        (line.key, line.title, "; ".join(line.names), "; ".join(line.aliases), line.page, line.successor, line.since)
        for line in programs().values()
    ]
    return exports.answer(form, Table("programs", COLUMNS, rows), now=here.clock())


@router.get("/programs/{key}")
async def show(request: Request, here: Here, key: str) -> Response:
    """One line with all its names, its open tenders and its news."""
    program = programs().get(key)
    if program is None:
        raise Problem(404, "There is no program line of this name; the list of programs has them all.")
    now = here.clock()
    current = Filters(program=key, statuses=CURRENT, current=True)
    with here.database.read() as session:
        line = _line(session, program, now=now)
        tenders = reading.tender_slice(session, current, now=now, limit=MOST)
    titles = {one.key: one.title for one in programs().values()}
    return render(request, "program.html", line=line, tenders=tenders, titles=titles)


def _line(session: Session, program: Program, *, now: datetime) -> Line:
    current = Filters(program=program.key, statuses=CURRENT, current=True)
    return Line(
        program,
        predecessors(program.key),
        counting.count(session, current, now=now),
        reading.recent_releases(session, since=now - NEWS, limit=10, program=program.key),
        f"/subscribe?{urlencode({'query': f'program:{program.key}'})}",
    )
