"""Tenders and their releases, as JSON."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import to_json
from sqlmodel import Session

from api.caching import fresh, shown, tag_of
from api.dependencies import Here, Me
from api.json.paging import Cursor, Limit, Page, Paged, link
from api.problems import Problem, responses
from contracts.vocabulary import ReleaseTag, TenderStatus
from crawler import counting, reading, store
from crawler.filters import Filters
from crawler.filters import named as having
from crawler.sorting import BadCursor, Sort

router = APIRouter(prefix="/api/v1", tags=["tenders"])

Named = Annotated[
    str, Query(max_length=200, pattern=r"^[^\x00]*$", description="words that all stand in it, or its number in any spelling")
]
EXAMPLE: dict[str, JsonValue] = {
    "ocid": "ocds-bk-nanaimo-rfp-3301",
    "number": "RFP 3301",
    "title": "Rehabilitation services",
    "status": "open",
    "buyer": "A health authority",
    "type": "Request for proposals",
    "published": "2026-06-01T16:00:00Z",
    "closes": "2026-07-14T21:00:00Z",
    "closes_text": "Tue Jul 14, 2026 2:00 PM (PDT)",
    "closes_precision": "minute",
    "zone": "America/Vancouver",
    "url": "https://portal.example/tender/3301",
    "amendments": 0,
    "addenda": 2,
    "documents": 4,
    "supplier": None,
    "value": None,
    "rationale": None,
    "programs": [],
    "source": "nanaimo",
    "first_seen": "2026-06-01T16:05:00Z",
    "changed": "2026-06-20T16:05:00Z",
}


class TenderItem(BaseModel):
    """A tender as lists show it; times are UTC, `zone` is the source's."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    ocid: str
    number: str | None
    title: str
    status: TenderStatus
    buyer: str | None
    type: str | None
    published: datetime | None
    closes: datetime | None
    closes_text: str | None = Field(description="the closing time as the portal printed it")
    closes_precision: str = Field(description="`date` when only a day was printed")
    zone: str | None
    url: str | None = Field(description="as the portal gave it: check it before following")
    amendments: int | None
    addenda: int | None
    documents: int | None
    supplier: str | None = Field(description="to whom it was awarded")
    value: str | None = Field(description="value of the award as printed, with its currency")
    rationale: str | None = Field(default=None, description="why it was amended last, as the portal says")
    programs: list[str]
    source: str
    first_seen: datetime
    changed: datetime

    @classmethod
    def of(cls, row: Any) -> "TenderItem":
        """The item that a stored tender makes."""
        return cls.model_construct(
            ocid=row.ocid,
            number=row.number,
            title=row.title,
            status=row.status,
            buyer=row.buyer,
            type=row.type,
            published=row.published_at,
            closes=row.closes_at,
            closes_text=row.closes_text,
            closes_precision=row.closes_precision,
            zone=row.zone,
            url=row.url,
            amendments=row.amendments,
            addenda=row.addenda,
            documents=row.documents,
            supplier=row.supplier,
            value=row.value,
            rationale=row.rationale,
            programs=list(row.programs),
            source=row.source,
            first_seen=row.first_seen_at,
            changed=row.changed_at,
        )


# the columns of a row without its number; a test holds them against the fields above
ITEM = tuple(TenderItem.model_fields)


class SightingItem(BaseModel):
    """A tender on one source, under that source's own id."""

    source: str
    id: str
    first_seen: datetime
    last_seen: datetime
    missing_since: datetime | None
    reasons: list[str] = Field(description="why it is taken for this tender, where another source showed it first")


class TenderDetail(BaseModel):
    """One tender with what lists leave out."""

    tender: TenderItem
    description: str | None
    files: list[Any]
    last_seen: datetime
    sightings: list[SightingItem]


class ChangeItem(BaseModel):
    """One field's step; values as the posting has them."""

    field: str
    old: Any
    new: Any


class EvidenceItem(BaseModel):
    """Where the answer that shows a piece of news is kept: the WARC record at `offset` of the file `archive`."""

    url: str
    taken_at: datetime
    sha256: str
    archive: str | None
    offset: int | None


class ReleaseItem(BaseModel):
    """One piece of news (OCDS release): what changed and the bytes that show it."""

    id: str
    ocid: str
    tag: ReleaseTag
    date: datetime
    source: str
    news: bool = Field(description="false: recorded, told to nobody")
    changes: list[ChangeItem]
    evidence_sha256: str | None
    evidence: EvidenceItem | None

    @classmethod
    def of(cls, entry: store.HistoryEntry) -> "ReleaseItem":
        """The item that a step of a tender's history makes."""
        return cls(
            id=entry.release.release_id,
            ocid=entry.release.ocid,
            tag=entry.release.tag,
            date=entry.release.date,
            source=entry.release.source,
            news=entry.release.news,
            changes=[ChangeItem(**change) for change in entry.release.changes],
            evidence_sha256=entry.capture.sha256 if entry.capture else None,
            evidence=EvidenceItem(
                url=entry.capture.url,
                taken_at=entry.capture.taken_at,
                sha256=entry.capture.sha256,
                archive=entry.capture.archive,
                offset=entry.capture.archive_offset,
            )
            if entry.capture
            else None,
        )


