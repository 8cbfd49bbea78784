"""The health of the sources, as JSON."""

import asyncio
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
from crawler import evidence, store
from crawler.models import Source

router = APIRouter(prefix="/api/v1", tags=["sources"])

MOST_EVENTS = 1000  # steps of one source that can be asked for
NONE = "No source of this name is configured, and none was ever looked at."


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
                    "title": "City of Nanaimo",
                    "enabled": True,
                    "advice": "Look at the page: its layout changed, and the reader has to learn it.",
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
    title: str | None = Field(description="null for one that is configured no longer")
    enabled: bool
    advice: str | None = Field(description="what to do about it")

    @classmethod
    def of(cls, row: store.SourceHealth) -> "SourceItem":
        """The item that a configured source makes."""
        return cls._made(row.config.name, row.state, row.health, row.config.title, row.advice, enabled=row.config.enabled)

    @classmethod
    def former(cls, source: Source) -> "SourceItem":
        """The item that a source makes which is remembered and configured no longer."""
        return cls._made(source.name, source, source.health, None, None, enabled=False)

    @classmethod
    def _made(
        cls, name: str, state: Source | None, health: Health, title: str | None, advice: str | None, *, enabled: bool
    ) -> "SourceItem":
        return cls(
            name=name,
            health=health,
            since=state and state.health_since,
            reason=state and state.health_reason,
            last_looked=state and state.last_looked_at,
            last_good=state and state.last_good_at,
            next_look=state and state.next_look_at,
            failures=state.failures if state else 0,
            title=title,
            enabled=enabled,
            advice=advice,
        )


class SourceDetail(SourceItem):
    """One source, with the beginning of its last answer as a person reads it."""

    sample: str | None


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
    """Every source, in the order of the configuration; those that are configured no longer come last."""
    with here.database.read() as session:
        configured = here.sources()
        items = [SourceItem.of(row) for row in store.health(session, configured, now=here.clock())]
        items += [SourceItem.former(one) for one in store.sources(session) if one.name not in configured]
    return paged.of(enumerate(items), lambda numbered: numbered[1], by=lambda numbered: (numbered[0],))


@router.get("/sources/{name}", responses=responses(404))
async def show_source(here: Here, name: str) -> SourceDetail:
    """One source."""
    configured = here.sources()
    with here.database.read() as session:
        if name in configured:
            item = SourceItem.of(store.health(session, {name: configured[name]}, now=here.clock())[0])
        elif (state := session.get(Source, name)) is not None:
            item = SourceItem.former(state)
        else:
            raise Problem(404, NONE)
        capture = next(iter(store.captures(session, name, limit=1)), None)
    sample = await asyncio.to_thread(evidence.sample, here.settings.archive, capture)
    return SourceDetail(**item.model_dump(), sample=sample)


@router.get("/sources/{name}/events", responses=responses(404))
async def list_events(here: Here, paged: Paged, name: str) -> Page[EventItem]:
    """The latest steps of a source's health, newest first."""
    with here.database.read() as session:
        if name not in here.sources() and session.get(Source, name) is None:
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
