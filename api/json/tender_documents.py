"""The files that were fetched for a tender, as JSON."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api import bid_documents
from api.dependencies import Here
from api.json.paging import Page, Paged
from api.json.tenders import found
from api.problems import Problem, responses
from crawler import store
from crawler.models import TenderDocument

router = APIRouter(prefix="/api/v1", tags=["tenders"])


class DocumentItem(BaseModel):
    """One version of a file that a tender names; `superseded` is when another one took its place."""

    id: int
    title: str
    url: str = Field(description="as the portal gave it: check it before following")
    sha256: str | None = Field(description="null where it could never be fetched; `trouble` says why")
    size: int | None
    media_type: str
    fetched: datetime | None
    checked: datetime
    superseded: datetime | None
    replaces: int | None
    scan: str = Field(description="`clean`, `infected` (taken away) or `unscanned`")
    scan_note: str
    text_note: str = Field(description="why no text could be read, else empty")
    trouble: str | None

    @classmethod
    def of(cls, row: TenderDocument) -> "DocumentItem":
        """The item that a stored version makes."""
        return cls(
            id=row.id or 0,
            title=row.title,
            url=row.url,
            sha256=row.sha256,
            size=row.size,
            media_type=row.media_type,
            fetched=row.fetched_at,
            checked=row.checked_at,
            superseded=row.superseded_at,
            replaces=row.replaces_id,
            scan=row.verdict,
            scan_note=row.verdict_note,
            text_note=row.text_note,
            trouble=row.trouble,
        )


class DocumentText(BaseModel):
    """A version's text, null where none could be read; `difference` in words, null without a version before."""

    document: DocumentItem
    text: str | None
    difference: str | None


@router.get("/tenders/{ocid}/documents", responses=responses(404))
async def list_documents(here: Here, paged: Paged, ocid: str) -> Page[DocumentItem]:
    """The files that were fetched for a tender, every version of each; those that count first."""
    with here.database.read() as session:
        rows = store.documents(session, found(session, ocid))
    return paged.of(rows, DocumentItem.of, by=lambda row: (int(row.superseded_at is not None), row.title, -(row.id or 0)))


@router.get("/tenders/{ocid}/documents/{document_id}/text", responses=responses(404))
async def show_text(here: Here, ocid: str, document_id: Annotated[int, Path(ge=1, lt=2**31)]) -> DocumentText:
    """The text of one version, and how it differs from the version before."""
    with here.database.read() as session:
        row = store.document(session, found(session, ocid).ocid, document_id)
        if row is None:
            raise Problem(404, "No such document of this tender was ever fetched here.")
        before = store.version_before(session, row)
    told = before.text if before else None
    difference = bid_documents.difference(told, row.text) if told is not None and row.text is not None else None
    return DocumentText(document=DocumentItem.of(row), text=row.text, difference=difference)
