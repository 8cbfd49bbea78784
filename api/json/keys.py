"""Keys of programs, as JSON."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.accounts import people, store
from api.accounts.models import ApiKey
from api.accounts.people import MOST_DAYS, NotPossible
from api.dependencies import Here, Me
from api.json.paging import Page, Paged
from api.json.shapes import Number, Plain
from api.pages.people import owner
from api.problems import Problem, responses

router = APIRouter(prefix="/api/v1", tags=["keys"])

Scope = Literal["read", "write", "payees", "people"]
KEY: dict[str, JsonValue] = {
    "id": 2,
    "name": "nightly report",
    "prefix": "bk_1a2b3c4d",
    "scopes": ["read"],
    "created_at": "2026-07-08T17:00:00Z",
    "expires_at": "2026-10-06T17:00:00Z",
    "used_at": None,
}


class KeyItem(BaseModel):
    """A key without its secret."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEY]})

    id: int
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyItem":
        """The item that a key makes."""
        kept = ("id", "name", "scopes", "created_at", "expires_at", "used_at")
        return cls.model_validate({name: getattr(key, name) for name in kept} | {"prefix": f"bk_{key.prefix}"})


class NewKey(BaseModel):
    """What a program is to have; every key may read."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "nightly report", "scopes": ["read"], "days": 90}]}
    )

    name: Plain = Field(min_length=1, max_length=100)
    scopes: list[Scope] = Field(default=["read"], max_length=10)
    days: int = Field(default=90, ge=1, le=MOST_DAYS)


class MadeKey(BaseModel):
    """The key, whole, this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"key": "bk_1a2b3c4d_…", "item": KEY}]})

    key: str
    item: KeyItem


@router.get("/keys", responses=responses(403))
async def list_keys(here: Here, me: Me, paged: Paged) -> Page[KeyItem]:
    """The organisation's keys that were not revoked, newest first; for owners and keys with the scope `people`."""
    owner(me)
    with here.database.read() as session:
        rows = store.keys(session, organisation_id=me.organisation_id)
    return paged.of(rows, KeyItem.of, by=lambda row: (row.id or 0,), down=True)


@router.post("/keys", status_code=201, responses=responses(403, 422))
async def make_key(here: Here, me: Me, wanted: NewKey) -> MadeKey:
    """Make a key that may do no more than who makes it; it is shown this once."""
    owner(me)
    try:
        with here.database.write() as session:
            row, text = people.make_key(session, me, name=wanted.name, scopes=wanted.scopes, days=wanted.days, now=here.clock())
    except NotPossible as error:
        raise Problem(422, str(error)) from None
    return MadeKey(key=text, item=KeyItem.of(row))


@router.delete("/keys/{key_id}", status_code=204, responses=responses(403, 404, 422))
async def revoke_key(here: Here, me: Me, key_id: Number) -> Response:
    """End a key at once."""
    owner(me)
    with here.database.write() as session:
        if not people.revoke_key(session, me, key_id, now=here.clock()):
            raise Problem(404, "There is no such key in this organisation.")
    return Response(status_code=204)
