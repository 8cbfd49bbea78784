"""Addresses that nothing is sent to any more, as JSON."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api import lifting
from api.dependencies import Here, Me
from api.json.paging import Page, Paged
from api.json.shapes import Plain
from api.problems import Problem, responses
from notifier import refused

router = APIRouter(prefix="/api/v1", tags=["subscriptions"])


class RefusedItem(BaseModel):
    """An address, why nothing is sent to it (it bounced, complained or asked), and since when."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "address": "office@clinic.example",
                    "reason": "bounced: 550 5.1.1 no such user",
                    "since": "2026-07-08T17:00:00Z",
                }
            ]
        },
    )

    address: str
    reason: str
    since: datetime


class Lifting(BaseModel):
    """The address to send to again, and why mail reaches it now."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"address": "office@clinic.example", "reason": "The mailbox was full; it is not any more."}]
        },
    )

    address: Plain = Field(min_length=1, max_length=1000)
    reason: Plain = Field(min_length=1, max_length=1000)


@router.get("/suppressions", responses=responses(403))
async def list_suppressions(here: Here, me: Me, paged: Paged) -> Page[RefusedItem]:
    """The refused addresses that the organisation writes to; for owners and keys with the scope `people`."""
    if not me.manages:
        raise Problem(403, lifting.OWNERS_ONLY)
    with here.database.read() as session:
        rows = refused.listed(session, organisation_id=me.organisation_id)
    return paged.of(rows, RefusedItem.model_validate, by=lambda row: (row.address,))


@router.post("/suppressions/lift", responses=responses(403, 404, 409, 422))
async def lift(here: Here, me: Me, wanted: Lifting) -> RefusedItem:
    """Send to an address again; the refusal that was taken back. One whose owner asked for silence stays refused."""
    with here.database.write() as session:
        row = lifting.lift(session, me, wanted.address, reason=wanted.reason, now=here.clock())
        return RefusedItem.model_validate(row)
