"""What the contracts' documents hold, as JSON: files put on file, terms to decide on, particulars, versions side by side."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from api import filing, planning
from api.dependencies import Here, Me, Principal, Services
from api.json.contracts import FeeAnswer, fee_place, own_contract
from api.json.paging import Page, Paged
from api.json.shapes import Day, Number
from api.problems import Problem, responses
from contracts import compare, fees, refusals, store, terms
from contracts.models import Contract, Term

router = APIRouter(prefix="/api/v1", tags=["contracts"])

Text = Annotated[str, Form(max_length=300, pattern=r"^[^\x00]*$")]


class SignedDocument(BaseModel):
    """A signed file: kept byte for byte under its sha256, with what was found of its signatures."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    contract_id: int
    kind: str
    title: str
    file_name: str
    media_type: str
    sha256: str
    size: int = Field(description="bytes")
    pages: int
    version_date: date | None
    replaces_id: int | None
    signatures: list[dict[str, Any]] = Field(description="who, when, intact, trusted, changed since; shown, not certified")
    notes: list[str]
    added_at: datetime


class FiledItem(BaseModel):
    """What became of an upload; `new` is false for bytes that were here already."""

    document: SignedDocument
    new: bool
    terms: int = Field(description="terms proposed")
    fees: int = Field(description="fee lines proposed")


class TermItem(BaseModel):
    """What a contract says of one thing; `value` answers questions only once `status` is `confirmed`."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    contract_id: int
    kind: str
    value: str | None
    unit: str | None
    valid_from: date | None
    valid_to: date | None = Field(description="the first day after")
    document_id: int | None
    page: int | None
    start: int | None
    end: int | None
    quote: str | None
    confidence: float | None
    status: str
    decided_by: str | None


class Decision(BaseModel):
    """Corrections to a proposal that is confirmed; what is left out stays as it was read."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"value": "60 days"}]})

    value: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")] | None = None
    unit: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")] | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None


class TextChange(BaseModel):
    """One clause that is not the same in both documents: `changed`, `added` or `removed`."""

    what: str
    old_page: int | None
    old: str | None
    new_page: int | None
    new: str | None


@router.post("/documents", status_code=201, responses=responses(404, 413, 422))
async def add_document(
    here: Here,
    me: Me,
    file: Annotated[UploadFile, File(description="PDF, DOCX, TXT, PNG, JPEG or TIFF")],
    contract: Annotated[int | None, Form(ge=1, lt=2**31, description="id of its contract; a new one without it")] = None,
    title: Text = "",
    number: Text = "",
    program: Text = "",
    kind: Annotated[str, Form(pattern="^(" + "|".join(filing.KINDS) + ")$")] = "agreement",
    version_date: Annotated[Day | None, Form()] = None,
    replaces: Annotated[int | None, Form(ge=1, lt=2**31, description="id of the document it is a later version of")] = None,
) -> FiledItem:
    """Put a file on file: it is read in a child process, kept unchanged, and its terms and fees are proposed."""
    name, data = (file.filename or "document")[:200].replace("\x00", ""), await file.read()
    try:
        read = await asyncio.to_thread(filing.read, data, here.settings, name)
    except refusals.Unreadable as refusal:
        raise Problem(422, str(refusal)) from None

    def keep() -> FiledItem:
        with here.database.write() as session:
            owner = own_contract(session, contract, me.organisation_id) if contract is not None else None
            owner = owner or Contract(
                organisation_id=me.organisation_id,
                title=title.strip() or name,
                number=number.strip() or None,
                program=program.strip() or None,
                created_at=here.clock(),
            )
            older = store.document(session, replaces, organisation_id=me.organisation_id) if replaces is not None else None
            if replaces is not None and (older is None or older.contract_id != contract):
                raise Problem(404, "The document that this one replaces is not in this contract.")
            filed = filing.file(
                session,
                read,
                owner,
                folder=here.settings.originals,
                now=here.clock(),
                by=me.name,
                kind=kind,
                version_date=version_date,
                replaces=older,
            )
            return FiledItem(
                document=SignedDocument.model_validate(filed.document), new=filed.new, terms=filed.terms, fees=filed.fees
            )

    return await asyncio.to_thread(keep)


@router.get("/documents/compare", responses=responses(404, 422))
async def compare_documents(
    here: Here, me: Me, paged: Paged, old: Annotated[int, Query(ge=1, lt=2**31)], new: Annotated[int, Query(ge=1, lt=2**31)]
) -> Page[TextChange]:
    """What changed between two documents on file, clause by clause, in the new one's order."""
    with here.database.read() as session:
        texts = [[page.text for page in store.pages(session, one, organisation_id=me.organisation_id)] for one in (old, new)]
    if not all(texts):
        raise Problem(404, "No document with this number is on file.")
    found = await asyncio.to_thread(compare.changes, *texts)
    return paged.of(enumerate(found), lambda numbered: _text_change(numbered[1]), by=lambda numbered: (numbered[0],))