@router.get("/tenders", response_model=Page[TenderItem], responses=responses(400, 422))
async def list_tenders(
    request: Request,
    here: Here,
    me: Me,
    text: Annotated[str, Query(max_length=200, description="words in title, number, buyer or description")] = "",
    named: Named = "",
    status: Annotated[list[TenderStatus], Query(description="repeat for several; all without it")] = [],  # noqa: B006 - FastAPI copies it
    program: Annotated[str, Query(max_length=100, description="key of a program line")] = "",
    source: Annotated[str, Query(max_length=100)] = "",
    within: Annotated[int | None, Query(ge=0, le=3650, description="days until closing")] = None,
    sort: Sort = "closes",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Tenders, soonest closing first unless `sort` says otherwise; those without the sorted value come last."""
    now = here.clock()
    filters = Filters(text=text, program=program, source=source, statuses=tuple(status), within=within)
    with here.database.read() as session:
        version = reading.version(session)
        tag = tag_of(version, request.url.query, now, me)
        if unchanged := fresh(request, tag):
            return unchanged

        def written() -> tuple[bytes, str | None]:
            page = reading.tenders(session, _named(session, filters, named), now=now, sort=sort, limit=limit, cursor=cursor)
            # a row's values under an item's names: making a TenderItem of each row takes longer than reading and writing it
            items: list[dict[str, Any]] = [dict(zip(ITEM, row[1:], strict=True)) for row in page.rows]
            return to_json({"items": items, "next": page.next}), page.next

        try:
            body, following = request.app.state.kept.of(shown(version, now, "json", filters, named, sort, limit, cursor), written)
        except BadCursor:
            raise Problem(400, "`cursor` was not given out by this list with this `sort`; leave it out to begin again.") from None
    return Response(body, media_type="application/json", headers=tag.headers | link(request, following))


class Count(BaseModel):
    """How many there are."""

    count: int


@router.get("/tenders/count", responses=responses(422))
async def count_tenders(
    here: Here,
    text: Annotated[str, Query(max_length=200)] = "",
    named: Named = "",
    status: Annotated[list[TenderStatus], Query()] = [],  # noqa: B006 - FastAPI copies it
    program: Annotated[str, Query(max_length=100)] = "",
    source: Annotated[str, Query(max_length=100)] = "",
    within: Annotated[int | None, Query(ge=0, le=3650)] = None,
) -> Count:
    """How many tenders the list has with the same choices."""
    filters = Filters(text=text, program=program, source=source, statuses=tuple(status), within=within)
    with here.database.read() as session:
        return Count(count=counting.count(session, _named(session, filters, named), now=here.clock()))


@router.get("/tenders/{ocid}", responses=responses(404))
async def show_tender(here: Here, ocid: str) -> TenderDetail:
    """One tender, by its OCDS id."""
    with here.database.read() as session:
        one = found(session, ocid)
        seen = [
            SightingItem(
                source=sighting.source,
                id=sighting.native_id,
                first_seen=sighting.first_seen_at,
                last_seen=sighting.last_seen_at,
                missing_since=sighting.missing_since,
                reasons=sighting.reasons,
            )
            for sighting in store.sightings(session, ocid)
        ]
    return TenderDetail(
        tender=TenderItem.of(one),
        description=one.description,
        files=one.files,
        last_seen=one.last_seen_at,
        sightings=seen,
    )


@router.get("/tenders/{ocid}/releases", responses=responses(404))
async def list_releases(here: Here, paged: Paged, ocid: str) -> Page[ReleaseItem]:
    """What was recorded of a tender, newest first."""
    with here.database.read() as session:
        found(session, ocid)
        history = store.history(session, ocid)
    return paged.of(history, ReleaseItem.of, by=lambda entry: (entry.release.date.isoformat(), entry.release.id or 0), down=True)


def _named(session: Session, filters: Filters, named: str) -> Filters:
    """The choices, narrowed to the tenders that have these words or this number."""
    return replace(filters, also=(having(session, named),)) if named.strip() else filters


def found(session: Any, ocid: str) -> Any:
    """The tender of an OCDS id. Raises Problem where there is none, or where it names a program page."""
    known = store.tender(session, ocid)
    if known is None or known.is_program:
        raise Problem(404, "No tender with this id was ever recorded here.")
    return known
