"""Every query of the keeping room that is not a ranked search; each takes the organisation whose rows it may see."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, or_
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from contracts.documents import ReadDocument
from contracts.models import Clause, Contract, ContractSite, Document, DocumentPage
from contracts.segments import segments

PER_LIST = 200


class WrongOrganisation(ValueError):
    """Raised when a row of one organisation would be tied to a row of another."""


def add(
    session: Session,
    *,
    organisation_id: int,
    document: ReadDocument,
    contract: Contract,
    now: datetime,
    kind: str = "agreement",
    title: str | None = None,
    version_date: date | None = None,
    replaces: Document | None = None,
    added_by: str | None = None,
) -> Document:
    """The document's row with its pages and clauses, under `contract` (a new one is stored too); flushed.

    The same bytes twice in one organisation are the document that is already there, and change nothing. The original must
    be in its place before (`originals.keep`).
    """
    if contract.organisation_id != organisation_id:
        raise WrongOrganisation("the contract belongs to another organisation")
    if known := by_digest(session, document.sha256, organisation_id=organisation_id):
        return known
    if contract.id is None:
        session.add(contract)
        session.flush()
    assert contract.id is not None
    row = Document(
        organisation_id=organisation_id,
        contract_id=contract.id,
        kind=kind,
        title=title or document.file_name,
        file_name=document.file_name,
        media_type=document.media_type,
        sha256=document.sha256,
        size=document.size,
        text_sha256=_words(document),
        pages=len(document.pages),
        version_date=version_date,
        replaces_id=replaces.id if replaces else None,
        signatures=list(document.signatures),
        outline=_outline(document),
        notes=list(document.notes),
        added_at=now,
        added_by=added_by,
    )
    session.add(row)
    session.flush()
    _write_text(session, row, document)
    return row


def by_digest(session: Session, sha256: str, *, organisation_id: int) -> Document | None:
    """The organisation's document with these bytes."""
    query = select(Document).where(Document.organisation_id == organisation_id, Document.sha256 == sha256)
    return session.exec(query).first()


def contract(session: Session, contract_id: int, *, organisation_id: int) -> Contract | None:
    """One contract of the organisation, or None, also where another organisation has it."""
    query = select(Contract).where(Contract.organisation_id == organisation_id, Contract.id == contract_id)
    return session.exec(query).first()


def contract_named(session: Session, name: str, *, organisation_id: int, by_id: bool = True) -> Contract | None:
    """The contract that a person names by its id, its number or its title."""
    if (
        by_id
        and name.isascii()
        and name.isdigit()
        and len(name) < 10
        and (found := contract(session, int(name), organisation_id=organisation_id))
    ):
        return found
    for column in (Contract.number, Contract.title):
        query = (
            select(Contract).where(Contract.organisation_id == organisation_id, col(column) == name).order_by(col(Contract.id))
        )
        if found := session.exec(query).first():
            return found
    return None


def contracts(
    session: Session, *, organisation_id: int, program: str | None = None, limit: int = PER_LIST, after: int = 0
) -> Sequence[Contract]:
    """The organisation's contracts by id, from after `after`."""
    query = select(Contract).where(Contract.organisation_id == organisation_id, col(Contract.id) > after)
    if program is not None:
        query = query.where(Contract.program == program)
    return session.exec(query.order_by(col(Contract.id)).limit(limit)).all()


def every_contract(session: Session, *, organisation_id: int) -> Sequence[Contract]:
    """All of the organisation's contracts, however many."""
    query = select(Contract).where(Contract.organisation_id == organisation_id)
    return session.exec(query.order_by(col(Contract.id))).all()


def same_words(session: Session, document: ReadDocument, *, organisation_id: int) -> Document | None:
    """The organisation's document with the same words in other bytes: a copy that was printed or saved anew."""
    query = select(Document).where(Document.organisation_id == organisation_id, Document.text_sha256 == _words(document))
    return session.exec(query.order_by(col(Document.id))).first()


def documents(
    session: Session, *, organisation_id: int, contract_id: int | None = None, limit: int = PER_LIST, after: int = 0
) -> Sequence[Document]:
    """The organisation's documents by id, of one contract or of all."""
    query = select(Document).where(Document.organisation_id == organisation_id, col(Document.id) > after)
    if contract_id is not None:
        query = query.where(Document.contract_id == contract_id)
    return session.exec(query.order_by(col(Document.id)).limit(limit)).all()


def document(session: Session, document_id: int, *, organisation_id: int) -> Document | None:
    """One document of the organisation, or None."""
    query = select(Document).where(Document.organisation_id == organisation_id, Document.id == document_id)
    return session.exec(query).first()


