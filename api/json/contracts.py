"""Contracts, their answers and fees, as JSON."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from api.dependencies import Here, Me
from api.json.editing import tag
from api.json.paging import Page, Paged, Place
from api.json.shapes import Day, Number
from api.pages.contracts import read_day
from api.problems import Problem, responses
from contracts import fees, lookup, store
from contracts.models import Contract, FeeItem

router = APIRouter(prefix="/api/v1", tags=["contracts"])

AsOf = Annotated[Day | None, Query(description="the day asked about; today in British Columbia without it")]
RowId = Annotated[int | None, Query(ge=1, lt=2**31, description="id of one contract")]


class ContractItem(BaseModel):
    """A contract on file; `end` is the first day after it."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 7,
                    "title": "Rehabilitation services agreement",
                    "number": "77-2026",
                    "solicitation_number": "048-2026",
                    "ocid": None,
                    "program": "or2",
                    "date_signed": "2026-03-01",
                    "start": "2026-04-01",
                    "end": "2029-04-01",
                }
            ]
        },
    )

    id: int
    title: str
    number: str | None
    solicitation_number: str | None
    ocid: str | None
    program: str | None
    date_signed: date | None
    start: date | None
    end: date | None
    evergreen: bool = Field(default=False, description="it runs until somebody ends it")
    maximum_amount: Decimal | None = Field(default=None, description="the most it may pay; text, exact to the cent")


class PlaceItem(BaseModel):
    """A value or a clause and where it stands; offsets count code points of the document's whole text."""

    value: str | None
    quote: str | None
    contract: str | None
    document: str | None
    page: int | None
    start: int | None
    end: int | None
    confidence: float
    kind: str | None
    document_id: int | None
    paragraph: int | None = None


class AnswerItem(BaseModel):
    """What the contracts say; value and quote are null when nothing is recorded."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "value": "90 days",
                    "quote": "The provider must send each invoice within 90 days after the date of service.",
                    "contract": "77-2026",
                    "document": "agreement.pdf",
                    "page": 4,
                    "as_of": "2026-07-08",
                    "confidence": 0.93,
                    "alternatives": [],
                }
            ]
        }
    )

    value: str | None
    quote: str | None
    contract: str | None
    document: str | None
    page: int | None
    as_of: date
    confidence: float
    alternatives: list[PlaceItem]
    place: PlaceItem | None = Field(default=None, description="where the answer itself stands, with its offsets")

    @classmethod
    def of(cls, found: lookup.Answer) -> "AnswerItem":
        """The item that an answer makes."""
        return cls.model_validate(found.to_json() | {"place": found.place.to_json() if found.recorded else None})


class FeeAnswer(BaseModel):
    """One fee line that holds on the day; `amount` is text, exact to the cent."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    code: str
    description: str
    amount: Decimal | None
    currency: str
    unit: str | None
    valid_from: date | None
    valid_to: date | None = Field(description="the first day after")
    page: int | None
    status: str = Field(description="`proposed` until a person confirms it")
    contract_id: int
    document_id: int | None = Field(default=None, description="null for one that was entered by hand")


@router.get("/contracts", responses=responses(422))
async def list_contracts(
    here: Here,
    me: Me,
    paged: Paged,
) -> Page[ContractItem]:
    """The organisation's contracts."""
    with here.database.read() as session:
        rows = store.contracts(session, organisation_id=me.organisation_id, limit=paged.limit + 1, after=paged.number() or 0)
    return paged.cut(rows, ContractItem.model_validate, by=lambda row: row.id)


@router.get("/contracts/ask", responses=responses(404, 422))
async def ask_contracts(
    here: Here,
    me: Me,
    question: Annotated[str, Query(min_length=1, max_length=500)],
    as_of: AsOf = None,
    contract: RowId = None,
    program: Annotated[str | None, Query(max_length=100, description="key of a program line")] = None,
    site: Annotated[str | None, Query(max_length=200, description="part of a site's name or address")] = None,
) -> AnswerItem:
    """What the contracts say about a question, with page and quote; a day named in the question goes before `as_of`."""
    with here.database.read() as session:
        if contract is not None:
            own_contract(session, contract, me.organisation_id)
        found = lookup.answer(
            session,
            question,
            organisation_id=me.organisation_id,
            as_of=as_of or read_day("", here.clock()),
            contract_id=contract,
            program=program,
            site=site,
        )
    return AnswerItem.of(found)


@router.get("/contracts/{contract_id}", responses=responses(404, 422))
async def show_contract(here: Here, me: Me, response: Response, contract_id: Number) -> ContractItem:
    """One contract; the ETag goes back with a change."""
    with here.database.read() as session:
        item = ContractItem.model_validate(own_contract(session, contract_id, me.organisation_id))
    response.headers["ETag"] = tag(item)
    return item


@router.get("/fees/{code}", responses=responses(422))
async def show_fees(here: Here, me: Me, paged: Paged, code: str, as_of: AsOf = None) -> Page[FeeAnswer]:
    """What a fee code is paid on a day; no items when nothing is recorded."""
    with here.database.read() as session:
        rows = fees.as_of(session, code[:50], organisation_id=me.organisation_id, day=as_of or read_day("", here.clock()))
    return paged.of(enumerate(rows), lambda numbered: FeeAnswer.model_validate(numbered[1]), by=lambda numbered: (numbered[0],))


def fee_place(row: FeeItem) -> Place:
    """Where a fee line stands in a list: by code, then by the day from which it holds."""
    return row.code, row.valid_from.isoformat() if row.valid_from else "", row.id or 0


def own_contract(session: Session, contract_id: int, organisation_id: int) -> Contract:
    """The organisation's contract; raises Problem 404."""
    known = 0 < contract_id < 2**31
    row = store.contract(session, contract_id, organisation_id=organisation_id) if known else None
    if row is None:
        raise Problem(404, "No contract with this number is on file.")
    return row