@router.get("/contracts/{contract_id}/documents", responses=responses(404, 422))
async def list_documents(here: Here, me: Me, paged: Paged, contract_id: Number) -> Page[SignedDocument]:
    """The contract's documents, with their signatures."""
    with here.database.read() as session:
        own_contract(session, contract_id, me.organisation_id)
        rows = store.documents(session, organisation_id=me.organisation_id, contract_id=contract_id)
    return paged.of(rows, SignedDocument.model_validate, by=lambda row: (row.id or 0,))


@router.get("/contracts/{contract_id}/terms", responses=responses(404, 422))
async def list_terms(
    here: Here,
    me: Me,
    paged: Paged,
    contract_id: Number,
    status: Annotated[str | None, Query(pattern="^(proposed|confirmed|rejected)$")] = None,
) -> Page[TermItem]:
    """The contract's terms that nothing supersedes."""
    with here.database.read() as session:
        own_contract(session, contract_id, me.organisation_id)
        rows = terms.listed(session, organisation_id=me.organisation_id, contract_id=contract_id, status=status)
    return paged.of(rows, TermItem.model_validate, by=lambda row: (row.kind, -round((row.confidence or 0) * 1e6), row.id or 0))


@router.get("/terms/{term_id}", responses=responses(404, 422))
async def show_term(here: Here, me: Me, term_id: Number) -> TermItem:
    """One term, of whichever contract."""
    with here.database.read() as session:
        row = terms.one(session, term_id, organisation_id=me.organisation_id)
    if row is None:
        raise Problem(404, "There is no such term.")
    return TermItem.model_validate(row)


@router.post("/contracts/{contract_id}/terms/{term_id}/confirm", responses=responses(404, 409, 422))
async def confirm_term(here: Here, me: Me, contract_id: Number, term_id: Number, wanted: Decision) -> TermItem:
    """Confirm a proposal, corrected where the body says so; from then on it answers questions."""
    said = wanted.model_dump(exclude_none=True)
    return _decided(
        here, me, contract_id, term_id, lambda session, row: terms.confirm(session, row, by=me.name, now=here.clock(), **said)
    )


@router.post("/contracts/{contract_id}/terms/{term_id}/reject", responses=responses(404, 409, 422))
async def reject_term(here: Here, me: Me, contract_id: Number, term_id: Number) -> TermItem:
    """Mark a proposal as wrong."""
    return _decided(here, me, contract_id, term_id, lambda session, row: terms.reject(session, row, by=me.name, now=here.clock()))


@router.get("/contracts/{contract_id}/fees", responses=responses(404, 422))
async def list_fees(here: Here, me: Me, paged: Paged, contract_id: Number) -> Page[FeeAnswer]:
    """The contract's fee lines that nothing supersedes, proposed ones among them."""
    with here.database.read() as session:
        own_contract(session, contract_id, me.organisation_id)
        rows = fees.listed(session, organisation_id=me.organisation_id, contract_id=contract_id)
    return paged.of(rows, FeeAnswer.model_validate, by=fee_place)


@router.post("/contracts/{contract_id}/terms/{term_id}/reconsider", responses=responses(404, 409, 422))
async def reconsider_term(here: Here, me: Me, contract_id: Number, term_id: Number) -> TermItem:
    """Put a decided term before a person again, as it was read."""
    return _decided(here, me, contract_id, term_id, lambda session, row: terms.reconsider(session, row, now=here.clock()))


def _text_change(one: compare.Difference) -> TextChange:
    return TextChange(
        what=one.what.value,
        old_page=one.old and one.old.page,
        old=one.old and one.old.text,
        new_page=one.new and one.new.page,
        new=one.new and one.new.text,
    )


def _decided(here: Services, me: Principal, contract_id: int, term_id: int, work: Callable[[Session, Term], Term]) -> TermItem:
    """The term after `work`, and what it makes due laid out anew."""
    with here.database.write() as session:
        owner = own_contract(session, contract_id, me.organisation_id)
        row = terms.one(session, term_id, organisation_id=me.organisation_id)
        if row is None or row.contract_id != contract_id:
            raise Problem(404, "There is no such term in this contract.")
        try:
            decided = work(session, row)
        except terms.AlreadyDecided as error:
            raise Problem(409, f"Nothing was changed: {error}.") from None
        planning.plan(session, owner, now=here.clock())
        return TermItem.model_validate(decided)
