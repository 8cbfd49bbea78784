"""The audit log, as JSON."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Here, Me, Principal
from api.json.paging import Page, Paged
from api.problems import Problem, responses
from contracts import audit

router = APIRouter(prefix="/api/v1", tags=["audit"])


class EntryItem(BaseModel):
    """One thing that was done; `digest` covers it and the entry before it."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "sequence": 12,
                    "at": "2026-07-08T17:00:00Z",
                    "actor": "person 1",
                    "action": "person.invited",
                    "subject": "person:7",
                    "detail": {"role": "staff"},
                    "digest": "ab12…",
                }
            ]
        },
    )

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    digest: str


class VerdictItem(BaseModel):
    """Whether the chain is whole; else the first broken link."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"whole": True, "entries": 12, "broken": None, "reason": None}]})

    whole: bool
    entries: int
    broken: int | None = Field(description="sequence number of the first broken link")
    reason: str | None


@router.get("/audit", responses=responses(403, 422))
async def list_entries(
    here: Here,
    me: Me,
    paged: Paged,
    subject: Annotated[
        str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="of one record, as `person:7`")
    ] = None,
) -> Page[EntryItem]:
    """The log, newest first; for owners, auditors and keys with the scope `people`."""
    _auditor(me)
    with here.database.read() as session:
        rows = audit.entries(
            session, organisation_id=me.organisation_id, subject=subject, limit=paged.limit + 1, before=paged.number()
        )
    return paged.cut(rows, EntryItem.model_validate, by=lambda row: row.sequence)


@router.get("/audit/verdict", responses=responses(403))
async def verify(here: Here, me: Me) -> VerdictItem:
    """Walk the whole chain and say whether it is whole."""
    _auditor(me)
    with here.database.read() as session:
        found = audit.verify(session, organisation_id=me.organisation_id)
    return VerdictItem(whole=found.whole, entries=found.entries, broken=found.broken, reason=found.reason)


def _auditor(me: Principal) -> None:
    if not me.audits:
        raise Problem(403, "The audit log is for the roles owner and auditor, and for keys with the scope people.")
