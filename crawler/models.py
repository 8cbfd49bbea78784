"""Tables of the watching room. Shared by all organisations; nothing here points into another room."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Text, UniqueConstraint, func
from sqlmodel import Field, SQLModel, col

from contracts.vocabulary import Health, ReleaseTag, TenderStatus
from contracts.vocabulary.columns import JSON_COLUMN, Codelist, UTCDateTime
from crawler.normalise import PROGRAM_PREFIX


class Source(SQLModel, table=True):
    """What is remembered of a source between looks; what it is (address, platform, rhythm) stands in sources.toml."""

    name: str = Field(primary_key=True)
    health: Health = Field(default=Health.UNSEEN, sa_type=Codelist(Health))
    health_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    health_reason: str | None = Field(default=None, sa_type=Text)
    last_looked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_good_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    baseline_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    next_look_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    failures: int = 0
    validators: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON_COLUMN, nullable=False)
    )  # url → etag, last_modified
    volume: list[Any] = Field(
        default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False)
    )  # row counts of recent good looks
    columns: list[Any] = Field(default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False))


class Capture(SQLModel, table=True):
    """One answer of a portal: where its bytes are kept and what was made of them."""

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(index=True)
    taken_at: datetime = Field(sa_type=UTCDateTime)
    url: str = Field(sa_type=Text)
    http_status: int | None = None
    media_type: str = ""
    sha256: str = Field(index=True)
    size: int  # bytes, after content decoding
    archive: str | None = Field(default=None, index=True)  # file within the evidence folder
    archive_offset: int | None = None  # bytes from its start
    rows: int | None = None
    verdict: str = "accepted"  # accepted | withheld | rejected


class Tender(SQLModel, table=True):
    """One procurement, whichever portals show it (OCDS tender). Values are the latest accepted ones.

    What is known of a program page stands here too, under a name that is no ocid: it has sightings, releases and evidence like a
    tender and is none. Whatever lists or counts tenders asks for `is_tender()`.
    """

    __table_args__ = (
        Index("ix_tender_listed", "status", "closes_at", "id", "ocid"),  # in the order of lists, with all that counting reads
        Index("ix_tender_closes", "closes_at", "id"),
        Index("ix_tender_published", "published_at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ocid: str = Field(unique=True)
    number: str | None = None
    number_key: str | None = Field(default=None, index=True)
    title: str = Field(sa_type=Text)
    status: TenderStatus = Field(sa_type=Codelist(TenderStatus))
    buyer: str | None = Field(default=None, sa_type=Text)
    type: str | None = None
    description: str | None = Field(default=None, sa_type=Text)
    published_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closes_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closes_text: str | None = Field(default=None, sa_type=Text)
    closes_precision: str = "minute"
    zone: str | None = None  # IANA name of the source's zone, for showing
    url: str | None = Field(default=None, sa_type=Text)
    amendments: int | None = None
    addenda: int | None = None
    documents: int | None = None
    supplier: str | None = Field(default=None, sa_type=Text)  # of an award, with its value as printed
    value: str | None = None
    rationale: str | None = Field(default=None, sa_type=Text)  # why it was last amended
    files: list[Any] = Field(default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False))
    programs: list[Any] = Field(default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False))  # program line keys
    source: str = ""  # whose word the values are: the source first seen on, until a person says otherwise
    first_seen_at: datetime = Field(sa_type=UTCDateTime, index=True)
    last_seen_at: datetime = Field(sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime, index=True)

    @property
    def is_program(self) -> bool:
        """Whether this is what is known of a program page."""
        return self.ocid.startswith(PROGRAM_PREFIX)


def is_tender() -> ColumnElement[bool]:
    """The condition that a row of Tender is one, and not what is known of a program page."""
    return func.substr(col(Tender.ocid), 1, len(PROGRAM_PREFIX)) != PROGRAM_PREFIX


class Sighting(SQLModel, table=True):
    """A tender as one source shows it, under that source's own id; `posting` is what it said last.

    While a row is present it was last seen at its source's last good look; `last_seen_at` is written only when it changes or
    leaves, so that an unchanged look writes no sighting at all.
    """

    __table_args__ = (
        UniqueConstraint("source", "native_id"),
        Index("ix_sighting_present", "source", "missing_since"),
        Index("ix_sighting_shown", "tender_id", "source"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str
    native_id: str
    tender_id: int = Field(foreign_key="tender.id")
    posting: dict[str, Any] = Field(sa_column=Column(JSON_COLUMN, nullable=False))
    digest: str  # of the posting as it came: the same digest is the same row, another one is looked at closely
    closes_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    number_key: str | None = None
    trail: list[Any] = Field(
        default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False)
    )  # [time, key] of the last few changes, to know a portal that answers in turns
    first_seen_at: datetime = Field(sa_type=UTCDateTime)
    last_seen_at: datetime = Field(sa_type=UTCDateTime)
    missing_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    unsettled: bool = False  # its portal answers in turns: the last entry of `trail` waits to be seen again
    reasons: list[Any] = Field(
        default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False)
    )  # why it is taken for this tender, in words, when another source showed the tender first


class TenderDocument(SQLModel, table=True):
    """A version of a file that a tender names: where its bytes are kept, what the scanner said, and its text.

    The version that counts has no `superseded_at`. One that could never be fetched has no digest, and `trouble` says why.
    """

    id: int | None = Field(default=None, primary_key=True)
    tender_id: int = Field(foreign_key="tender.id", index=True)
    source: str
    url: str = Field(sa_type=Text)
    url_key: str = Field(sa_type=Text)  # without what only defeats caches
    title: str = Field(sa_type=Text)
    sha256: str | None = Field(default=None, index=True)
    size: int | None = None  # bytes
    media_type: str = ""
    fetched_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    checked_at: datetime = Field(sa_type=UTCDateTime)
    validators: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON_COLUMN, nullable=False))
    verdict: str = "unscanned"  # clean | infected | unscanned
    verdict_note: str = Field(default="", sa_type=Text)
    text: str | None = Field(default=None, sa_type=Text)
    text_note: str = Field(default="", sa_type=Text)  # why there is none
    trouble: str | None = Field(default=None, sa_type=Text)
    replaces_id: int | None = Field(default=None, foreign_key="tenderdocument.id")
    superseded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Release(SQLModel, table=True):
    """One piece of news about a tender (OCDS release): written once, with what changed and the capture that shows it."""

    id: int | None = Field(default=None, primary_key=True)
    release_id: str = Field(unique=True)
    ocid: str = Field(index=True)
    tender_id: int = Field(foreign_key="tender.id", index=True)
    tag: ReleaseTag = Field(sa_type=Codelist(ReleaseTag))
    date: datetime = Field(sa_type=UTCDateTime, index=True)
    source: str
    changes: list[Any] = Field(default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False))  # [{field, old, new}]
    capture_id: int | None = Field(default=None, foreign_key="capture.id")
    news: bool = True  # false: recorded (baseline, seen after closing), told to nobody


class Quarantine(SQLModel, table=True):
    """What a source shows while it is not believed: the latest look held back, until a person or the source itself decides."""

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(index=True)
    capture_id: int | None = Field(default=None, foreign_key="capture.id")
    held_at: datetime = Field(sa_type=UTCDateTime)
    reason: str = Field(sa_type=Text)
    health: Health = Field(default=Health.QUARANTINED, sa_type=Codelist(Health))
    looks: int = 1  # in a row that agree with this one
    last_at: datetime = Field(sa_type=UTCDateTime)
    rows: int = 0
    columns: list[Any] = Field(default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False))
    postings: list[Any] = Field(default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False))
    state: str = "held"  # held | accepted | rejected | superseded
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    decided_by: str | None = None


class SourceEvent(SQLModel, table=True):
    """A step of a source's health, kept for the operator's page and for mailing it once."""

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(index=True)
    at: datetime = Field(sa_type=UTCDateTime)
    old: Health = Field(sa_type=Codelist(Health))
    new: Health = Field(sa_type=Codelist(Health))
    reason: str | None = Field(default=None, sa_type=Text)
