"""What a contract's own pages name (parties, sites, listed staff, options to renew, amendments), as JSON."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from api import planning
from api.dependencies import Here, Me
from api.json.contracts import own_contract
from api.json.shapes import Day, Number
from api.problems import Problem, responses
from contracts import particulars
from contracts.days import home_day
from contracts.models import Contract, RenewalOption

router = APIRouter(prefix="/api/v1", tags=["contracts"])

NONE = "There is no such thing in this contract."


class Exercise(BaseModel):
    """The day on which the option was used; today in British Columbia without it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"on": "2026-07-08"}]})

    on: Day | None = None


@router.get("/contracts/{contract_id}/particulars", responses=responses(404, 422))
async def list_particulars(here: Here, me: Me, contract_id: Number) -> dict[str, list[dict[str, Any]]]:
    """Parties, sites, listed staff, options to renew and amendments, by kind."""
    with here.database.read() as session:
        row = own_contract(session, contract_id, me.organisation_id)
        return {
            kind: [particulars.shown(kind, one) for one in particulars.listed(session, row, kind)] for kind in particulars.KINDS
        }


@router.post("/contracts/{contract_id}/particulars/{kind}", status_code=201, responses=responses(404, 422))
async def add_particular(
    here: Here,
    me: Me,
    contract_id: Number,
    kind: str,
    given: dict[str, Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]],
) -> dict[str, Any]:
    """Record one more; the body holds its fields as text, days as 2026-04-01."""
    with here.database.write() as session:
        owner = own_contract(session, contract_id, me.organisation_id)
        try:
            made = particulars.add(session, owner, kind, given, by=me.name, now=here.clock())
        except particulars.BadParticular as error:
            raise Problem(422, f"Nothing was recorded: {error}.") from None
        planning.plan(session, owner, now=here.clock())
        return particulars.shown(kind, made)


@router.delete("/contracts/{contract_id}/particulars/{kind}/{row_id}", status_code=204, responses=responses(404, 422))
async def remove_particular(here: Here, me: Me, contract_id: Number, kind: str, row_id: Number) -> Response:
    """Take one off; what it said stays in the audit log."""
    with here.database.write() as session:
        owner = own_contract(session, contract_id, me.organisation_id)
        row = _one(session, owner, kind, row_id)
        particulars.remove(session, owner, kind, row, by=me.name, now=here.clock())
        planning.plan(session, owner, now=here.clock())
    return Response(status_code=204)


@router.post("/contracts/{contract_id}/options/{row_id}/exercise", responses=responses(404, 409, 422))
async def exercise_option(here: Here, me: Me, contract_id: Number, row_id: Number, wanted: Exercise) -> dict[str, Any]:
    """Record that an option to renew was used: from now on its months count."""
    on: date = wanted.on or home_day(here.clock())
    with here.database.write() as session:
        owner = own_contract(session, contract_id, me.organisation_id)
        row = _one(session, owner, "option", row_id)
        assert isinstance(row, RenewalOption)
        try:
            used = particulars.exercise(session, owner, row, on=on, by=me.name, now=here.clock())
        except particulars.BadParticular as error:
            raise Problem(409, f"Nothing was changed: {error}.") from None
        planning.plan(session, owner, now=here.clock())
        return particulars.shown("option", used)


def _one(session: Session, owner: Contract, kind: str, row_id: int) -> particulars.Row:
    row = particulars.one(session, owner, kind, row_id) if kind in particulars.KINDS else None
    if row is None:
        raise Problem(404, NONE)
    return row
