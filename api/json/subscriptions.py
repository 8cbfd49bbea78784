"""Who hears of what, as JSON."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Here, Me
from api.json.paging import Page
from api.problems import Problem, responses
from api.programs import program_aliases
from notifier import signup, store
from notifier.addresses import InvalidAddress
from notifier.models import Subscription
from notifier.query import QueryError

router = APIRouter(prefix="/api/v1", tags=["subscriptions"])


class SubscriptionItem(BaseModel):
    """A standing wish to hear of what a search finds."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 3,
                    "address": "owner@clinic.example",
                    "channel": "email",
                    "query": "rehabilitation OR physiotherapy",
                    "state": "active",
                    "created_at": "2026-07-08T17:00:00Z",
                }
            ]
        },
    )

    id: int
    address: str
    channel: str
    query: str = Field(description="in the saved-search language; empty finds everything")
    state: str
    created_at: datetime


class NewSubscription(BaseModel):
    """What to sign up; `consent` is the wording that the address's owner agreed to, kept as evidence (CASL)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "address": "owner@clinic.example",
                    "query": "rehabilitation OR physiotherapy",
                    "consent": "Agreed by telephone on 8 July to receive postings by mail.",
                }
            ]
        },
    )

    address: str = Field(min_length=3, max_length=400)
    query: str = Field(default="", max_length=500)
    consent: str = Field(min_length=3, max_length=2000)


@router.get("/subscriptions")
async def list_subscriptions(here: Here, me: Me) -> Page[SubscriptionItem]:
    """The organisation's subscriptions that have not ended, by address."""
    with here.database.read() as session:
        rows = store.subscriptions(session, organisation_id=me.organisation_id)
    return Page[SubscriptionItem](items=[SubscriptionItem.model_validate(row) for row in rows], next=None)


@router.post("/subscriptions", status_code=201, responses=responses(422))
async def add_subscription(here: Here, me: Me, wanted: NewSubscription) -> SubscriptionItem:
    """Sign an address up. Asked for twice, it is the same subscription."""
    try:
        with here.database.write() as session:
            row = store.subscribe(
                session,
                organisation_id=me.organisation_id,
                address=wanted.address,
                query=wanted.query,
                now=here.clock(),
                source="API",
                wording=wanted.consent,
                confirmed=True,
                programs=program_aliases(),
            )
            return SubscriptionItem.model_validate(row)
    except (InvalidAddress, QueryError) as error:
        raise Problem(422, f"{error}.") from None


class Consent(BaseModel):
    """Who agreed to what, where and when: the evidence that CASL asks a sender for."""

    address: str
    query: str
    state: str
    time: str | None = None
    source: str | None = None
    wording: str | None = None
    confirmed: str | None = Field(default=None, description="when the address's owner answered the question mailed to it")
    ended: str | None = None


@router.get("/consents", responses=responses(403))
async def consents(here: Here, me: Me) -> Page[Consent]:
    """Every consent on record, those of ended subscriptions too; for owners."""
    if not me.manages:
        raise Problem(403, "Only an owner takes out the evidence of consent.")
    with here.database.read() as session:
        rows = signup.evidence(session, organisation_id=me.organisation_id)
    return Page[Consent](items=[Consent.model_validate(row) for row in rows], next=None)


@router.delete("/subscriptions/{subscription_id}", status_code=204, responses=responses(404, 422))
async def end_subscription(here: Here, me: Me, subscription_id: Annotated[int, Path(ge=1, lt=2**31)]) -> Response:
    """End a subscription at once; what waits to be sent for it is not sent."""
    with here.database.write() as session:
        row = session.get(Subscription, subscription_id)
        if row is None or row.organisation_id != me.organisation_id:
            raise Problem(404, "There is no such subscription.")
        store.unsubscribe(session, subscription_id, now=here.clock())
    return Response(status_code=204)
