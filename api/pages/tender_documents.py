"""The files that a tender names: each version's bytes, its text, and how it differs from the version before."""

import asyncio
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from api import bid_documents, storage
from api.dependencies import Here, Services
from api.problems import Problem
from api.rendering import render
from crawler import archive, files, store
from crawler.models import Capture, Tender, TenderDocument

router = APIRouter(include_in_schema=False)

UNKNOWN = "No such document of this tender was ever fetched here; the tender's page lists those that were."
ATTACHED = {"X-Content-Type-Options": "nosniff"}


@router.get("/tenders/{ocid}/documents/{document_id}")
async def document(request: Request, here: Here, ocid: str, document_id: int) -> Response:
    """One version: what is known of it, its text, and what differs from the version before."""
    tender, row, before = _found(here, ocid, document_id)
    differences: list[Any] = []
    if before is not None and before.text is not None and row.text is not None:
        short = max(len(before.text), len(row.text)) <= bid_documents.LONGEST_COMPARED
        differences = await asyncio.to_thread(bid_documents.steps, before.text, row.text) if short else []
    return render(request, "tender_document.html", tender=tender, document=row, before=before, differences=differences, ocid=ocid)


@router.get("/tenders/{ocid}/documents/{document_id}/file")
async def file(here: Here, ocid: str, document_id: int) -> Response:
    """The bytes as the portal gave them, to be saved and never shown: nobody here vouches for them."""
    _, row, _ = _found(here, ocid, document_id)
    folder = here.settings.archive
    if row.verdict == "infected":
        raise Problem(410, "The virus scanner found something in this file; it was taken away.")
    if row.sha256 is not None:
        await asyncio.to_thread(storage.bring_document, here.settings, row.sha256)
    if row.sha256 is None or not await asyncio.to_thread(files.whole, folder, row.sha256):
        raise Problem(404, "This file is not kept here, or no longer; open it on the portal.")
    return FileResponse(
        files.place(folder, row.sha256),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(_name(row), safe='')}", **ATTACHED},
    )


@router.get("/tenders/{ocid}/evidence/{release_id}")
async def evidence(here: Here, ocid: str, release_id: str) -> Response:
    """The answer of the portal that shows a piece of news, byte for byte as it came, to be saved and compared."""
    with here.database.read() as session:
        entry = next((one for one in store.history(session, ocid) if one.release.release_id == release_id), None)
    if entry is None or entry.capture is None:
        raise Problem(404, "No evidence of this is kept: it was recorded without a page.")
    return await kept_answer(here, entry.capture)


async def kept_answer(here: Services, capture: Capture) -> Response:
    """The answer as a download. Raises Problem where it is kept no more."""
    if capture.archive is None or capture.archive_offset is None:
        raise Problem(404, "This answer is not kept, or its time of keeping is over.")
    try:
        page = await asyncio.to_thread(storage.answer, here.settings, capture)
    except archive.NotKept as error:
        raise Problem(404, f"The evidence is not where it was kept: {error}.") from None
    name = f"{capture.source}-{capture.taken_at:%Y-%m-%dT%H%M%SZ}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **ATTACHED}
    return Response(page.body, media_type="application/octet-stream", headers=headers)


def _found(here: Services, ocid: str, document_id: int) -> tuple[Tender, TenderDocument, TenderDocument | None]:
    with here.database.read() as session:
        tender = store.tender(session, ocid)
        row = store.document(session, tender.ocid, document_id) if tender and 0 < document_id < 2**31 else None
        if tender is None or row is None:
            raise Problem(404, UNKNOWN)
        return tender, row, store.version_before(session, row)


def _name(row: TenderDocument) -> str:
    """What to save it as: the last part of its address."""
    return (row.url.split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1] or row.title)[:200]
