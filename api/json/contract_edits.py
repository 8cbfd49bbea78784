"""Putting right what is known of a contract, and deciding on its fee lines, as JSON."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field, StrictBool
from sqlmodel import Session

from api import journeys, planning
from api.dependencies import Here, Me, Principal
from api.json.contracts import ContractItem, own_contract
from api.json.editing import IfMatch, tag, unchanged
from api.json.shapes import Day, Number, Plain
from api.problems import Problem, responses
from contracts import agreements, fees, schedules
from contracts.models import FeeItem

router = APIRouter(prefix="/api/v1", tags=["contracts"])

Status = Literal["proposed", "confirmed", "rejected"]


class FeeLine(BaseModel):
    """One line of a fee schedule; `amount` is text, exact to the cent."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 3,
                    "code": "A100",
                    "description": "Initial assessment",
                    "amount": "145.00",
                    "currency": "CAD",
                    "unit": None,
                    "valid_from": "2026-04-01",
                    "valid_to": None,
                    "page": 12,
                    "quote": "A100  Initial assessment  $145.00",
                    "status": "proposed",
                    "decided_by": None,
                }
            ]
        },
    )

    id: int
    code: str
    description: str
    amount: Decimal | None
    currency: str
    unit: str | None
    valid_from: date | None
    valid_to: date | None = Field(description="the first day after")
    page: int | None
    quote: str | None
    status: Status
    decided_by: str | None


class Facts(BaseModel):
    """Facts of a contract to change; what is not named stays, null takes it away."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"number": "77-2026", "start": "2026-04-01", "end": "2029-04-01"}]}
    )

    title: Plain = Field(default="", min_length=1, max_length=300)
    number: Annotated[Plain | None, Field(max_length=100)] = None
    solicitation_number: Annotated[Plain | None, Field(max_length=100)] = None
    program: Annotated[Plain | None, Field(max_length=100)] = None
    date_signed: Day | None = None
    start: Day | None = None
    end: Day | None = Field(default=None, description="the first day after it")
    ocid: Annotated[Plain | None, Field(max_length=300)] = Field(
        default=None, description="the tender it came from; found by `solicitation_number` where only that is given"
    )
    evergreen: StrictBool = False
    maximum_amount: Annotated[Decimal | None, Field(ge=0, max_digits=14, decimal_places=2)] = None


class FeeVerdict(BaseModel):
    """Confirmed for a span of days, corrected where it was read wrong, or rejected."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"verdict": "confirm", "valid_from": "2026-04-01"}]}
    )

    verdict: Literal["confirm", "reject"]
    valid_from: Day | None = None
    valid_to: Day | None = Field(default=None, description="the first day after")
    description: Annotated[Plain | None, Field(min_length=1, max_length=500)] = None
    amount: Annotated[Decimal | None, Field(ge=0, max_digits=14, decimal_places=2)] = None
    unit: Annotated[Plain | None, Field(max_length=100)] = None


class Imported(BaseModel):
    """How many fee lines are on file since, and what the first is called."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"fees": 31, "first": "A100 (Initial assessment)"}]})

    fees: int
    first: str


@router.patch("/contracts/{contract_id:int}", responses=responses(403, 404, 405, 412, 422, 428))
async def edit_contract(
    here: Here, me: Me, response: Response, contract_id: Number, wanted: Facts, if_match: IfMatch = None
) -> ContractItem:
    """Change facts of a contract."""
    changes = wanted.model_dump(exclude_unset=True)
    with here.database.write() as session:
        row = own_contract(session, contract_id, me.organisation_id)
        unchanged(ContractItem.model_validate(row), if_match)
        if changes.get("solicitation_number") and "ocid" not in changes and not row.ocid:
            changes["ocid"] = journeys.tender_of(session, changes["solicitation_number"])
        try:
            agreements.set_facts(session, row, changes, by=me.name, now=here.clock())
        except agreements.BadFact as error:
            raise Problem(422, f"Nothing was changed: {error}.") from None
        planning.plan(session, row, now=here.clock())
        item = ContractItem.model_validate(row)
    response.headers["ETag"] = tag(item)
    return item


@router.post("/contracts/{contract_id}/fees/{fee_id}/verdict", responses=responses(403, 404, 409, 422))
async def decide_fee(here: Here, me: Me, contract_id: Number, fee_id: Number, said: FeeVerdict) -> FeeLine:
    """Confirm a proposed fee line, or mark it as wrong."""
    with here.database.write() as session:
        row = _fee(session, contract_id, fee_id, me)
        try:
            if said.verdict == "reject":
                done = fees.reject(session, row, by=me.name, now=here.clock())
            else:
                corrections = said.model_dump(include={"description", "amount", "unit"}, exclude_none=True)
                read = fees.corrected(session, row, by=me.name, now=here.clock(), **corrections) if corrections else row
                span: dict[str, Any] = {"valid_from": said.valid_from, "valid_to": said.valid_to}
                done = fees.confirm(session, read, by=me.name, now=here.clock(), **span)
        except ValueError as error:  # an overlap, an empty span, or decided before
            raise Problem(409, f"Nothing was changed: {str(error).rstrip('.')}.") from None
        return FeeLine.model_validate(done)


@router.post("/contracts/{contract_id}/fees/import", status_code=201, responses=responses(403, 404, 413, 422))
async def import_fees(
    here: Here, me: Me, contract_id: Number, file: Annotated[UploadFile, File(description="CSV or XLSX with a heading line")]
) -> Imported:
    """Take a fee schedule, confirmed by whoever sends it; all of it or nothing."""
    name, data = (file.filename or "schedule")[:200], await file.read()
    try:
        lines = await asyncio.to_thread(schedules.read, data, name)
        with here.database.write() as session:
            owner = own_contract(session, contract_id, me.organisation_id)
            stored = schedules.store(session, owner, lines, by=me.name, now=here.clock())
            return Imported(fees=len(stored), first=fees.named(stored[0]) if stored else "")
    except ValueError as error:  # BadSchedule, or an overlap
        raise Problem(422, f"Nothing was stored: {str(error).rstrip('.')}.") from None


def _fee(session: Session, contract_id: int, fee_id: int, me: Principal) -> FeeItem:
    row = fees.one(session, fee_id, organisation_id=me.organisation_id)
    if row is None or row.contract_id != contract_id:
        raise Problem(404, "There is no such fee line in this contract.")
    return row
