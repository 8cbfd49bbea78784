"""Rows of the keeping room; a test names what matters to it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from contracts import documents, store
from contracts.models import Contract, Document, FeeItem, Term
from tests.contracts import samples

NOW = datetime(2026, 4, 1, 17, 0, tzinfo=UTC)
TODAY = date(2026, 4, 1)


def contract(organisation_id: int = 1, **named: Any) -> Contract:
    return Contract(**{"organisation_id": organisation_id, "title": "OR2 agreement", "created_at": NOW} | named)


def text(content: str, name: str = "agreement.txt") -> documents.ReadDocument:
    return documents.read(content.encode(), name)


def added(session: Session, content: str | None = None, owner: Contract | None = None, **named: Any) -> Document:
    """A text document in the store, of the sample agreement unless its content is given."""
    owner = owner or contract()
    content = "\f".join(samples.AGREEMENT) if content is None else content
    name = named.pop("file_name", "agreement.txt")
    return store.add(
        session, organisation_id=owner.organisation_id, document=text(content, name), contract=owner, now=NOW, **named
    )


def term(session: Session, document: Document, **named: Any) -> Term:
    row = Term(
        **{
            "organisation_id": document.organisation_id,
            "contract_id": document.contract_id,
            "document_id": document.id,
            "kind": "report_due",
            "value": "P5D",
            "quote": "submit the Discharge Report within 5 business days",
            "page": 1,
            "recorded_at": NOW,
        }
        | named
    )
    session.add(row)
    session.flush()
    return row


def fee(session: Session, document: Document, code: str = "OR210", amount: str = "412.50", **named: Any) -> FeeItem:
    row = FeeItem(
        **{
            "organisation_id": document.organisation_id,
            "contract_id": document.contract_id,
            "document_id": document.id,
            "code": code,
            "description": "Initial assessment",
            "amount": Decimal(amount),
            "page": 3,
            "recorded_at": NOW,
        }
        | named
    )
    session.add(row)
    session.flush()
    return row
