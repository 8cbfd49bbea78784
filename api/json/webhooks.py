"""What the service posts to a webhook, for the OpenAPI document: Standard Webhooks 1.0, one call a delivery."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field

router = APIRouter()

Kind = Literal["tender.new", "tender.amended", "tender.updated", "tender.cancelled", "tender.awarded", "program.updated"]


class Searched(BaseModel):
    """The saved search that found it."""

    id: int | None
    query: str


class Item(BaseModel):
    """One piece of news; times are ISO 8601, and members not named here may come."""

    model_config = ConfigDict(extra="allow")

    type: str
    page: str = Field(description="our own page of the tender")
    ocid: str
    title: str


class News(BaseModel):
    """The search and what it found."""

    subscription: Searched
    items: list[Item]


class WebhookCall(BaseModel):
    """One delivery. A receiver looks at `type` and passes over those that it does not know."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "tender.amended",
                    "timestamp": "2026-07-08T17:00:00Z",
                    "data": {
                        "subscription": {"id": 3, "query": "rehabilitation"},
                        "items": [
                            {
                                "type": "tender.amended",
                                "page": "https://bids.clinic.example/tenders/ocds-a1b2c3-048-2026",
                                "ocid": "ocds-a1b2c3-048-2026",
                                "title": "Rehabilitation services",
                            }
                        ],
                    },
                }
            ]
        }
    )

    type: Kind
    timestamp: datetime
    data: News


@router.post("news", status_code=204)
async def news(
    call: WebhookCall,
    webhook_id: Annotated[str, Header(description="the same for every try of a delivery: pass over one that you have seen")],
    webhook_timestamp: Annotated[int, Header(description="seconds since 1970; refuse one that is minutes old")],
    webhook_signature: Annotated[
        str, Header(description="`v1,` and a base64 HMAC-SHA256 of id, timestamp and body; more than one while a secret changes")
    ],
) -> None:
    """News for a subscription whose channel is a webhook. Any 2xx takes it; 410 ends the subscription; all else is tried again."""
