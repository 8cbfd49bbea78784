"""Who hears of what, as JSON."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlmodel import Session

from api import journeys
from api.dependencies import Here, Me, Principal, Services
from api.json.editing import IfMatch, tag, unchanged
from api.json.paging import Page, Paged
from api.json.shapes import Number
from api.problems import Problem, responses
from api.programs import program_aliases
from api.subscribing import Wanted, subscribe
from notifier import signup, store, upkeep
from notifier.addresses import InvalidAddress
from notifier.channels import webhook
from notifier.models import Subscription
from notifier.query import QueryError
from notifier.timing import BadRhythm

router = APIRouter(prefix="/api/v1", tags=["subscriptions"])

REFUSED = (InvalidAddress, QueryError, BadRhythm)
Frequency = Literal["instant", "hourly", "daily", "weekly"]


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
                    "note": "",
                    "created_at": "2026-07-08T17:00:00Z",
                    "frequency": "daily",
                    "deliver_at": "08:00",
                    "weekday": 0,
                    "zone": "America/Vancouver",
                    "quiet": "21:00-07:00",
                    "workdays": True,
                    "language": "en",
                    "reminders": [14, 7, 3, 1, "3h"],
                    "confirmed_at": "2026-07-08T17:10:00Z",
                    "consent": None,
                }
            ]
        },
    )

    id: int
    address: str
    channel: str
    query: str = Field(description="in the saved-search language; empty finds everything")
    state: str
    note: str = Field(default="", description="why it was switched off by itself, if it was")
    created_at: datetime
    frequency: Frequency
    deliver_at: str
    weekday: int
    zone: str
    quiet: str
    workdays: bool
    language: str
    reminders: list[int | str]
    confirmed_at: datetime | None
    consent: dict[str, Any] | None = Field(default=None, description="what its owner agreed to, when and where; for owners")

    @classmethod
    def of(cls, row: Subscription, me: Principal) -> "SubscriptionItem":
        """The item as `me` may see it."""
        item = cls.model_validate(row)
        return item if me.manages else item.model_copy(update={"consent": None})


class Choices(BaseModel):
    """How to be told. What is not given stays as it is, or as usual."""

    model_config = ConfigDict(extra="forbid")

    frequency: Frequency | None = Field(default=None, description="anything but instant gathers alerts into digests")
    deliver_at: str | None = Field(default=None, max_length=10, description="wall time of a daily or weekly digest: 08:00")
    weekday: int | None = Field(default=None, ge=0, le=6, description="of a weekly digest; Monday is 0")
    zone: str | None = Field(default=None, max_length=60, description="IANA name of the zone that the hours are in")
    quiet: str | None = Field(default=None, max_length=20, description="hours when nothing is sent: 21:00-07:00; empty is never")
    workdays: bool | None = Field(default=None, description="only on business days of British Columbia")
    language: Literal["en", "fr"] | None = None
    reminders: list[int | str] | None = Field(
        default=None, max_length=20, description="days before a closing, or hours as 3h; empty is never"
    )


class Changes(Choices):
    """What to change of a subscription."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"state": "paused"}, {"frequency": "daily"}]})

    query: str | None = Field(default=None, max_length=500)
    state: Literal["active", "paused"] | None = None


class NewSubscription(Choices):
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

    address: str = Field(min_length=3, max_length=1000, description="a mail address, a webhook's, or an Apprise URL")
    channel: str = Field(default="email", max_length=20, description="email, webhook or apprise")
    owner: str = Field(default="", max_length=400, description="who hears by mail when a channel other than mail breaks down")
    query: str = Field(default="", max_length=500)
    consent: str = Field(min_length=3, max_length=2000)


@router.get("/subscriptions")
async def list_subscriptions(
    here: Here, me: Me, paged: Paged, ended: Annotated[bool, Query(description="also those that ended")] = False
) -> Page[SubscriptionItem]:
    """The organisation's subscriptions, by address."""
    with here.database.read() as session:
        rows = store.subscriptions(session, organisation_id=me.organisation_id, ended=ended)
    return paged.of(rows, lambda row: SubscriptionItem.of(row, me), by=lambda row: (row.address, row.id or 0))


@router.post("/subscriptions", status_code=201, responses=responses(422))
async def add_subscription(request: Request, here: Here, me: Me, wanted: NewSubscription) -> SubscriptionItem:
    """Sign an address up. Asked for twice, it is the same subscription."""
    given = wanted.model_dump(exclude={"address", "channel", "owner", "query", "consent"})
    try:
        with here.database.write() as session:
            row = subscribe(
                session,
                Wanted(wanted.address, wanted.query, wanted.channel, wanted.owner, given),
                organisation_id=me.organisation_id,
                secret=request.app.state.link_secret(),
                now=here.clock(),
                source="API",
                wording=wanted.consent,
            )
            return SubscriptionItem.of(row, me)
    except REFUSED as error:
        raise Problem(422, f"{error}.") from None


@router.get("/subscriptions/{subscription_id}", responses=responses(404, 422))
async def show_subscription(here: Here, me: Me, response: Response, subscription_id: Number) -> SubscriptionItem:
    """One subscription; the ETag goes back with a change."""
    with here.database.read() as session:
        item = SubscriptionItem.of(_own(session, subscription_id, me), me)
    response.headers["ETag"] = tag(item)
    return item


