"""What was told to whom and what became of it, as JSON."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.dependencies import Here, Me
from api.json.paging import Page, Paged
from api.json.shapes import Number
from api.problems import Problem, responses
from contracts.vocabulary import DeliveryState
from notifier import claims, store

router = APIRouter(prefix="/api/v1", tags=["deliveries"])


EXAMPLE: dict[str, JsonValue] = {
    "id": 41,
    "key": "812:3:email",
    "subscription_id": 3,
    "address": "owner@clinic.example",
    "channel": "email",
    "state": "sent",
    "attempts": 1,
    "message_id": "<41.ab@bids.clinic.example>",
    "created_at": "2026-07-08T17:00:00Z",
    "sent_at": "2026-07-08T17:00:02Z",
    "next_attempt_at": None,
    "reason": None,
}


class DeliveryItem(BaseModel):
    """One message to one address, under RFC 3464's words for its state."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    id: int
    key: str = Field(description="what makes it unique: one release, subscription and channel")
    subscription_id: int | None
    address: str
    channel: str
    state: DeliveryState
    attempts: int
    message_id: str | None
    created_at: datetime
    sent_at: datetime | None
    next_attempt_at: datetime | None
    reason: str | None = Field(description="the last answer of whoever would not take it")


class AttemptItem(BaseModel):
    """One try and its outcome; codes as SMTP (RFC 5321, 3463) or HTTP have them."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    outcome: str
    code: int | None
    enhanced: str | None
    text: str | None


class DeliveryDetail(DeliveryItem):
    """A delivery with every attempt."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                EXAMPLE
                | {"tries": [{"at": "2026-07-08T17:00:02Z", "outcome": "sent", "code": 250, "enhanced": "2.0.0", "text": "OK"}]}
            ]
        }
    )

    tries: list[AttemptItem]


@router.get("/deliveries", responses=responses(422))
async def list_deliveries(
    here: Here,
    me: Me,
    paged: Paged,
    state: DeliveryState | None = None,
    ocid: Annotated[str | None, Query(max_length=300, pattern=r"^[^\x00]*$", description="of one tender")] = None,
    address: Annotated[str | None, Query(max_length=1000, pattern=r"^[^\x00]*$", description="to one address")] = None,
) -> Page[DeliveryItem]:
    """The organisation's deliveries, newest first."""
    with here.database.read() as session:
        rows = store.deliveries(
            session,
            organisation_id=me.organisation_id,
            state=state,
            ocid=ocid,
            address=address,
            limit=paged.limit + 1,
            before=paged.number(),
        )
    return paged.cut(rows, DeliveryItem.model_validate, by=lambda row: row.id)


@router.get("/deliveries/{delivery_id}", responses=responses(404, 422))
async def show_delivery(here: Here, me: Me, delivery_id: Number) -> DeliveryDetail:
    """One delivery with every attempt."""
    with here.database.read() as session:
        row = store.delivery(session, delivery_id, organisation_id=me.organisation_id)
        if row is None:
            raise Problem(404, "There is no such delivery.")
        tries = [AttemptItem.model_validate(one) for one in store.attempts(session, delivery_id)]
    return DeliveryDetail(**DeliveryItem.model_validate(row).model_dump(), tries=tries)


@router.post("/deliveries/{delivery_id}/retry", responses=responses(403, 404, 409, 422))
async def retry(here: Here, me: Me, delivery_id: Number) -> DeliveryItem:
    """Try one that waits or failed again at once."""
    with here.database.write() as session:
        row = store.delivery(session, delivery_id, organisation_id=me.organisation_id)
        if row is None:
            raise Problem(404, "There is no such delivery.")
        if not claims.retry(session, now=here.clock(), delivery_id=delivery_id):
            raise Problem(409, f"This delivery is {row.state}; only one that waits or failed is tried again.")
        session.refresh(row)
        return DeliveryItem.model_validate(row)
