"""The tenders: the list with its search, its filters and a picture of when they close."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlalchemy import false
from sqlalchemy.engine import Row
from sqlmodel import Session

from api import charts, exports, searching
from api.caching import fresh, shown, tag_of
from api.dependencies import Here, Me, Services
from api.exports import Table
from api.languages import N_, counted, gettext, number
from api.pages.tender_rows import Listed, line
from api.presentation import STATUS_WORDS
from api.problems import Problem
from api.programs import program_aliases, program_words
from api.rendering import part, render
from contracts.vocabulary import TenderStatus
from crawler import counting, reading
from crawler import export as exporting
from crawler.filters import CURRENT, Filters
from crawler.sorting import SORTS, Sort
from notifier.query import LONGEST, QueryError, parse

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 50
MANY = 1_000  # up to here tenders are counted for the list's first line; it need not cost more the more there are
STATUSES = (
    ("current", N_("Open and planned")),
    ("all", N_("All")),
    *((status.value, STATUS_WORDS[status]) for status in TenderStatus),
)
SPANS = (3, 7, 14, 30, 90)
SORT_WORDS = (
    ("closes", N_("Closing soonest")),
    ("changed", N_("Changed last")),
    ("published", N_("Published last")),
    ("title", N_("Title")),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the list's form says; a value it does not offer reads as its default."""

    text: str = ""
    status: str = "current"
    within: int | None = None
    program: str = ""
    source: str = ""
    sort: Sort = "closes"
    page: int = 1
    counts: str = ""  # "yes": say beside each filter how many it would leave, and draw when they close

    @classmethod
    def of(cls, query: Any) -> "Chosen":
        """The choice that a query string makes."""
        status, sort, within, page = (query.get(name, "") for name in ("status", "sort", "within", "page"))
        return cls(
            text=query.get("text", "").strip()[:LONGEST],
            status=status if status in dict(STATUSES) else "current",
            within=int(within) if _small(within) else None,
            program=query.get("program", "")[:100],
            source=query.get("source", "")[:100],
            sort=next((known for known in SORTS if known == sort), "closes"),
            page=max(1, int(page)) if _small(page) else 1,
            counts="yes" if query.get("counts") == "yes" else "",
        )

    @property
    def narrowed(self) -> bool:
        """Whether a filter beyond the words is set."""
        return self != Chosen(text=self.text, page=self.page)

    @property
    def filtered(self) -> bool:
        """Whether the list shows less, or more, than it does at first."""
        return self != Chosen(sort=self.sort, page=self.page, counts=self.counts)

    @property
    def filters(self) -> Filters:
        """The same choice as the store reads it."""
        statuses = {"current": CURRENT, "all": ()}.get(self.status) if self.status in {"current", "all"} else None
        return Filters(
            program=self.program,
            source=self.source,
            statuses=(TenderStatus(self.status),) if statuses is None else statuses,
            current=self.status == "current",
            within=self.within,
        )

    @property
    def as_search(self) -> str:
        """The same choice in the language of saved searches, for an alert."""
        words = {
            "program": self.program,
            "source": self.source,
            "status": self.status if self.status in set(TenderStatus) else "",
        }
        parts = [self.text, *(f'{field}:"{value}"' for field, value in words.items() if value)]
        return " ".join(filter(None, [*parts, f"closes<{self.within}d" if self.within else ""]))

    def query(self, **changed: Any) -> str:
        """The query string of this choice with some of it changed; defaults are left out."""
        plain = Chosen()
        values = {name: getattr(self, name) for name in ("text", "status", "within", "program", "source", "sort", "page")}
        wanted = values | changed
        kept = {name: value for name, value in wanted.items() if value not in {getattr(plain, name), None}}
        return f"?{urlencode(kept)}" if kept else ""


