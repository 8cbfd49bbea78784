"""A signed file, put on file: read in the sandbox, its original kept first, then its rows with the terms and fees it proposes."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlmodel import Session

from contracts import fees, originals, store, terms
from contracts.documents import ReadDocument
from contracts.extraction import extract
from contracts.models import Contract, Document


@dataclass(frozen=True, slots=True)
class Filed:
    """The document's row, whether it is new, and how much was proposed from it."""

    document: Document
    new: bool
    terms: int = 0
    fees: int = 0


def file(
    session: Session,
    read: ReadDocument,
    contract: Contract,
    *,
    folder: Path,
    now: datetime,
    by: str | None,
    kind: str = "agreement",
    version_date: date | None = None,
    replaces: Document | None = None,
) -> Filed:
    """Keep what was read under `contract` (a new one is stored too). The same bytes twice change nothing."""
    organisation_id = contract.organisation_id
    if known := store.by_digest(session, read.sha256, organisation_id=organisation_id):
        return Filed(known, new=False)
    originals.keep(folder, read)
    row = store.add(
        session,
        organisation_id=organisation_id,
        document=read,
        contract=contract,
        now=now,
        kind=kind,
        version_date=version_date,
        replaces=replaces,
        added_by=by,
    )
    found = extract(read.pages)
    proposed = terms.propose(session, row, terms.worth_asking(found.terms), now=now)
    lines = fees.propose(session, row, found.fees, pages=read.pages, now=now)
    return Filed(row, new=True, terms=len(proposed), fees=len(lines))
