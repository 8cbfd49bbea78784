"""What the organisation decides about tenders, as JSON: the pipeline for programs."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from api.dependencies import Here, Me, Principal
from api.json.editing import IfMatch, tag, unchanged
from api.json.paging import Page, Paged
from api.json.shapes import Day, Number, Plain
from api.problems import Problem, responses
from contracts import pipeline, pursuits
from contracts.models import Pursuit
from crawler import reading

router = APIRouter(prefix="/api/v1", tags=["pipeline"])

Stage = Literal["watching", "preparing", "submitted", "won", "lost", "declined"]
NONE = "Your organisation has taken up no such tender."


class TaskItem(BaseModel):
    """One line of the checklist."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    owner: str | None
    due: date | None
    done_at: datetime | None
    done_by: str | None


class StepItem(BaseModel):
    """What was done, by whom; `undone` says that it was taken back since."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    by: str
    act: str
    old_stage: str
    new_stage: str
    undone: bool


class PursuitItem(BaseModel):
    """A tender that the organisation follows up; `tasks` and `history` only where one is asked for."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 4,
                    "ocid": "ocds-a1b2c3-048-2026",
                    "title": "Rehabilitation services",
                    "number": "048-2026",
                    "stage": "preparing",
                    "owner": "Ana",
                    "due": "2026-07-13",
                    "closes_at": "2026-07-14T21:00:00Z",
                    "decision": "Two of our sites are in the region.",
                    "submitted_at": None,
                    "confirmation": None,
                    "debrief": None,
                    "contract_id": None,
                    "tasks": None,
                    "history": None,
                }
            ]
        },
    )

    id: int
    ocid: str
    title: str
    number: str | None
    stage: Stage
    owner: str | None
    due: date | None = Field(description="the organisation's own day for having it ready")
    closes_at: datetime | None = Field(description="as it stood when the tender was taken up")
    decision: str | None
    submitted_at: datetime | None
    confirmation: str | None
    debrief: str | None
    contract_id: int | None
    tasks: list[TaskItem] | None = None
    history: list[StepItem] | None = None


class NewPursuit(BaseModel):
    """The tender to take up."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"ocid": "ocds-a1b2c3-048-2026"}]})

    ocid: Plain = Field(min_length=1, max_length=300)


class Act(BaseModel):
    """What is done: `go` and `no_go` want a decision, `submit` a confirmation; only what is given is changed."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"act": "go", "decision": "Two of our sites are in the region."}]}
    )

    act: Literal["plan", "go", "no_go", "submit", "win", "lose", "undo"]
    decision: Plain | None = Field(default=None, max_length=10_000)
    owner: Plain | None = Field(default=None, max_length=300)
    due: Day | None = None
    confirmation: Plain | None = Field(default=None, max_length=300)
    debrief: Plain | None = Field(default=None, max_length=10_000)


class NewTask(BaseModel):
    """A further line of the checklist."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"title": "Ask two referees", "due": "2026-07-10"}]}
    )

    title: Plain = Field(min_length=1, max_length=300)
    owner: Plain | None = Field(default=None, max_length=300)
    due: Day | None = None


@router.get("/pursuits", responses=responses(422))
async def list_pursuits(
    here: Here,
    me: Me,
    paged: Paged,
    stage: Annotated[Stage | None, Query(description="only those in this stage")] = None,
) -> Page[PursuitItem]:
    """The organisation's pursuits, those taken up last first."""
    with here.database.read() as session:
        stages = (stage,) if stage else ()
        rows = pursuits.listed(
            session, organisation_id=me.organisation_id, stages=stages, limit=paged.limit + 1, before=paged.number() or 2**31 - 1
        )
    return paged.cut(rows, PursuitItem.model_validate, by=lambda row: row.id)


@router.post("/pursuits", status_code=201, responses=responses(404, 422))
async def take_up(here: Here, me: Me, wanted: NewPursuit) -> PursuitItem:
    """Take a tender up; one that is taken up already is answered as it stands."""
    with here.database.write() as session:
        found = reading.target(session, wanted.ocid)
        if found is None:
            raise Problem(404, "No tender with this id was ever recorded here.")
        target = pursuits.Target(found.ocid, found.title, found.number, found.closes_at)
        row = pursuits.take_up(session, target, organisation_id=me.organisation_id, by=me.name, now=here.clock())
        return whole_pursuit(session, row)