@router.patch("/subscriptions/{subscription_id}", responses=responses(404, 409, 412, 422, 428))
async def change_subscription(
    here: Here, me: Me, response: Response, subscription_id: Number, wanted: Changes, if_match: IfMatch = None
) -> SubscriptionItem:
    """Change the search, how it is told, or pause and resume it; what waits gets its new turn."""
    try:
        with here.database.write() as session:
            row = _own(session, subscription_id, me)
            unchanged(SubscriptionItem.of(row, me), if_match)
            if wanted.query is not None and not store.search(session, row, wanted.query, programs=program_aliases()):
                raise Problem(409, "Nothing was changed: this address has that search already.")
            store.choose(session, row, wanted.model_dump(exclude={"query", "state"}), now=here.clock())
            if wanted.state == "paused":
                store.pause(session, subscription_id, until=None)
            elif wanted.state == "active":
                store.resume(session, subscription_id)
            item = SubscriptionItem.of(row, me)
    except REFUSED as error:
        raise Problem(422, f"{error}.") from None
    response.headers["ETag"] = tag(item)
    return item


class OpenCalls(BaseModel):
    """What a search finds among the calls that are open now, soonest closing first."""

    count: int
    ocids: list[str]


@router.get("/searches/open", responses=responses(422))
async def open_calls(here: Here, me: Me, query: Annotated[str, Query(max_length=500)] = "") -> OpenCalls:  # noqa: ARG001 - a key is needed
    """Try a search before it is saved."""
    try:
        with here.database.read() as session:
            found = journeys.open_now(session, query, here.sources(), now=here.clock())
    except QueryError as error:
        raise Problem(422, f"{error}.") from None
    return OpenCalls(count=len(found), ocids=[one.ocid for one in found[:100]])


class Sent(BaseModel):
    """How many deliveries go out."""

    deliveries: int


@router.post("/subscriptions/{subscription_id}/open", responses=responses(404))
async def send_open(here: Here, me: Me, subscription_id: Number) -> Sent:
    """Send what is open already, once for each wording of the search."""
    with here.database.write() as session:
        row = _own(session, subscription_id, me)
        return Sent(deliveries=journeys.mail_open(session, row, here.sources(), now=here.clock()) is not None)


@router.post("/subscriptions/{subscription_id}/replay", responses=responses(404, 422))
async def replay(here: Here, me: Me, subscription_id: Number, since: AwareDatetime) -> Sent:
    """Send again what this subscription missed since a time; over a webhook what it had too, under the same webhook-id."""
    with here.database.write() as session:
        row = _own(session, subscription_id, me)
        return Sent(deliveries=upkeep.replay(session, row, since=since, now=here.clock()))


class Secrets(BaseModel):
    """What a webhook's receiver verifies with (Standard Webhooks), the newest first; an old one signs on for a week."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"secrets": ["whsec_…"]}]})

    secrets: list[str]


@router.get("/subscriptions/{subscription_id}/secrets", responses=responses(403, 404, 422))
async def show_secrets(request: Request, here: Here, me: Me, subscription_id: Number) -> Secrets:
    """The secrets in use, for those who may change the subscription."""
    with here.database.read() as session:
        return _secrets(request, here, me, _webhook(session, subscription_id, me))


@router.post("/subscriptions/{subscription_id}/secrets", status_code=201, responses=responses(403, 404, 422))
async def rotate_secret(request: Request, here: Here, me: Me, subscription_id: Number) -> Secrets:
    """Sign with a new secret; the one before signs beside it for a week."""
    with here.database.write() as session:
        row = _webhook(session, subscription_id, me)
        row.options = webhook.rotated(row.options, now=here.clock())
        store.changed(session, row)
        return _secrets(request, here, me, row)


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
async def consents(here: Here, me: Me, paged: Paged) -> Page[Consent]:
    """Every consent on record, those of ended subscriptions too; for owners."""
    if not me.manages:
        raise Problem(403, "Only an owner takes out the evidence of consent.")
    with here.database.read() as session:
        rows = signup.evidence(session, organisation_id=me.organisation_id)
    return paged.of(enumerate(rows), lambda numbered: Consent.model_validate(numbered[1]), by=lambda numbered: (numbered[0],))


@router.delete("/subscriptions/{subscription_id}", status_code=204, responses=responses(404, 422))
async def end_subscription(here: Here, me: Me, subscription_id: Number) -> Response:
    """End a subscription at once; what waits to be sent for it is not sent."""
    with here.database.write() as session:
        _own(session, subscription_id, me)
        store.unsubscribe(session, subscription_id, now=here.clock())
    return Response(status_code=204)


def _webhook(session: Session, subscription_id: int, me: Principal) -> Subscription:
    row = _own(session, subscription_id, me)
    if row.channel != "webhook":
        raise Problem(404, "Only a subscription over a webhook has secrets.")
    return row


def _secrets(request: Request, here: Services, me: Principal, row: Subscription) -> Secrets:
    if not me.writes:
        raise Problem(403, "The secrets of a webhook are for those who may change it.")
    known = webhook.secrets_of(row.id or 0, row.options, secret=request.app.state.link_secret(), now=here.clock())
    return Secrets(secrets=known)


def _own(session: Session, subscription_id: int, me: Principal) -> Subscription:
    row = session.get(Subscription, subscription_id)
    if row is None or row.organisation_id != me.organisation_id:
        raise Problem(404, "There is no such subscription.")
    return row