def pages(session: Session, document_id: int, *, organisation_id: int) -> Sequence[DocumentPage]:
    """The document's pages in order; none where another organisation has it."""
    query = select(DocumentPage).where(DocumentPage.organisation_id == organisation_id, DocumentPage.document_id == document_id)
    return session.exec(query.order_by(col(DocumentPage.number))).all()


def page(session: Session, document_id: int, number: int, *, organisation_id: int) -> DocumentPage | None:
    """One page of a document of the organisation, or None."""
    query = select(DocumentPage).where(
        DocumentPage.organisation_id == organisation_id, DocumentPage.document_id == document_id, DocumentPage.number == number
    )
    return session.exec(query).first()


def contract_ids(session: Session, *, organisation_id: int, program: str | None = None, site: str | None = None) -> Sequence[int]:
    """The ids of the organisation's contracts, of one program line, or with a site whose name or address holds `site`, or all."""
    query = select(Contract.id).where(Contract.organisation_id == organisation_id)
    if program is not None:
        query = query.where(Contract.program == program)
    if site is not None:
        holds = func.lower(col(ContractSite.name) + " " + func.coalesce(ContractSite.address, "")).contains(
            site.lower(), autoescape=True
        )
        query = query.where(col(Contract.id).in_(select(ContractSite.contract_id).where(holds)))
    return [one for one in session.exec(query).all() if one is not None]


def contracts_by_id(session: Session, ids: Collection[int], *, organisation_id: int) -> dict[int, Contract]:
    """Those of the organisation's contracts, by id."""
    if not ids:
        return {}
    rows = session.exec(_CONTRACTS, params={"organisation": organisation_id, "ids": list(ids)}).all()
    return {row.id: row for row in rows if row.id is not None}


def named(session: Session, ids: Collection[int], *, organisation_id: int) -> dict[int, Row[Any]]:
    """What those of the organisation's contracts are called and when they run (`number`, `title`, `start`, `end`, `evergreen`), by id."""
    if not ids:
        return {}
    rows = session.execute(_NAMED, {"organisation": organisation_id, "ids": list(ids)}).all()
    return {row.id: row for row in rows}


def in_force(session: Session, ids: Collection[int], *, organisation_id: int, day: date) -> dict[int, Row[Any]]:
    """Those of the organisation's documents whose version holds on the day: begun, and not yet replaced by one that has.

    Of each its `id`, `file_name` and `outline`, by id.
    """
    if not ids:
        return {}
    rows = session.execute(_IN_FORCE, {"organisation": organisation_id, "ids": list(ids), "day": day}).all()
    return {row.id: row for row in rows}


# built once: putting such a statement together costs more than running it
_IDS: Any = bindparam("ids", expanding=True)
_CONTRACTS = select(Contract).where(Contract.organisation_id == bindparam("organisation"), col(Contract.id).in_(_IDS))
_NAMED = select_columns(
    col(Contract.id), col(Contract.number), col(Contract.title), col(Contract.start), col(Contract.end), col(Contract.evergreen)
).where(col(Contract.organisation_id) == bindparam("organisation"), col(Contract.id).in_(_IDS))
_NEWER = aliased(Document)
_BEGUN = or_(col(_NEWER.version_date).is_(None), col(_NEWER.version_date) <= bindparam("day"))
_IN_FORCE = select_columns(col(Document.id), col(Document.file_name), col(Document.outline)).where(
    col(Document.organisation_id) == bindparam("organisation"),
    col(Document.id).in_(_IDS),
    or_(col(Document.version_date).is_(None), col(Document.version_date) <= bindparam("day")),
    ~select(_NEWER.id).where(_NEWER.replaces_id == Document.id, _BEGUN).exists(),
)


def _words(document: ReadDocument) -> str | None:
    """The digest of the document's words, white space aside; None for one without words, which is like no other."""
    words = " ".join(document.text.split())
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest() if words else None


def _outline(document: ReadDocument) -> dict[str, object]:
    if not document.paragraphs:
        return {}
    return {"headings": [asdict(heading) for heading in document.headings], "paragraphs": list(document.paragraphs)}


def _write_text(session: Session, row: Document, document: ReadDocument) -> None:
    keys = {"organisation_id": row.organisation_id, "document_id": row.id}
    position, rows = 0, []
    for number, (text, origin) in enumerate(zip(document.pages, document.origins, strict=True), start=1):
        rows.append({**keys, "number": number, "start": position, "text": text, "origin": origin})
        position += len(text) + 1
    session.execute(insert(DocumentPage), rows)
    clauses = [
        {**keys, "contract_id": row.contract_id, "page": piece.page, "start": piece.start, "end": piece.end, "text": piece.text}
        for piece in segments(document.pages, by_line=bool(document.paragraphs))
    ]
    if clauses:
        session.execute(insert(Clause), clauses)
