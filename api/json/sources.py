"""The health of the sources, as JSON."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.dependencies import Here
from api.json.paging import Page
from api.problems import Problem, responses
from contracts.vocabulary import Health
from crawler import store
from crawler.models import Source

router = APIRouter(prefix="/api/v1", tags=["sources"])


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


@router.get("/sources")
async def list_sources(here: Here) -> Page[SourceItem]:
    """Every source that was ever looked at, by name."""
    with here.database.read() as session:
        return Page[SourceItem](items=[SourceItem.of(source) for source in store.sources(session)], next=None)


@router.get("/sources/{name}", responses=responses(404))
async def show_source(here: Here, name: str) -> SourceItem:
    """One source."""
    with here.database.read() as session:
        found = session.get(Source, name)
    if found is None:
        raise Problem(404, "No source of this name was ever looked at.")
    return SourceItem.of(found)
