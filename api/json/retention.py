"""How long contracts are kept, which are due to go, and the holds that keep them, as JSON."""

import asyncio
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool
from sqlmodel import Session

from api import retaining
from api.dependencies import Here, Me, Principal
from api.json.contracts import own_contract
from api.json.editing import IfMatch, tag, unchanged
from api.json.paging import Page, Paged
from api.json.shapes import Number, Plain
from api.problems import Problem, responses
from contracts import holds, retention
from contracts.days import home_day

router = APIRouter(prefix="/api/v1", tags=["retention"])

OWNERS_ONLY = (
    "Only an owner, or a key with the scope people, disposes of contracts, lifts holds, and says how long contracts are kept."
)
Reason = Annotated[Plain, Field(min_length=1, max_length=400)]


class RuleItem(BaseModel):
    """How long contracts are kept after their end; `months` is null where nobody said, and then all of them stay."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"months": 84, "basis": "Income Tax Act, s. 230(4)", "automatic": False}]}
    )

    months: int | None
    basis: str | None = Field(description="the clause or statute that the time comes from")
    automatic: bool = Field(description="whether the clock disposes of what is due")


class NewRule(BaseModel):
    """The rule from now on."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"months": 84, "basis": "Income Tax Act, s. 230(4)"}]}
    )

    months: int = Field(ge=1, le=retention.MOST_MONTHS)
    basis: Reason
    automatic: StrictBool = False


class DueItem(BaseModel):
    """A contract that was kept as long as the rule says."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"contract_id": 7, "title": "Agreement", "ended": "2019-04-01", "since": "2026-04-01", "held": None}]
        }
    )

    contract_id: int
    title: str
    ended: date = Field(description="the first day after it")
    since: date
    held: str | None = Field(description="why a hold keeps it, if one does")

    @classmethod
    def of(cls, one: retention.Disposable) -> "DueItem":
        """The item that a disposable contract makes."""
        return cls(
            contract_id=one.contract.id or 0,
            title=one.contract.title,
            ended=one.ended,
            since=one.since,
            held=one.hold and one.hold.reason,
        )


class HoldItem(BaseModel):
    """What keeps a record, whatever the rule says; `subject` is as in the audit log."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 2,
                    "subject": "contract:7",
                    "reason": "A dispute about two invoices",
                    "placed_by": "Ana",
                    "placed_at": "2026-07-08T17:00:00Z",
                    "lifted_by": None,
                    "lifted_at": None,
                }
            ]
        },
    )

    id: int
    subject: str
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None


class NewHold(BaseModel):
    """Why the contract must stay."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "A dispute about two invoices"}]})

    reason: Reason


class Disposal(BaseModel):
    """Why the contract goes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "Kept for seven years."}]})

    reason: Reason


@router.get("/retention")
async def show_rule(here: Here, me: Me, response: Response) -> RuleItem:
    """The rule; the ETag goes back with a change."""
    with here.database.read() as session:
        item = _rule(session, me)
    response.headers["ETag"] = tag(item)
    return item


@router.put("/retention", responses=responses(403, 412, 422, 428))
async def set_rule(here: Here, me: Me, response: Response, wanted: NewRule, if_match: IfMatch = None) -> RuleItem:
    """Say how long contracts are kept after their end."""
    _owner(me)
    with here.database.write() as session:
        unchanged(_rule(session, me), if_match)
        try:
            retention.set_rule(session, organisation_id=me.organisation_id, **wanted.model_dump(), by=me.name, now=here.clock())
        except retention.BadRule as error:
            raise Problem(422, f"Nothing was changed: {error}.") from None
        item = _rule(session, me)
    response.headers["ETag"] = tag(item)
    return item


@router.get("/retention/due")
async def list_due(here: Here, me: Me, paged: Paged) -> Page[DueItem]:
    """Contracts that are due to be disposed of, the longest due first; those under a hold among them."""
    with here.database.read() as session:
        rows = retention.due(session, organisation_id=me.organisation_id, today=home_day(here.clock()))
    return paged.of(rows, DueItem.of, by=lambda one: (one.since.isoformat(), one.contract.id or 0))


@router.post("/contracts/{contract_id}/dispose", status_code=204, responses=responses(403, 404, 409, 422))
async def dispose(here: Here, me: Me, contract_id: Number, wanted: Disposal) -> Response:
    """Remove a contract with its documents, terms and originals for good; the audit log keeps their digests."""
    _owner(me)
    if not wanted.reason.strip():
        raise Problem(422, "Nothing was removed: say why the contract goes.")
    try:
        gone = await asyncio.to_thread(
            retaining.dispose,
            here.database,
            here.settings.originals,
            contract_id,
            organisation_id=me.organisation_id,
            by=me.name,
            reason=wanted.reason.strip(),
            now=here.clock(),
        )
    except holds.Held as error:
        raise Problem(409, f"Nothing was removed: {error}.") from None
    if not gone:
        raise Problem(404, "No contract with this number is on file.")
    return Response(status_code=204)


@router.get("/holds")
async def list_holds(here: Here, me: Me, paged: Paged) -> Page[HoldItem]:
    """The holds that stand, the oldest first."""
    with here.database.read() as session:
        rows = holds.listed(session, organisation_id=me.organisation_id)
    return paged.of(rows, HoldItem.model_validate, by=lambda row: (row.id or 0,))


@router.post("/contracts/{contract_id}/holds", status_code=201, responses=responses(404, 422))
async def place_hold(here: Here, me: Me, contract_id: Number, wanted: NewHold) -> HoldItem:
    """Keep a contract from being disposed of."""
    with here.database.write() as session:
        subject = holds.of("contract", own_contract(session, contract_id, me.organisation_id).id)
        try:
            row = holds.place(
                session,
                subject,
                organisation_id=me.organisation_id,
                reason=wanted.reason,
                by=me.name,
                now=here.clock(),
            )
        except holds.NoReason as error:
            raise Problem(422, f"Nothing was changed: {error}.") from None
        return HoldItem.model_validate(row)


@router.delete("/holds/{hold_id}", responses=responses(403, 404, 422))
async def lift_hold(here: Here, me: Me, hold_id: Number) -> HoldItem:
    """End a hold; ended twice, it is as after the first time."""
    _owner(me)
    with here.database.write() as session:
        row = holds.one(session, hold_id, organisation_id=me.organisation_id)
        if row is None:
            raise Problem(404, "There is no such hold.")
        return HoldItem.model_validate(holds.lift(session, row, by=me.name, now=here.clock()))


def _rule(session: Session, me: Principal) -> RuleItem:
    kept = retention.rule(session, organisation_id=me.organisation_id)
    if kept is None:
        return RuleItem(months=None, basis=None, automatic=False)
    return RuleItem(months=kept.months, basis=kept.basis, automatic=kept.automatic)


def _owner(me: Principal) -> None:
    if not me.manages:
        raise Problem(403, OWNERS_ONLY)
