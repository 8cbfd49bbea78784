"""The breach register, as JSON."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StrictBool, StrictInt
from sqlmodel import Session

from api.accounts import breaches
from api.accounts.models import Breach
from api.dependencies import Here, Me, Principal
from api.json.editing import IfMatch, tag, unchanged
from api.json.paging import Page, Paged
from api.json.shapes import Number, Plain, written_time
from api.languages import N_
from api.problems import Problem, responses

router = APIRouter(prefix="/api/v1", tags=["audit"])

READERS = "The breach register is for the roles owner and auditor, and for keys with the scope people."
WRITERS = N_("Only an owner writes into the breach register.")
Words = Annotated[Plain, Field(min_length=1, max_length=10_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
EXAMPLE: dict[str, JsonValue] = {
    "id": 1,
    "happened": "between 3 and 5 July 2026",
    "found_at": "2026-07-08T17:00:00Z",
    "circumstances": "A laptop was left in a taxi; its disk is encrypted.",
    "information": "names and telephone numbers",
    "people": 12,
    "serious": False,
    "assessment": "Nobody can read the disk without its key.",
    "reported_at": None,
    "told_at": None,
    "recorded_by": "Ana",
    "recorded_at": "2026-07-08T17:05:00Z",
}


class BreachItem(BaseModel):
    """One breach of safeguards; `serious` is a real risk of significant harm (PIPEDA s. 10.1)."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    id: int
    happened: str = Field(description="when, in words: often only a span is known")
    found_at: datetime
    circumstances: str
    information: str
    people: int | None = Field(description="how many are affected; null is not known")
    serious: bool
    assessment: str
    reported_at: datetime | None = Field(description="when it was reported to the Privacy Commissioner")
    told_at: datetime | None = Field(description="when the people were told")
    recorded_by: str
    recorded_at: datetime


class NewBreach(BaseModel):
    """What is to be written down, whether or not it has to be reported; nothing of it can be taken out later."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {name: EXAMPLE[name] for name in ("happened", "circumstances", "information", "people", "serious", "assessment")}
            ]
        },
    )

    happened: Words
    circumstances: Words
    information: Words
    assessment: Words
    serious: StrictBool
    people: Annotated[StrictInt | None, Field(ge=0, lt=2**31)] = None
    found_at: Annotated[AwareDatetime, BeforeValidator(written_time)] | None = Field(default=None, description="now without it")


class Report(BaseModel):
    """Whom it was told to; what was noted before stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"commissioner": True, "people": True}]})

    commissioner: StrictBool = False
    people: StrictBool = False


@router.get("/breaches", responses=responses(403))
async def list_breaches(here: Here, me: Me, paged: Paged) -> Page[BreachItem]:
    """The register, newest first; for owners, auditors and keys with the scope `people`."""
    _reads(me)
    with here.database.read() as session:
        rows = breaches.breaches(session, organisation_id=me.organisation_id)
    return paged.of(rows, BreachItem.model_validate, by=lambda row: (row.found_at.isoformat(), row.id or 0), down=True)


@router.post("/breaches", status_code=201, responses=responses(403, 422))
async def record_breach(here: Here, me: Me, wanted: NewBreach) -> BreachItem:
    """Write a breach down; the audit log notes it."""
    if not me.manages:
        raise Problem(403, WRITERS)
    now = here.clock()
    with here.database.write() as session:
        row = breaches.record(
            session,
            organisation_id=me.organisation_id,
            **wanted.model_dump(exclude={"found_at"}),
            found_at=wanted.found_at or now,
            by=me.name,
            now=now,
        )
        return BreachItem.model_validate(row)


@router.get("/breaches/{breach_id}", responses=responses(403, 404, 422))
async def show_breach(here: Here, me: Me, response: Response, breach_id: Number) -> BreachItem:
    """One breach; the ETag goes back with what is noted about it."""
    _reads(me)
    with here.database.read() as session:
        item = BreachItem.model_validate(_own(session, breach_id, me))
    response.headers["ETag"] = tag(item)
    return item


@router.post("/breaches/{breach_id}/reports", responses=responses(403, 404, 412, 422, 428))
async def note_report(
    here: Here, me: Me, response: Response, breach_id: Number, said: Report, if_match: IfMatch = None
) -> BreachItem:
    """Note that it was reported to the Commissioner, or its people told."""
    if not me.manages:
        raise Problem(403, WRITERS)
    if not (said.commissioner or said.people):
        raise Problem(422, "Nothing was noted: say `commissioner`, `people` or both.")
    with here.database.write() as session:
        row = _own(session, breach_id, me)
        unchanged(BreachItem.model_validate(row), if_match)
        breaches.reported(session, row, commissioner=said.commissioner, people=said.people, by=me.name, now=here.clock())
        item = BreachItem.model_validate(row)
    response.headers["ETag"] = tag(item)
    return item


def _reads(me: Principal) -> None:
    if not me.audits:
        raise Problem(403, READERS)


def _own(session: Session, breach_id: int, me: Principal) -> Breach:
    row = breaches.one(session, breach_id, organisation_id=me.organisation_id)
    if row is None:
        raise Problem(404, "No breach with this number is on record.")
    return row
