"""Public sign-up as JSON: no key is needed, and nothing is mailed but one question before the address's owner confirms."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Here
from api.problems import Problem, responses
from api.signing_up import CONSENT, Wish, wish
from notifier.addresses import InvalidAddress
from notifier.query import QueryError

router = APIRouter(prefix="/api/v1", tags=["subscriptions"])

ACCEPTED = "If this address is not signed up for this already, a mail asks its owner to confirm."


class NewSignUp(BaseModel):
    """Whom to ask, and about what; `consent` must be true: the asker has shown the wording and it was agreed to."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"address": "owner@clinic.example", "query": "rehabilitation", "consent": True}]},
    )

    address: str = Field(min_length=3, max_length=400)
    query: str = Field(default="", max_length=500)
    language: Literal["en", "fr"] = "en"
    frequency: Literal["instant", "hourly", "daily", "weekly"] = "instant"
    consent: Annotated[Literal[True], Field(description=f"the owner agreed to this: {CONSENT}")]


class Accepted(BaseModel):
    """The one answer, whatever is known of the address."""

    detail: str = ACCEPTED


@router.post("/sign-ups", status_code=202, responses=responses(404, 422, 429))
async def sign_up(request: Request, here: Here, wanted: NewSignUp) -> Accepted:
    """Ask for alerts from outside. The answer tells nobody whether an address is known."""
    try:
        wish(
            request,
            here,
            Wish(wanted.address, wanted.query, choices={"language": wanted.language, "frequency": wanted.frequency}),
            source="public API",
        )
    except (InvalidAddress, QueryError) as error:
        raise Problem(422, f"{error}.") from None
    return Accepted()
