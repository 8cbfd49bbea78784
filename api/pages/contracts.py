"""The contracts on file: the list, one with its documents, terms and fees, a page of a document, and the ask box."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api import filing, storage
from api.dependencies import Here, Me, Principal, Services
from api.forms import done
from api.languages import N_
from api.problems import Problem
from api.rendering import render
from contracts import fees, lookup, originals, refusals, store, terms
from contracts.days import home_day
from contracts.models import Contract, Document

router = APIRouter(include_in_schema=False)

NO_CONTRACT = N_("No contract with this number is on file; the list of contracts names those that are.")
LONGEST_QUESTION = 500


@router.get("/contracts")
async def contracts(request: Request, here: Here, me: Me) -> Response:
    """The contracts on file, the ask box, and the form that adds one."""
    return _list(request, here, me)


@router.post("/contracts")
async def add(
    request: Request,
    here: Here,
    me: Me,
    file: Annotated[UploadFile, File()],
    title: Annotated[str, Form(max_length=300)] = "",
    number: Annotated[str, Form(max_length=100)] = "",
    contract: Annotated[str, Form(max_length=10)] = "",
    kind: Annotated[str, Form(max_length=20)] = "agreement",
    version: Annotated[str, Form(max_length=10)] = "",
    replaces: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Put a signed file on file, under a contract that is there or a new one; `replaces` is the document it is a later version of."""
    if kind not in filing.KINDS:
        raise Problem(422, f"There is no such kind of document: use {', '.join(filing.KINDS)}.")
    name, data = (file.filename or "document")[:200], await file.read()
    try:
        # a child process reads it, and takes its time
        read = await asyncio.to_thread(filing.read, data, here.settings, name)
    except refusals.Unreadable as refusal:
        return _list(request, here, me, error=str(refusal))

    def keep() -> filing.Filed:
        with here.database.write() as session:
            owner = own_contract(session, contract, me) if contract else None
            owner = owner or Contract(
                organisation_id=me.organisation_id,
                title=title.strip() or name.rsplit(".", 1)[0],
                number=number.strip() or None,
                created_at=here.clock(),
            )
            return filing.file(
                session,
                read,
                owner,
                folder=here.settings.originals,
                now=here.clock(),
                by=me.name,
                kind=kind,
                version_date=_version(version),
                replaces=own_document(session, contract, int(replaces), me) if replaces.isdecimal() else None,
            )

    filed = await asyncio.to_thread(keep)
    return done(f"/contracts/{filed.document.contract_id}", "added" if filed.new else "known")


@router.get("/contracts/ask")
async def ask(request: Request, here: Here, me: Me) -> Response:
    """What the contracts say about a question, as of a day, with page and quote; or that nothing is recorded."""
    query = request.query_params
    question, contract = query.get("question", "").strip()[:LONGEST_QUESTION], query.get("contract", "")
    day = read_day(query.get("day", ""), here.clock())
    with here.database.read() as session:
        chosen = own_contract(session, contract, me) if contract else None
        found = None
        if question:
            found = lookup.answer(
                session,
                question,
                organisation_id=me.organisation_id,
                as_of=day,
                contract_id=chosen.id if chosen else None,
                program=query.get("program", "")[:100] or None,
                site=query.get("site", "").strip()[:200] or None,
            )
        every = store.contracts(session, organisation_id=me.organisation_id)
    return render(
        request, "answer.html", question=question, contract=contract, day=day, found=found, contracts=every, chosen=chosen
    )


@router.get("/contracts/{number}")
async def contract(request: Request, here: Here, me: Me, number: str) -> Response:
    """One contract: its facts, documents, terms to review, terms in use, and fees."""
    with here.database.read() as session:
        row = own_contract(session, number, me)
        assert row.id is not None
        found: Any = {"organisation_id": me.organisation_id, "contract_id": row.id}
        return render(
            request,
            "contract.html",
            contract=row,
            one_day=timedelta(days=1),
            documents=store.documents(session, **found),
            proposed=terms.to_review(session, **found),
            confirmed=terms.listed(session, status="confirmed", **found),
            fees=[item for item in fees.listed(session, **found) if item.status != "rejected"],
        )


@router.get("/contracts/{number}/documents/{document_id}/original")
async def original(here: Here, me: Me, number: str, document_id: int) -> Response:
    """The signed file, byte for byte, always as a download: it is never shown within our own pages."""
    with here.database.read() as session:
        row = own_document(session, number, document_id, me)
    try:
        data = await asyncio.to_thread(storage.original, here.settings, row.sha256)
    except originals.OriginalLost as error:
        raise Problem(410, str(error)) from None
    return Response(
        data,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.file_name, safe='')}"},
    )


