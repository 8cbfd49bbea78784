"""Whom to pay. Account digits and tax numbers stand in `Secret` alone, as ciphertext."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from contracts.vocabulary.columns import JSON_COLUMN, UTCDateTime


class Payee(SQLModel, table=True):
    """One payee number of an organisation. Account digits and tax numbers are ciphertext in `Secret`, never here."""

    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    number: str
    legal_name: str = Field(sa_type=Text)
    address: str | None = Field(default=None, sa_type=Text)
    remittance_email: str | None = None
    known_phone: str | None = None  # the number a call-back goes to; never taken from the request itself
    language: str = ""  # of the mails to it: en | fr; empty: English
    direct_deposit: bool = False
    form_status: str = "none"  # none | drafted | sent | accepted
    data_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary))  # wrapped; None once erased
    key_version: str | None = None  # of the key that wraps it
    created_at: datetime = Field(sa_type=UTCDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Secret(SQLModel, table=True):
    """One encrypted field of a row: AES-256-GCM bound to table, row, field and version."""

    __table_args__ = (UniqueConstraint("table_name", "row_id", "field", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    payee_id: int = Field(foreign_key="payee.id", index=True)
    table_name: str
    row_id: int
    field: str
    version: int
    ciphertext: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    masked: str  # what may be shown: last three digits
    blind_index: str | None = Field(default=None, index=True)  # HMAC of the whole account, for finding duplicates


class PayeeChange(SQLModel, table=True):
    """A change to a payee, asked by one person, approved by another after a call-back, effective after a cooling-off time."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    payee_id: int = Field(foreign_key="payee.id", index=True)
    fields: list[Any] = Field(default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False))  # names, no values
    plain: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON_COLUMN, nullable=False)
    )  # values that are no secret
    reason: str = Field(sa_type=Text)
    state: str = "requested"  # requested | called_back | approved | applied | refused | withdrawn
    requested_by: str
    requested_at: datetime = Field(sa_type=UTCDateTime)
    called_back_by: str | None = None
    called_back_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    called_number: str | None = None
    spoke_with: str | None = Field(default=None, sa_type=Text)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    effective_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    applied_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    note: str | None = Field(default=None, sa_type=Text)
