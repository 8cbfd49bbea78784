"""What contracts make due, and when they end, as JSON."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api import journeys
from api.dependencies import Here, Me
from api.json.contracts import RowId, own_contract
from api.json.paging import Page, Paged, Place
from api.json.shapes import Day, Number
from api.problems import Problem, responses
from contracts import duties, events, terms
from contracts.days import home_day
from contracts.models import Contract
from contracts.obligations import Radar
from notifier import redaction

router = APIRouter(prefix="/api/v1", tags=["obligations"])

Words = Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]


class ObligationItem(BaseModel):
    """Something due on a day; `basis` shows how the day was computed."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    contract_id: int
    kind: str
    title: str
    due: date
    remind_on: date | None
    basis: str
    owner: str | None
    state: str
    note: str | None


class RenewalItem(BaseModel):
    """When a contract ends, must be decided on, and is expected to come up for bidding again; null is not known."""

    contract_id: int
    contract: str
    end: date | None = Field(description="the first day after, options used included")
    latest_end: date | None = Field(description="with every option")
    notice_by: date | None
    remind_on: date | None
    bid_from: date | None
    bid_to: date | None
    why: str

    @classmethod
    def of(cls, contract: Contract, one: Radar) -> "RenewalItem":
        """The item that a contract and what is expected of it make."""
        return cls(
            contract_id=contract.id or 0,
            contract=one.contract,
            end=one.end,
            latest_end=one.latest_end,
            notice_by=one.notice_by,
            remind_on=one.remind_on,
            bid_from=one.bid_window[0] if one.bid_window else None,
            bid_to=one.bid_window[1] if one.bid_window else None,
            why=one.why,
        )


class Happening(BaseModel):
    """Something that happened and by a confirmed term makes something due: a discharge, a day of service, the end of a program."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"term": 9, "on": "2026-07-08", "case": "R-204", "what": "Discharge report"}]},
    )

    term: int = Field(ge=1, lt=2**31, description="id of the confirmed term that counts")
    on: Day
    case: Words = Field(description="your own reference; never a worker's name or claim number")
    what: Words = Field(default="", description="such as Discharge report")
    owner: Words | None = None


@router.get("/obligations", responses=responses(422))
async def list_obligations(
    here: Here, me: Me, paged: Paged, until: Annotated[Day | None, Query()] = None, contract: RowId = None
) -> Page[ObligationItem]:
    """Open obligations by day, up to and with `until`."""
    with here.database.read() as session:
        rows = duties.listed(session, organisation_id=me.organisation_id, until=until, contract_id=contract, limit=None)
    return paged.of(rows, ObligationItem.model_validate, by=lambda row: (row.due.isoformat(), row.id or 0))


@router.get("/renewals")
async def list_renewals(here: Here, me: Me, paged: Paged) -> Page[RenewalItem]:
    """Each contract's end, notice and next expected bid window, the first to end first."""
    with here.database.read() as session:
        seen = journeys.renewals(session, organisation_id=me.organisation_id, today=home_day(here.clock()))
    return paged.of(seen, lambda pair: RenewalItem.of(*pair), by=_ends)


def _ends(pair: tuple[Contract, Radar]) -> Place:
    contract, one = pair
    return one.end.isoformat() if one.end else "unknown", contract.title, contract.id or 0


@router.post("/contracts/{contract_id}/happenings", status_code=201, responses=responses(404, 422))
async def record_happening(here: Here, me: Me, contract_id: Number, wanted: Happening) -> ObligationItem:
    """Record what happened; the obligation that it makes. The same told twice is one."""
    if redaction.find(f"{wanted.case} {wanted.what}"):
        raise Problem(
            422, "Nothing was recorded: name the case by your own reference, without the worker's name or claim number."
        )
    with here.database.write() as session:
        contract = own_contract(session, contract_id, me.organisation_id)
        term = terms.one(session, wanted.term, organisation_id=me.organisation_id)
        if term is None:
            raise Problem(404, "There is no such term in this contract.")
        try:
            row = events.happened(
                session,
                contract,
                term,
                wanted.on,
                what=wanted.what,
                subject=wanted.case,
                now=here.clock(),
                owner=wanted.owner,
            )
        except (events.NoRule, OverflowError) as error:
            raise Problem(422, f"Nothing was recorded: {error}.") from None
        return ObligationItem.model_validate(row)
