"""The tenders: the list with its filters, and one tender with everything that was recorded of it."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.caching import fresh, tag_of
from api.dependencies import Here, Me
from api.languages import N_, counted
from api.presentation import HOME_ZONE, STATUS_WORDS
from api.problems import Problem
from api.programs import program_words
from api.rendering import render
from contracts.vocabulary import TenderStatus
from crawler import export as exporting
from crawler import reading, store
from crawler.reading import CURRENT, SORTS, Filters, Sort

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 50
MOST_EXPORTED = 5_000
LISTED_AS = {"csv": N_("CSV"), "ics": N_("calendar")}
ALONE_AS = {"ics": N_("calendar"), "ocds": N_("OCDS")}
FILES = {"csv": ("csv", "text/csv; charset=utf-8"), "ics": ("ics", "text/calendar"), "ocds": ("json", "application/json")}
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

    @classmethod
    def of(cls, query: Any) -> "Chosen":
        """The choice that a query string makes."""
        status, sort, within, page = (query.get(name, "") for name in ("status", "sort", "within", "page"))
        return cls(
            text=query.get("text", "").strip()[:200],
            status=status if status in dict(STATUSES) else "current",
            within=int(within) if _small(within) else None,
            program=query.get("program", "")[:100],
            source=query.get("source", "")[:100],
            sort=next((known for known in SORTS if known == sort), "closes"),
            page=max(1, int(page)) if _small(page) else 1,
        )

    @property
    def narrowed(self) -> bool:
        """Whether a filter beyond the words is set."""
        return self != Chosen(text=self.text, page=self.page)

    @property
    def filtered(self) -> bool:
        """Whether the list shows less, or more, than it does at first."""
        return self != Chosen(sort=self.sort, page=self.page)

    @property
    def filters(self) -> Filters:
        """The same choice as the store reads it."""
        statuses = {"current": CURRENT, "all": ()}.get(self.status) if self.status in {"current", "all"} else None
        return Filters(
            text=self.text,
            program=self.program,
            source=self.source,
            statuses=(TenderStatus(self.status),) if statuses is None else statuses,
            current=self.status == "current",
            within=self.within,
        )

    def query(self, **changed: Any) -> str:
        """The query string of this choice with some of it changed; defaults are left out."""
        plain = Chosen()
        values = {name: getattr(self, name) for name in ("text", "status", "within", "program", "source", "sort", "page")}
        kept = {name: value for name, value in (values | changed).items() if value not in {getattr(plain, name), None}}
        return f"?{urlencode(kept)}" if kept else ""


def _small(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6


@router.get("/tenders")
async def tenders(request: Request, here: Here, me: Me) -> Response:
    """The list; answered with 304 as long as nothing that it shows has changed."""
    chosen = Chosen.of(request.query_params)
    now = here.clock()
    with here.database.read() as session:
        tag = tag_of(reading.version(session), request.url.query, now, me)
        if unchanged := fresh(request, tag):
            return unchanged
        total = reading.count(session, chosen.filters, now=now)
        pages = max(1, -(-total // PAGE_SIZE))
        page = min(chosen.page, pages)
        rows = reading.tender_slice(
            session, chosen.filters, now=now, sort=chosen.sort, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
        )
        sources = reading.sources_seen(session)
    return render(
        request,
        "tenders.html",
        headers=tag.headers,
        chosen=chosen,
        tenders=rows,
        total=total,
        page=page,
        pages=pages,
        previous=f"/tenders{chosen.query(page=page - 1)}" if page > 1 else None,
        following=f"/tenders{chosen.query(page=page + 1)}" if page < pages else None,
        statuses=STATUSES,
        spans=[("", N_("Any time")), *((days, counted("Within %(count)s day", "Within %(count)s days", days)) for days in SPANS)],
        sorts=SORT_WORDS,
        sources=[("", N_("Any source")), *((name, name) for name in sources)],
        programs=[("", N_("Any")), *program_words().items()],
        exports=[(word, f"/tenders/export/{form}{chosen.query(page=1)}") for form, word in LISTED_AS.items()],
    )


@router.get("/tenders/export/{form}")
async def export(request: Request, here: Here, form: str) -> Response:
    """The list that the same query shows, as a table or a calendar, at most MOST_EXPORTED tenders."""
    chosen, now = Chosen.of(request.query_params), here.clock()
    if form not in LISTED_AS:
        raise Problem(404, "The list can be had as csv or as ics.")
    with here.database.read() as session:
        found = reading.whole(session, chosen.filters, now=now, sort=chosen.sort, limit=MOST_EXPORTED)
    return _file("tenders", form, exporting.csv_text(found) if form == "csv" else exporting.calendar(found, now=now))


@router.get("/tenders/{ocid}/export/{form}")
async def export_one(here: Here, ocid: str, form: str) -> Response:
    """One tender for a calendar, or with all its releases as an OCDS package."""
    with here.database.read() as session:
        found = store.tender(session, ocid)
        if found is None or found.is_program or form not in ALONE_AS:
            raise Problem(404, "A tender that is recorded here can be had as ics or as ocds; this is neither.")
        told = [entry.release for entry in reversed(store.history(session, ocid))]
    now = here.clock()
    if form == "ics":
        return _file("tender", form, exporting.calendar([found], now=now))
    uri = f"{here.settings.public_url.rstrip('/')}/tenders/{quote(ocid, safe='')}/export/ocds"
    package = exporting.ocds_package([(found, told)], uri=uri, publisher="Bidkeeper", now=now)
    return _file("tender", form, json.dumps(package, ensure_ascii=False))


def _file(name: str, form: str, content: str | bytes) -> Response:
    ending, media_type = FILES[form]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    return Response(content, media_type=media_type, headers=headers)


@router.get("/tenders/{ocid}")
async def tender(request: Request, here: Here, ocid: str) -> Response:
    """One tender: its facts, what changed and where that was seen, its documents and sightings."""
    with here.database.read() as session:
        found = store.tender(session, ocid)
        if found is None:
            raise Problem(404, "No tender with this id was ever recorded here; look for it in the list.")
        releases = store.history(session, ocid)
        sightings = store.sightings(session, ocid)
        documents = store.documents(session, found)
    return render(
        request,
        "tender.html",
        tender=found,
        documents=documents,
        kept_at={one.url: one for one in documents if one.superseded_at is None},
        releases=releases,
        sightings=sightings,
        home_zone=HOME_ZONE,
        program_words=program_words(),
        exports=[(word, f"/tenders/{quote(ocid, safe='')}/export/{form}") for form, word in ALONE_AS.items()],
    )
