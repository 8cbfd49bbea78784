"""What is kept about the keeping: the audit chain, how long records are kept, and holds against deletion."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from contracts.vocabulary.columns import JSON_COLUMN, UTCDateTime


class AuditEntry(SQLModel, table=True):
    """One link of an organisation's audit chain: `digest` covers the entry and the digest before it."""

    __table_args__ = (UniqueConstraint("organisation_id", "sequence"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    sequence: int  # from 1, without gaps
    at: datetime = Field(sa_type=UTCDateTime)
    actor: str
    action: str
    subject: str = Field(sa_type=Text)
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON_COLUMN, nullable=False))
    previous: str
    digest: str


class AuditHead(SQLModel, table=True):
    """Where an organisation's chain ends; its row is the lock that keeps writers in line, and shows a cut-off tail."""

    organisation_id: int = Field(primary_key=True)
    sequence: int = 0
    digest: str = ""


class LegalHold(SQLModel, table=True):
    """A record that may not be deleted, whatever its retention says, until the hold is lifted."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    subject: str = Field(index=True)  # "contract:12", "payee:3"
    reason: str = Field(sa_type=Text)
    placed_by: str
    placed_at: datetime = Field(sa_type=UTCDateTime)
    lifted_by: str | None = None
    lifted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class RetentionRule(SQLModel, table=True):
    """How long an organisation keeps a kind of record after it ended; `basis` says why, such as the clause or the statute."""

    __table_args__ = (UniqueConstraint("organisation_id", "record"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    record: str  # contract
    months: int
    basis: str = Field(sa_type=Text)
    automatic: bool = False  # disposed of by the clock; else only proposed to a person
    set_by: str
    set_at: datetime = Field(sa_type=UTCDateTime)
