"""Reviewing what was read from a contract: one proposed term at a time beside the page that says it, or many at once."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from api import pictures, planning, storage
from api.dependencies import Here, Me, Principal
from api.forms import done
from api.pages.contracts import own_contract, own_document, row_id
from api.problems import Problem
from api.rendering import render
from contracts import days, originals, store, terms
from contracts.models import Document, DocumentPage, Term

router = APIRouter(include_in_schema=False)

AROUND = 600  # characters of the page's text shown on each side of a quote
VERDICTS: dict[str, Callable[..., Term]] = {"confirm": terms.confirm, "reject": terms.reject}
Ids = Annotated[list[int] | None, Form()]


@router.get("/contracts/{number}/review")
async def review(request: Request, here: Here, me: Me, number: str) -> Response:
    """The proposed term that `term` names, else the first, with what comes before and after it."""
    wanted = request.query_params.get("term", "")
    with here.database.read() as session:
        owner = own_contract(session, number, me)
        waiting = terms.to_review(session, organisation_id=me.organisation_id, contract_id=owner.id or 0)
        at = next((place for place, one in enumerate(waiting) if str(one.id) == wanted), 0)
        term = waiting[at] if waiting else None
        document, page = _where(session, term, me)
    start, end = _span(term, page)
    folder = here.settings.originals
    drawn: Sequence[pictures.Box] = ()
    if document is not None and page is not None:
        await asyncio.to_thread(storage.bring_original, here.settings, document.sha256)
        drawn = await asyncio.to_thread(pictures.boxes, folder, document, page.number, start, end)
    return render(
        request,
        "review.html",
        contract=owner,
        term=term,
        at=at,
        waiting=waiting,
        document=document,
        page=page,
        boxes=drawn,
        drawable=document is not None and pictures.drawable(document),
        parts=_around(page.text, start, end) if page else ("", "", ""),
    )


@router.get("/contracts/{number}/documents/{document_id}/pages/{page}/picture")
async def picture(here: Here, me: Me, number: str, document_id: int, page: int) -> Response:
    """A page as a PNG."""
    with here.database.read() as session:
        row = own_document(session, number, document_id, me)
    if not 0 < page <= row.pages:
        raise Problem(404, f"{row.file_name} has {row.pages} pages; there is no page {page}.")
    await asyncio.to_thread(storage.bring_original, here.settings, row.sha256)
    try:
        drawn = await asyncio.to_thread(pictures.picture, here.settings.originals, row, page)
    except originals.OriginalLost as error:
        raise Problem(410, str(error)) from None
    if drawn is None:
        raise Problem(404, "This page can't be drawn; its text and the original are there.")
    return Response(drawn, media_type="image/png")


@router.post("/contracts/{number}/review")
async def decide_many(here: Here, me: Me, number: str, verdict: Annotated[str, Form()] = "", term: Ids = None) -> Response:
    """Confirm, or mark as wrong, every term that was checked; those decided meanwhile stay as they are."""
    decide = VERDICTS.get(verdict)
    if decide is None:
        raise Problem(422, "Terms are confirmed or marked as wrong; nothing was changed.")
    with here.database.write() as session:
        owner = own_contract(session, number, me)
        for row in _proposed(session, owner.id or 0, me, term or []):
            decide(session, row, by=me.name, now=here.clock())
        planning.plan(session, owner, now=here.clock())
    return done(f"/contracts/{number}#review", "confirmed" if verdict == "confirm" else "refused")


@router.post("/contracts/{number}/review/{term_id}/{verdict}")
async def decide(
    here: Here, me: Me, number: str, term_id: int, verdict: str, value: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    """Confirm a proposed term, corrected if need be, or mark it as wrong, and go on to the next."""
    with here.database.write() as session:
        owner, row = own_contract(session, number, me), terms.one(session, row_id(term_id), organisation_id=me.organisation_id)
        if row is None or row.contract_id != owner.id or verdict not in VERDICTS:
            raise Problem(404, "There is no such term to decide on in this contract.")
        following = _following(session, row, me)
        corrected = _corrections(row, value.replace("\0", "").strip()) if verdict == "confirm" else {}
        try:
            decided = VERDICTS[verdict](session, row, by=me.name, now=here.clock(), **corrected)
        except terms.AlreadyDecided as error:
            raise Problem(409, f"Nothing was changed: {error}.") from None
        planning.plan(session, owner, now=here.clock())
    address = f"/contracts/{owner.id}/review" + (f"?term={following.id}" if following else "")
    return done(address, "confirmed" if verdict == "confirm" else "refused", of=decided.id)


@router.post("/terms/{term_id}/reconsider")
async def reconsider(here: Here, me: Me, term_id: int) -> Response:
    """Put a decided term before a person again."""
    with here.database.write() as session:
        row = terms.one(session, row_id(term_id), organisation_id=me.organisation_id)
        if row is None:
            raise Problem(404, "There is no such term to decide on in this contract.")
        try:
            again = terms.reconsider(session, row, now=here.clock())
        except terms.AlreadyDecided as error:
            raise Problem(409, f"Nothing was changed: {error}.") from None
        planning.plan(session, own_contract(session, str(row.contract_id), me), now=here.clock())
    return done(f"/contracts/{row.contract_id}/review?term={again.id}", "taken_back")


def _corrections(row: Term, wanted: str) -> dict[str, str | None]:
    """What a person corrected; a length of time may be given in words, and said otherwise is no correction."""
    if wanted == (row.value or ""):
        return {}
    said = days.spoken(wanted)
    if said is None:
        return {"value": wanted}
    return {} if days.Span.parse(*said) == _span_of(row) else {"value": said[0], "unit": said[1]}


def _span_of(row: Term) -> days.Span | None:
    try:
        return days.Span.parse(row.value or "", row.unit)
    except ValueError:
        return None


def _following(session: Session, row: Term, me: Principal) -> Term | None:
    """The proposed term after this one, from the beginning again behind the last."""
    waiting = terms.to_review(session, organisation_id=me.organisation_id, contract_id=row.contract_id)
    at = next((place for place, one in enumerate(waiting) if one.id == row.id), len(waiting))
    return next(iter([*waiting[at + 1 :], *waiting[:at]]), None)


def _proposed(session: Session, contract_id: int, me: Principal, ids: Sequence[int]) -> list[Term]:
    waiting = terms.to_review(session, organisation_id=me.organisation_id, contract_id=contract_id)
    return [row for row in waiting if row.id in set(ids)]


def _where(session: Session, term: Term | None, me: Principal) -> tuple[Document | None, DocumentPage | None]:
    """The document that a term was read from, and the page."""
    if term is None or term.document_id is None or term.page is None:
        return None, None
    document = store.document(session, term.document_id, organisation_id=me.organisation_id)
    return document, store.page(session, term.document_id, term.page, organisation_id=me.organisation_id)


def _span(term: Term | None, page: DocumentPage | None) -> tuple[int, int]:
    """The quote's offsets into its page's text."""
    if term is None or page is None or term.start is None or term.end is None:
        return 0, 0
    length = len(page.text)
    return min(max(term.start - page.start, 0), length), min(max(term.end - page.start, 0), length)


def _around(text: str, start: int, end: int) -> tuple[str, str, str]:
    return text[max(0, start - AROUND) : start], text[start:end], text[end : end + AROUND]
