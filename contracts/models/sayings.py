"""What contracts say and make due. Bitemporal: a row is never overwritten, a newer one supersedes it.

Spans of days are half-open and None is open.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, Index, Numeric, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from contracts.vocabulary.columns import UTCDateTime


class Term(SQLModel, table=True):
    """What a contract says of one thing, for a span of days, with where it stands. Never overwritten: a newer row supersedes."""

    __table_args__ = (Index("ix_term_contract_kind", "contract_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    document_id: int | None = Field(default=None, foreign_key="document.id")
    kind: str = Field(index=True)
    value: str | None = Field(default=None, sa_type=Text)
    unit: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None  # half-open
    recorded_at: datetime = Field(sa_type=UTCDateTime)
    superseded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    page: int | None = None
    start: int | None = None  # offsets into the document's whole text
    end: int | None = None
    quote: str | None = Field(default=None, sa_type=Text)
    confidence: float | None = None
    status: str = "proposed"  # proposed | confirmed | rejected
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    replaces_id: int | None = Field(default=None, foreign_key="term.id")


class FeeItem(SQLModel, table=True):
    """One line of a fee schedule, payable for services within its half-open span of days; None is open."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    document_id: int | None = Field(default=None, foreign_key="document.id")
    code: str = Field(index=True)
    description: str = Field(sa_type=Text)
    amount: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 2)))
    currency: str = "CAD"
    unit: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    page: int | None = None
    start: int | None = None  # offsets into the document's whole text
    end: int | None = None
    quote: str | None = Field(default=None, sa_type=Text)  # the line as printed
    status: str = "proposed"  # proposed | confirmed | rejected
    recorded_at: datetime = Field(sa_type=UTCDateTime)
    superseded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    replaces_id: int | None = Field(default=None, foreign_key="feeitem.id")


class Obligation(SQLModel, table=True):
    """Something due on a day, and the rule and facts that made it so; `key` makes planning it again harmless."""

    __table_args__ = (UniqueConstraint("organisation_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    term_id: int | None = Field(default=None, foreign_key="term.id")
    key: str
    kind: str
    title: str = Field(sa_type=Text)
    due: date = Field(index=True)
    remind_on: date | None = None
    basis: str = Field(sa_type=Text)  # the sentence that shows how the day was computed
    owner: str | None = None
    state: str = "open"  # open | done | waived
    note: str | None = Field(default=None, sa_type=Text)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created_at: datetime = Field(sa_type=UTCDateTime)
