"""Signed files as they were read: the document, its pages, and the clauses that the full-text index finds."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from contracts import fulltext
from contracts.vocabulary.columns import JSON_COLUMN, UTCDateTime


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
    text_sha256: str | None = Field(default=None, index=True)  # of its words, white space aside: tells a copy saved anew
    pages: int
    version_date: date | None = None
    replaces_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    signatures: list[Any] = Field(default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False))
    outline: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON_COLUMN, nullable=False))
    notes: list[Any] = Field(default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False))  # sentences for the reader
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
    origin: str = "text"  # text | ocr | none


class Clause(SQLModel, table=True):
    """A piece of a page that can be quoted alone; what the full-text index finds."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    document_id: int = Field(foreign_key="document.id", index=True)
    page: int
    start: int  # offsets into the document's whole text
    end: int
    text: str = Field(sa_type=Text)


fulltext.attach(SQLModel.metadata.tables["clause"])
