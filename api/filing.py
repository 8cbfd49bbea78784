"""A signed file, put on file: read in the sandbox, its original kept first, then its rows with the terms and fees it proposes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from contracts import fees, originals, store, terms
from contracts.documents import ReadDocument
from contracts.extraction import ProposedTerm, extract
from contracts.models import Contract, Document

SURE_ENOUGH = 0.5  # of a candidate to be shown to a person; below it the page is quoted when asked, but nothing is proposed


@dataclass(frozen=True, slots=True)
class Filed:
    """The document's row, whether it is new, and how much was proposed from it."""

    document: Document
    new: bool
    terms: int = 0
    fees: int = 0


def file(
    session: Session, read: ReadDocument, contract: Contract, *, folder: Path, now: datetime, by: str, kind: str = "agreement"
) -> Filed:
    """Keep what was read under `contract` (a new one is stored too). The same bytes twice change nothing."""
    organisation_id = contract.organisation_id
    if known := store.by_digest(session, read.sha256, organisation_id=organisation_id):
        return Filed(known, new=False)
    originals.keep(folder, read)
    row = store.add(session, organisation_id=organisation_id, document=read, contract=contract, now=now, kind=kind, added_by=by)
    sure: list[Any] = best(extract(read.pages).terms)  # frozen values, which the protocol's plain attributes don't admit
    proposed = terms.propose(session, row, sure, now=now)
    lines = fees.propose(session, row, fees.read(read.pages), now=now)
    return Filed(row, new=True, terms=len(proposed), fees=len(lines))


def best(candidates: Iterable[ProposedTerm]) -> list[ProposedTerm]:
    """Of each kind the likeliest candidate, if it is sure enough to take a person's time."""
    first: dict[str, ProposedTerm] = {}
    for candidate in candidates:
        held = first.get(candidate.kind)
        if candidate.confidence >= SURE_ENOUGH and (held is None or candidate.confidence > held.confidence):
            first[candidate.kind] = candidate
    return list(first.values())
