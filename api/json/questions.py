"""A question → the clinic's own answer and the desk, as JSON."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api import journeys
from api.dependencies import Here, Me
from api.json.contracts import AnswerItem
from api.problems import responses
from notifier.plaintext import LONGEST

router = APIRouter(prefix="/api/v1", tags=["questions"])


class Question(BaseModel):
    """What somebody wants to know, in their own words."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"question": "Our invoice was rejected"}]})

    question: str = Field(min_length=1, max_length=LONGEST)


class RouteItem(BaseModel):
    """The desk, others worth asking, and how to reach the first; `contact` is null when no desk fits."""

    route: str
    also: list[str]
    confidence: float
    why: list[str]
    contact: dict[str, Any] | None


class Routed(BaseModel):
    """What the contracts say, null when nothing is recorded, and the desk."""

    answer: AnswerItem | None
    route: RouteItem
    unsure: bool = Field(description="then show every contact")
    urgent: bool = Field(description="a person may be in danger: 9-1-1 comes first")


@router.post("/questions", responses=responses(422))
async def ask(here: Here, me: Me, asked: Question) -> Routed:
    """The desk for a question, beside what the organisation's own contracts say. Nothing of it is stored."""
    with here.database.read() as session:
        found = journeys.ask(session, asked.question, organisation_id=me.organisation_id, now=here.clock(), book=here.book())
    answer = found.answer if found.answer.recorded else None
    return Routed(
        answer=AnswerItem.of(answer) if answer else None,
        route=RouteItem.model_validate(found.routed),
        unsure=found.route.unsure,
        urgent=found.route.urgent,
    )
