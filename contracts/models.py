"""Tables of the keeping room. Every row carries its organisation and is reached only through it.

What a contract says is bitemporal: a row is never overwritten, a newer one supersedes it, so that a question can be
asked as of a day. Spans of days are half-open and None is open.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, Numeric, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from contracts import fulltext
from contracts.vocabulary.columns import JSON_COLUMN, UTCDateTime


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
