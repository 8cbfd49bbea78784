"""The health of the sources, as JSON."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Here, Me
from api.json.paging import Page, Paged
from api.json.shapes import Number
from api.pages.quarantine import decide_held
from api.problems import Problem, responses
from contracts.vocabulary import Health
from crawler import store
from crawler.models import Source

router = APIRouter(prefix="/api/v1", tags=["sources"])

MOST_EVENTS = 1000  # steps of one source that can be asked for
NONE = "No source of this name was ever looked at."


class SourceItem(BaseModel):
    """How well a source can be seen. Anything but `healthy` is about our view, never about its tenders."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "nanaimo",
                    "health": "layout_changed",
                    "since": "2026-06-20T16:00:00Z",
                    "reason": "The page no longer has the table that the postings stood in.",
                    "last_looked": "2026-06-20T17:00:00Z",
                    "last_good": "2026-06-20T15:00:00Z",
                    "next_look": "2026-06-20T18:00:00Z",
                    "failures": 2,
                }
            ]
        }
    )

    name: str
    health: Health
    since: datetime | None
    reason: str | None
    last_looked: datetime | None
    last_good: datetime | None
    next_look: datetime | None
    failures: int

    @classmethod
    def of(cls, source: Source) -> "SourceItem":
        """The item that a remembered source makes."""
        return cls(
            name=source.name,
            health=source.health,
            since=source.health_since,
            reason=source.health_reason,
            last_looked=source.last_looked_at,
            last_good=source.last_good_at,
            next_look=source.next_look_at,
            failures=source.failures,
        )


class HeldItem(BaseModel):
    """A look that was not believed and waits for a person."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 2,
                    "source": "nanaimo",
                    "held_at": "2026-06-20T16:00:00Z",
                    "reason": "60 rows where 600 were",
                    "looks": 3,
                    "rows": 60,
                    "state": "held",
                    "decided_by": None,
                }
            ]
        },
    )

    id: int
    source: str
    held_at: datetime
    reason: str
    looks: int = Field(description="looks in a row that agree with it")
    rows: int
    state: Literal["held", "accepted", "rejected", "superseded"]
    decided_by: str | None


class EventItem(BaseModel):
    """A step of a source's health."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {"at": "2026-06-20T16:00:00Z", "old": "healthy", "new": "quarantined", "reason": "60 rows where 600 were"}
            ]
        },
    )

    at: datetime
    old: Health
    new: Health
    reason: str | None


class HeldDecision(BaseModel):
    """Whether the look is believed after all."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"accept": True}]})

    accept: bool


@router.get("/sources")
async def list_sources(here: Here, paged: Paged) -> Page[SourceItem]:
    """Every source that was ever looked at, by name."""
    with here.database.read() as session:
        return paged.of(store.sources(session), SourceItem.of, by=lambda source: (source.name,))


@router.get("/sources/{name}", responses=responses(404))
async def show_source(here: Here, name: str) -> SourceItem:
    """One source."""
    with here.database.read() as session:
        found = session.get(Source, name)
    if found is None:
        raise Problem(404, NONE)
    return SourceItem.of(found)


@router.get("/sources/{name}/events", responses=responses(404))
async def list_events(here: Here, paged: Paged, name: str) -> Page[EventItem]:
    """The latest steps of a source's health, newest first."""
    with here.database.read() as session:
        if session.get(Source, name) is None:
            raise Problem(404, NONE)
        rows = store.events(session, name, limit=MOST_EVENTS)
        return paged.of(rows, EventItem.model_validate, by=lambda row: (row.at.isoformat(), row.id or 0), down=True)


@router.get("/held")
async def list_held(here: Here, paged: Paged) -> Page[HeldItem]:
    """The looks of every source that wait for a person, newest first."""
    with here.database.read() as session:
        rows = store.quarantines(session)
        return paged.of(rows, HeldItem.model_validate, by=lambda row: (row.held_at.isoformat(), row.id or 0), down=True)


@router.post("/held/{held_id}/decision", responses=responses(403, 404, 409, 422))
async def decide(here: Here, me: Me, held_id: Number, said: HeldDecision) -> HeldItem:
    """Accept a held look, with its news and deliveries in one transaction, or reject it."""
    return HeldItem.model_validate(decide_held(here, me, held_id, accept=said.accept))