@router.get("/contracts/{number}/documents/{document_id}/pages/{page}")
async def page(request: Request, here: Here, me: Me, number: str, document_id: int, page: int) -> Response:
    """One page's text as it was read, with a quote marked where `start` and `end` (offsets into the whole text) say."""
    with here.database.read() as session:
        row = own_document(session, number, document_id, me)
        shown = store.page(session, document_id, page, organisation_id=me.organisation_id) if 0 < page < 2**31 else None
        owner = own_contract(session, number, me)
    if shown is None:
        raise Problem(404, f"{row.file_name} has {row.pages} pages; there is no page {page}.")
    start, end = (_offset(request.query_params.get(name, ""), shown.start, len(shown.text)) for name in ("start", "end"))
    parts = (shown.text[:start], shown.text[start:end], shown.text[end:]) if start < end else (shown.text, "", "")
    return render(request, "document_page.html", document=row, contract=owner, page=shown, parts=parts)


@router.post("/contracts/{number}/fees/{fee_id}/{verdict}")
async def decide_fee(here: Here, me: Me, number: str, fee_id: int, verdict: str) -> Response:
    """Confirm a proposed fee line or mark it as wrong."""
    with here.database.write() as session:
        owner, row = own_contract(session, number, me), fees.one(session, row_id(fee_id), organisation_id=me.organisation_id)
        if row is None or row.contract_id != owner.id or verdict not in {"confirm", "reject"}:
            raise Problem(404, "There is no such fee to decide on in this contract.")
        try:
            decide = fees.reject if verdict == "reject" else fees.confirm
            decide(session, row, by=me.name, now=here.clock())
        except ValueError as error:  # an overlap, or decided before
            raise Problem(409, f"Nothing was changed: {str(error).rstrip('.')}.") from None
    return done(f"/contracts/{owner.id}", "confirmed" if verdict == "confirm" else "refused")


@router.get("/fees")
async def fee(request: Request, here: Here, me: Me) -> Response:
    """What a fee code is paid on a day."""
    code = request.query_params.get("code", "").strip()[:50]
    day = read_day(request.query_params.get("day", ""), here.clock())
    with here.database.read() as session:
        rows = fees.as_of(session, code, organisation_id=me.organisation_id, day=day) if code else []
        every = [] if code else fees.confirmed(session, organisation_id=me.organisation_id, day=day, codes=None)
        owners = store.contracts_by_id(session, {row.contract_id for row in rows}, organisation_id=me.organisation_id)
    return render(request, "fees.html", code=code, day=day, rows=rows, every=every, owners=owners)


@router.get("/fees/{code}")
async def fee_link(code: str) -> Response:
    """The look-up of one code, by a short address."""
    return RedirectResponse(f"/fees?code={quote(code, safe='')}", 303)


def _version(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Problem(422, "Nothing was stored: write the day of the version as 2026-04-01.") from None


def read_day(text: str, now: datetime) -> date:
    """The day a form names, else today in British Columbia."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return home_day(now)


def _list(request: Request, here: Services, me: Principal, *, error: str = "") -> Response:
    with here.database.read() as session:
        rows = store.contracts(session, organisation_id=me.organisation_id)
    return render(request, "contracts.html", status_code=422 if error else 200, contracts=rows, error=error)


def own_contract(session: Session, number: str, me: Principal) -> Contract:
    """The organisation's contract; raises Problem 404, also for what is no number."""
    known = number.isascii() and number.isdecimal() and len(number) < 10
    row = store.contract(session, int(number), organisation_id=me.organisation_id) if known else None
    if row is None:
        raise Problem(404, NO_CONTRACT)
    return row


def own_document(session: Session, number: str, document_id: int, me: Principal) -> Document:
    """A document of the organisation's contract; raises Problem 404."""
    owner = own_contract(session, number, me)
    row = store.document(session, row_id(document_id), organisation_id=me.organisation_id)
    if row is None or row.contract_id != owner.id:
        raise Problem(404, "There is no such document in this contract.")
    return row


def row_id(number: int) -> int:
    """`number` where a row may have it, else 0, which none has."""
    return number if 0 <= number < 2**31 else 0


def _offset(text: str, page_start: int, length: int) -> int:
    """An offset into the whole text as one into the page, cut to the page; 0 for what is no number."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else page_start
    return min(max(number - page_start, 0), length)
