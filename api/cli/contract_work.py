"""What the commands of `bidkeeper contracts` do on this machine's database: filing, reading, asking and deciding."""

from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import Session

from api import filing
from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, now, open_database
from api.cli.common import contract_named
from api.settings import Settings
from contracts import documents, fees, lookup, particulars, refusals, store, terms
from contracts.models import Contract, Document

CONTRACT = ("id", "title", "number", "solicitation_number", "ocid", "program", "date_signed", "start", "end", "evergreen")
DOCUMENT = (
    *("id", "contract_id", "kind", "title", "file_name", "media_type", "sha256", "size", "pages", "version_date"),
    *("replaces_id", "signatures", "notes"),
)
TERM = (
    *("id", "kind", "value", "unit", "valid_from", "valid_to", "document_id", "page", "start", "end", "quote", "confidence"),
    *("status", "decided_by"),
)
FEE = ("id", "code", "description", "currency", "unit", "valid_from", "valid_to", "page", "status")
NONE = "there is no {what} {number}: `bidkeeper contracts show CONTRACT` lists them"


def filed(
    file: Path, facts: dict[str, str | None], *, kind: str, contract: str | None, version: date | None, replaces: int | None
) -> dict[str, Any]:
    """The document that a file became, or was; `facts` are title, number and program of a new contract. Raises CommandError."""
    read = read_file(file)
    settings, moment = Settings(), now()
    with open_database(settings).write() as session:
        owner = _owner(session, contract, facts["number"]) or Contract(
            organisation_id=FIRST_ORGANISATION,
            title=facts["title"] or file.stem,
            number=facts["number"],
            program=facts["program"],
            created_at=moment,
        )
        done = filing.file(
            session,
            read,
            owner,
            folder=settings.originals,
            now=moment,
            by=None,
            kind=kind,
            version_date=version,
            replaces=_document(session, replaces) if replaces is not None else None,
        )
        counts = {"new": done.new, "proposed": {"terms": done.terms, "fees": done.fees}}
        return _shown(done.document, DOCUMENT) | counts


def listed() -> list[dict[str, Any]]:
    """The contracts on file."""
    with open_database(Settings()).read() as session:
        return [_shown(row, CONTRACT) for row in store.contracts(session, organisation_id=FIRST_ORGANISATION)]


def whole(contract: str) -> dict[str, Any]:
    """One contract with its documents, terms, fees and particulars; raises CommandError."""
    with open_database(Settings()).read() as session:
        row = contract_named(session, contract)
        assert row.id is not None
        found: dict[str, Any] = {"organisation_id": FIRST_ORGANISATION, "contract_id": row.id}
        return _shown(row, CONTRACT) | {
            "documents": [_shown(document, DOCUMENT) for document in store.documents(session, **found)],
            "terms": [_shown(term, TERM) for term in terms.listed(session, **found)],
            "fees": [fee_json(item, row, None) for item in fees.listed(session, **found)],
            "particulars": {
                kind: [particulars.shown(kind, one) for one in particulars.listed(session, row, kind)]
                for kind in particulars.KINDS
            },
        }


def answered(
    question: str, contract: str | None, as_of: date, program: str | None, site: str | None
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What is on file about a question, and where it stands; None where nothing is recorded. Raises CommandError."""
    with open_database(Settings()).read() as session:
        chosen = contract_named(session, contract).id if contract else None
        found = lookup.answer(
            session, question, organisation_id=FIRST_ORGANISATION, contract_id=chosen, as_of=as_of, program=program, site=site
        )
    return found.to_json(), found.place.to_json() if found.recorded else None


def paid(code: str, contract: str | None, as_of: date) -> list[dict[str, Any]]:
    """The fee lines of a code that hold on the day; raises CommandError."""
    with open_database(Settings()).read() as session:
        chosen = contract_named(session, contract).id if contract else None
        rows = fees.as_of(session, code, organisation_id=FIRST_ORGANISATION, day=as_of)
        owners = store.contracts_by_id(session, {row.contract_id for row in rows}, organisation_id=FIRST_ORGANISATION)
        papers = {row.document_id: _document(session, row.document_id) for row in rows if row.document_id is not None}
        return [
            fee_json(row, owners[row.contract_id], papers.get(row.document_id or 0))
            for row in rows
            if chosen is None or row.contract_id == chosen
        ]


def confirmed(term: int, corrections: dict[str, Any], by: str) -> dict[str, Any]:
    """The term as it answers from now on; raises CommandError."""
    with open_database(Settings()).write() as session:
        row = decidable(terms.one(session, term, organisation_id=FIRST_ORGANISATION), "term", term)
        return _shown(refusing(lambda: terms.confirm(session, row, by=by, now=now(), **corrections)), TERM)


def rejected(term: int, by: str) -> None:
    """Mark a proposed term as wrong; raises CommandError."""
    with open_database(Settings()).write() as session:
        row = decidable(terms.one(session, term, organisation_id=FIRST_ORGANISATION), "term", term)
        refusing(lambda: terms.reject(session, row, by=by, now=now()))


def read_file(file: Path) -> documents.ReadDocument:
    """What the file says; raises CommandError with the sentence that says why not."""
    try:
        return filing.read(file, Settings())
    except refusals.Unreadable as refusal:
        raise CommandError(str(refusal)) from refusal


def fee_json(item: Any, contract: Contract, document: Document | None) -> dict[str, Any]:
    """A fee's row as the command line prints it; the amount is text, exact to the cent."""
    return _shown(item, FEE) | {
        "amount": None if item.amount is None else f"{item.amount:f}",
        "contract": contract.number or contract.title,
        "document": document.file_name if document else None,
    }


def _owner(session: Session, contract: str | None, number: str | None) -> Contract | None:
    """The contract that a file is added to: the one named, else the one with this number."""
    if contract is not None:
        return contract_named(session, contract)
    return store.contract_named(session, number, organisation_id=FIRST_ORGANISATION, by_id=False) if number else None


def _document(session: Session, document_id: int) -> Document:
    found = store.document(session, document_id, organisation_id=FIRST_ORGANISATION)
    if found is None:
        raise CommandError(f"there is no document {document_id}: `bidkeeper contracts show` lists them")
    return found


def decidable(row: Any, what: str, number: int) -> Any:
    """The row; raises CommandError where there is none."""
    if row is None:
        raise CommandError(NONE.format(what=what, number=number))
    return row


def refusing(work: Any) -> Any:
    """What `work` gives; its refusal as CommandError."""
    try:
        return work()
    except ValueError as error:
        raise CommandError(str(error)) from error


def _shown(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
