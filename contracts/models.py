"""Tables of the keeping room. Every row carries its organisation and is reached only through it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Numeric, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from contracts.vocabulary import JSON_COLUMN, UTCDateTime


class Contract(SQLModel, table=True):
    """A signed agreement (OCDS contract): whom it binds, when it runs, which tender and program line it came from."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    title: str = Field(sa_type=Text)
    number: str | None = None
    solicitation_number: str | None = None
    ocid: str | None = None  # of the tender it came from, if we watched it
    program: str | None = None  # program line key
    date_signed: date | None = None
    start: date | None = None  # half-open: the first day
    end: date | None = None  # the first day after
    created_at: datetime = Field(sa_type=UTCDateTime)


class Document(SQLModel, table=True):
    """A file kept byte for byte under its sha256; a second copy of the same bytes in one organisation is the same document."""

    __table_args__ = (UniqueConstraint("organisation_id", "sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    kind: str = "agreement"  # agreement | amendment | schedule | manual | template | other
    title: str = Field(sa_type=Text)
    file_name: str = Field(sa_type=Text)
    media_type: str
    sha256: str = Field(index=True)
    size: int  # bytes
    pages: int
    version_date: date | None = None
    replaces_id: int | None = Field(default=None, foreign_key="document.id")
    signatures: list[Any] = Field(default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False))
    added_at: datetime = Field(sa_type=UTCDateTime)
    added_by: str | None = None


class DocumentPage(SQLModel, table=True):
    """One page's text as read; `start` is its offset (code points) in the document's whole text, pages joined by form feeds."""

    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    document_id: int = Field(foreign_key="document.id", index=True)
    number: int  # from 1
    start: int
    text: str = Field(sa_type=Text)
    origin: str = "text"  # text | ocr


class Term(SQLModel, table=True):
    """What a contract says of one thing, for a span of days, with where it stands. Never overwritten: a newer row supersedes."""

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
    status: str = "proposed"
    recorded_at: datetime = Field(sa_type=UTCDateTime)
    superseded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