@router.get("/pursuits/{pursuit_id}", responses=responses(404, 422))
async def show_pursuit(here: Here, me: Me, response: Response, pursuit_id: Number) -> PursuitItem:
    """One pursuit with its checklist and history; the ETag goes back with whatever is done with either."""
    with here.database.read() as session:
        item = whole_pursuit(session, own_pursuit(session, pursuit_id, me))
    response.headers["ETag"] = tag(item)
    return item


@router.post("/pursuits/{pursuit_id}/steps", responses=responses(404, 409, 412, 422, 428))
async def step(here: Here, me: Me, response: Response, pursuit_id: Number, wanted: Act, if_match: IfMatch = None) -> PursuitItem:
    """Do something with it, or take the last step back."""
    said = wanted.model_dump(exclude={"act"}, exclude_none=True)
    try:
        with here.database.write() as session:
            row = read_pursuit(session, pursuit_id, me, if_match)
            _do(session, row, wanted.act, by=me.name, now=here.clock(), **said)
            item = whole_pursuit(session, row)
    except (pipeline.NotInThisStage, pursuits.NothingToUndo) as error:
        raise Problem(409, f"Nothing was changed: {error}.") from None
    except pipeline.Wanting as error:
        raise Problem(422, f"Nothing was changed: {error}.") from None
    response.headers["ETag"] = tag(item)
    return item


@router.post("/pursuits/{pursuit_id}/tasks", status_code=201, responses=responses(404, 422))
async def add_task(here: Here, me: Me, pursuit_id: Number, wanted: NewTask) -> TaskItem:
    """Add a line to the checklist."""
    try:
        with here.database.write() as session:
            row = own_pursuit(session, pursuit_id, me)
            return TaskItem.model_validate(pursuits.add_task(session, row, wanted.title, owner=wanted.owner, due=wanted.due))
    except ValueError as error:
        raise Problem(422, f"Nothing was stored: {error}.") from None


@router.post("/pursuits/{pursuit_id}/tasks/{task_id}/{state}", responses=responses(404, 412, 422, 428))
async def tick(
    here: Here, me: Me, pursuit_id: Number, task_id: Number, state: Literal["done", "open"], if_match: IfMatch = None
) -> TaskItem:
    """Mark a line as done, or as still to do; the tag is the pursuit's."""
    with here.database.write() as session:
        read_pursuit(session, pursuit_id, me, if_match)
        line = pursuits.task(session, task_id, organisation_id=me.organisation_id)
        if line is None or line.pursuit_id != pursuit_id:
            raise Problem(404, "There is no such line in this checklist.")
        return TaskItem.model_validate(pursuits.tick(session, line, done=state == "done", by=me.name, now=here.clock()))


def _do(session: Session, row: Pursuit, act: str, *, by: str, now: datetime, **said: Any) -> None:
    if act == "undo":
        pursuits.undo(session, row, by=by, now=now)
    else:
        pursuits.act(session, row, act, by=by, now=now, **said)


def whole_pursuit(session: Session, row: Pursuit) -> PursuitItem:
    """The item with its checklist and history."""
    item = PursuitItem.model_validate(row)
    item.tasks = [TaskItem.model_validate(line) for line in pursuits.tasks(session, row)]
    item.history = [StepItem.model_validate(one) for one in pursuits.history(session, row)]
    return item


def read_pursuit(session: Session, pursuit_id: int, me: Principal, if_match: str | None) -> Pursuit:
    """One of the organisation's, as the asker read it; raises Problem 404, 412 or 428."""
    row = own_pursuit(session, pursuit_id, me)
    unchanged(whole_pursuit(session, row), if_match)
    return row


def own_pursuit(session: Session, pursuit_id: int, me: Principal) -> Pursuit:
    """One of the organisation's; raises Problem 404."""
    row = pursuits.one(session, pursuit_id, organisation_id=me.organisation_id)
    if row is None:
        raise Problem(404, NONE)
    return row