def _small(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tenders a choice has by status and source, as either filter would leave them, and by week of closing."""

    statuses: dict[str, int]
    sources: dict[str, int]
    weeks: list[charts.Bar]


@router.get("/tenders")
async def tenders(request: Request, here: Here, me: Me) -> Response:
    """The list; answered with 304 as long as nothing that it shows has changed.

    Tenders are everyone's, so the list is made once for all who choose the same, its counts once for all its pages, and only
    the frame around it for each asker.
    """
    chosen, now, kept = Chosen.of(request.query_params), here.clock(), request.app.state.kept
    with here.database.read() as session:
        version = reading.version(session)
        tag = tag_of(version, request.url.query, now, me)
        if unchanged := fresh(request, tag):
            return unchanged

        def listed() -> Markup:
            filters = _filters(session, chosen, here)
            every_page = replace(chosen, sort="closes", page=1)
            return _list(
                session,
                chosen,
                filters,
                now,
                total=kept.of(shown(version, now, "total", every_page), lambda: _total(session, filters, now)),
                sources=kept.of(shown(version, now, "sources"), lambda: reading.sources_seen(session)),
                counts=kept.of(shown(version, now, "counts", every_page), lambda: _counts(session, filters, now))
                if chosen.counts
                else None,
            )

        try:
            content, status = kept.of(shown(version, now, "list", chosen), listed), 200
        except QueryError as bad:
            nothing = replace(chosen.filters, also=(false(),))
            content, status = _list(session, chosen, nothing, now, total=0, error=f"{bad}"), 422
    return render(request, "tenders.html", status_code=status, headers=tag.headers, list=content)


def _total(session: Session, filters: Filters, now: datetime) -> int:
    return counting.count(session, filters, now=now, most=MANY + 1)


def _counts(session: Session, filters: Filters, now: datetime) -> Counts:
    closings = counting.closing_times(session, filters, now=now, until=now + timedelta(weeks=charts.WEEKS))
    return Counts(*counting.facets(session, filters, now=now), charts.weeks(closings, now=now))


def _list(
    session: Session,
    chosen: Chosen,
    filters: Filters,
    now: datetime,
    *,
    total: int,
    sources: Sequence[str] = (),
    counts: Counts | None = None,
    error: str = "",
) -> Markup:
    """The form and what it found, without the frame of the page."""
    page, found = _slice(session, chosen, filters, now, total)
    by_status, by_source = (counts.statuses, counts.sources) if counts else ({}, {})
    return part(
        "tenders_list.html",
        now=now,
        chosen=chosen,
        error=error[:1].upper() + error[1:],
        rows=[line(Listed._make(row), now) for row in found[:PAGE_SIZE]],
        total=total,
        most=MANY,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
        previous=f"/tenders{chosen.query(page=page - 1)}" if page > 1 else None,
        following=f"/tenders{chosen.query(page=page + 1)}" if len(found) > PAGE_SIZE else None,
        statuses=_counted(STATUSES, by_status),
        spans=[("", N_("Any time")), *((days, counted("Within %(count)s day", "Within %(count)s days", days)) for days in SPANS)],
        sorts=SORT_WORDS,
        sources=_counted([("", N_("Any source")), *((name, name) for name in sources)], by_source),
        programs=[("", N_("Any")), *program_words().items()],
        weeks=counts.weeks if counts else None,
        tallest=charts.TALL,
        alert=f"/subscribe?{urlencode({'query': chosen.as_search})}",
        count_them=f"/tenders{chosen.query(page=1, counts='yes')}",
        exports=exports.links("/tenders", "csv", "xlsx", "ics", query=chosen.query(page=1)),
    )


def _slice(session: Session, chosen: Chosen, filters: Filters, now: datetime, total: int) -> tuple[int, list[Row[Any]]]:
    """The number of the page and its rows, with one more if a page follows; behind the last page stands the last."""

    def rows(page: int) -> list[Row[Any]]:
        offset = (page - 1) * PAGE_SIZE
        return reading.tender_slice(
            session, filters, now=now, sort=chosen.sort, limit=PAGE_SIZE + 1, offset=offset, columns=Listed._fields
        )

    found = rows(chosen.page)
    if found or chosen.page == 1:
        return chosen.page, found
    exactly = total if total <= MANY else counting.count(session, filters, now=now)
    last = max(1, -(-exactly // PAGE_SIZE))
    return last, rows(last)


@router.get("/tenders/export/{form}")
async def export(request: Request, here: Here, form: str) -> Response:
    """The list that the same query shows, as a table or a calendar, at most exports.MOST tenders."""
    chosen, now = Chosen.of(request.query_params), here.clock()
    with here.database.read() as session:
        try:
            filters = _filters(session, chosen, here)
        except QueryError as error:
            raise Problem(422, f"{error}.") from None
        found = reading.whole(session, filters, now=now, sort=chosen.sort, limit=exports.MOST)
    if form == "ics":
        headers = {"Content-Disposition": 'attachment; filename="tenders.ics"'}
        return Response(exporting.calendar(found, now=now), media_type="text/calendar; charset=utf-8", headers=headers)
    return exports.answer(form, Table("tenders", exporting.CSV_COLUMNS, map(exporting.row, found)), now=now)


def _filters(session: Session, chosen: Chosen, here: Services) -> Filters:
    """The choice as conditions, the words of its search box among them; raises QueryError."""
    if not chosen.text:
        return chosen.filters
    query = parse(chosen.text, program_aliases())

    def sources() -> dict[str, str]:
        titles = {name: config.title for name, config in here.sources().items()}
        return {name: titles.get(name, name) for name in reading.sources_seen(session)}

    known = searching.Known(session, program_aliases(), lambda: reading.types_seen(session), sources, here.clock())
    return replace(chosen.filters, also=(searching.condition(query, known),))


def _counted(options: Iterable[tuple[str, str]], counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """The options with how many tenders each would leave, where that is known."""
    return [(value, f"{gettext(word)} ({number(counts[value])})" if value in counts else word) for value, word in options]
