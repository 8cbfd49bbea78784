"""What a person does about obligations, as JSON: lay them out, give them to somebody, close and reopen them."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from api import planning
from api.dependencies import Here, Me, Principal, Services
from api.json.editing import IfMatch, tag, unchanged
from api.json.obligations import ObligationItem, Words
from api.json.shapes import Number
from api.problems import Problem, responses
from contracts import audit, duties, store
from contracts.models import Obligation

router = APIRouter(prefix="/api/v1", tags=["obligations"])


class ObligationClosing(BaseModel):
    """Whether it is done or need not be done."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"state": "done"}]})

    state: Annotated[str, Field(pattern="^(done|waived)$")]
    note: Words | None = None


class Assignment(BaseModel):
    """Who looks after it; null is nobody."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"owner": "Ana"}]})

    owner: Words | None


class Planned(BaseModel):
    """How many contracts were gone through."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"contracts": 12}]})

    contracts: int


@router.post("/obligations/plan")
async def plan(here: Here, me: Me) -> Planned:
    """Lay out anew what is due, from what is confirmed now; what a person closed stays closed."""
    with here.database.write() as session:
        owned = store.every_contract(session, organisation_id=me.organisation_id)
        for one in owned:
            planning.plan(session, one, now=here.clock())
    return Planned(contracts=len(owned))


@router.get("/obligations/{obligation_id:int}", responses=responses(404, 422))
async def show_obligation(here: Here, me: Me, response: Response, obligation_id: Number) -> ObligationItem:
    """One obligation; the ETag goes back with a change."""
    with here.database.read() as session:
        item = ObligationItem.model_validate(_own(session, obligation_id, me))
    response.headers["ETag"] = tag(item)
    return item


@router.patch("/obligations/{obligation_id:int}", responses=responses(404, 412, 422, 428))
async def assign_obligation(
    here: Here, me: Me, response: Response, obligation_id: Number, wanted: Assignment, if_match: IfMatch = None
) -> ObligationItem:
    """Say who looks after it."""
    with here.database.write() as session:
        row = _own(session, obligation_id, me)
        unchanged(ObligationItem.model_validate(row), if_match)
        item = ObligationItem.model_validate(duties.assign(session, row, owner=wanted.owner or None))
    response.headers["ETag"] = tag(item)
    return item


@router.post("/obligations/{obligation_id}/close", responses=responses(404, 409, 422))
async def close_obligation(here: Here, me: Me, obligation_id: Number, wanted: ObligationClosing) -> ObligationItem:
    """Mark one as done, or waive it with a note that says why."""

    def work(session: Session, row: Obligation) -> Any:
        return duties.close(session, row, state=wanted.state, by=me.name, now=here.clock(), note=wanted.note)

    return _done(here, me, obligation_id, work, wanted.state)


@router.post("/obligations/{obligation_id}/reopen", responses=responses(404, 409, 422))
async def reopen_obligation(here: Here, me: Me, obligation_id: Number) -> ObligationItem:
    """Take the closing of one back."""
    return _done(here, me, obligation_id, duties.reopen, "reopened")


def _done(
    here: Services, me: Principal, obligation_id: int, work: Callable[[Session, Obligation], Any], act: str
) -> ObligationItem:
    """The obligation after `work`, which the audit log has under its act."""
    with here.database.write() as session:
        row = _own(session, obligation_id, me)
        try:
            work(session, row)
        except (duties.AlreadyClosed, duties.NotClosed) as error:
            raise Problem(409, f"Nothing was changed: {error}.") from None
        except ValueError as error:
            raise Problem(422, f"Nothing was changed: {error}.") from None
        audit.record(
            session,
            organisation_id=me.organisation_id,
            at=here.clock(),
            actor=me.name,
            action=f"obligation.{act}",
            subject=f"obligation:{row.id}",
        )
        return ObligationItem.model_validate(row)


def _own(session: Session, obligation_id: int, me: Principal) -> Obligation:
    row = duties.one(session, obligation_id, organisation_id=me.organisation_id)
    if row is None:
        raise Problem(404, "There is no such obligation.")
    return row
