"""A contract as its own first pages state it: whom it binds, where and by whom its services are given, how it may go on."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, Numeric, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from contracts.vocabulary.columns import UTCDateTime


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
    evergreen: bool = False  # runs until somebody ends it
    maximum_amount: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 2)))
    currency: str = "CAD"
    created_at: datetime = Field(sa_type=UTCDateTime)


class ContractParty(SQLModel, table=True):
    """Who is bound, in which role (OCDS party: buyer, supplier, procuringEntity, payee …)."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    role: str
    name: str = Field(sa_type=Text)
    identifier: str | None = None  # supplier number, as the contract prints it
    address: str | None = Field(default=None, sa_type=Text)
    contact: str | None = Field(default=None, sa_type=Text)


class ContractSite(SQLModel, table=True):
    """A place where the services are given."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    name: str = Field(sa_type=Text)
    address: str | None = Field(default=None, sa_type=Text)
    valid_from: date | None = None
    valid_to: date | None = None


class Credential(SQLModel, table=True):
    """A member of staff whom a contract lists, and the licence that must stay valid."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    person: str = Field(sa_type=Text)
    profession: str | None = None
    number: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class RenewalOption(SQLModel, table=True):
    """A right to extend: `position` counts from 1; it takes effect only once exercised."""

    __table_args__ = (UniqueConstraint("contract_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    position: int
    months: int
    notice_months: int | None = None
    exercised_on: date | None = None


class ContractAmendment(SQLModel, table=True):
    """A change both sides signed, with its reason (OCDS amendment)."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    document_id: int | None = Field(default=None, foreign_key="document.id")
    number: str | None = None
    rationale: str = Field(sa_type=Text)
    effective: date | None = None
    recorded_at: datetime = Field(sa_type=UTCDateTime)
