"""A signed file, put on file: read in the sandbox, its original kept first, then its rows with the terms and fees it proposes."""

from dataclasses import dataclass
from dataclasses import replace as replace_fields
from datetime import date, datetime
from pathlib import Path

from sqlmodel import Session

from api.settings import Settings
from contracts import documents, fees, originals, store, terms
from contracts.documents import ReadDocument
from contracts.extraction import extract
from contracts.models import Contract, Document

KINDS = ("agreement", "amendment", "schedule", "manual", "template", "other")


@dataclass(frozen=True, slots=True)
class Filed:
    """The document's row, whether it is new, and how much was proposed from it."""

    document: Document
    new: bool
    terms: int = 0
    fees: int = 0


def read(source: Path | bytes, settings: Settings, name: str | None = None) -> ReadDocument:
    """What the file says, its signatures held against the certificates that this installation trusts; raises Unreadable."""
    return documents.read(source, name, anchors=[anchor.read_bytes() for anchor in sorted(settings.trust.glob("*"))])


def file(
    session: Session,
    document: ReadDocument,
    contract: Contract,
    *,
    folder: Path,
    now: datetime,
    by: str | None,
    kind: str = "agreement",
    version_date: date | None = None,
    replaces: Document | None = None,
) -> Filed:
    """Keep a read file under `contract` (a new one is stored too). The same bytes twice change nothing."""
    organisation_id = contract.organisation_id
    if known := store.by_digest(session, document.sha256, organisation_id=organisation_id):
        return Filed(known, new=False)
    alike = store.same_words(session, document, organisation_id=organisation_id)
    if alike is not None:
        note = f"Its words are those of document {alike.id} ({alike.file_name}): it may be the same paper, saved anew."
        document = replace_fields(document, notes=(*document.notes, note))
    originals.keep(folder, document)
    row = store.add(
        session,
        organisation_id=organisation_id,
        document=document,
        contract=contract,
        now=now,
        kind=kind,
        version_date=version_date,
        replaces=replaces,
        added_by=by,
    )
    found = extract(document.pages)
    proposed = terms.propose(session, row, terms.worth_asking(found.terms), now=now)
    lines = fees.propose(session, row, found.fees, pages=document.pages, now=now)
    return Filed(row, new=True, terms=len(proposed), fees=len(lines))
