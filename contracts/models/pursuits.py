"""The clinic's own record of going after a tender: its decision, what is to be done, the proof, the result."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from contracts.vocabulary.columns import JSON_COLUMN, UTCDateTime


class Pursuit(SQLModel, table=True):
    """One tender that an organisation follows up. `ocid` names it across rooms and is no foreign key.

    `title`, `number` and `closes_at` are as they stood when it was taken up, so that the record reads without the watching room.
    """

    __table_args__ = (UniqueConstraint("organisation_id", "ocid"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    ocid: str
    title: str = Field(sa_type=Text)
    number: str | None = None
    closes_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    stage: str = Field(default="watching", index=True)  # a key of pipeline.STAGES
    owner: str | None = None  # who sees to it
    due: date | None = None  # our own day for having it ready, before the closing
    decision: str | None = Field(default=None, sa_type=Text)  # why go or no-go
    submitted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    confirmation: str | None = None  # number that the portal gave
    proof_sha256: str | None = None  # of the uploaded proof, kept among the originals
    proof_name: str | None = Field(default=None, sa_type=Text)
    debrief: str | None = Field(default=None, sa_type=Text)  # what was learned of the result
    contract_id: int | None = Field(default=None, foreign_key="contract.id")  # that came of it
    created_at: datetime = Field(sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime)


class PursuitTask(SQLModel, table=True):
    """One line of a pursuit's checklist."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    pursuit_id: int = Field(foreign_key="pursuit.id", index=True)
    position: int
    title: str = Field(sa_type=Text)
    owner: str | None = None
    due: date | None = None
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    done_by: str | None = None


class PursuitStep(SQLModel, table=True):
    """What was done with a pursuit, by whom, and the fields as they stood before: the history, and the way to take it back."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    pursuit_id: int = Field(foreign_key="pursuit.id", index=True)
    at: datetime = Field(sa_type=UTCDateTime)
    by: str = ""
    act: str  # a key of pipeline.ACTS, or `undo`
    old_stage: str
    new_stage: str
    before: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON_COLUMN, nullable=False))
    undone: bool = False
