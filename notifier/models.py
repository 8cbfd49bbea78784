"""Tables of the telling room. News arrives as a frozen value (`Notification.content`), never as a key into another room."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from contracts.vocabulary import DeliveryState
from contracts.vocabulary.columns import JSON_COLUMN, Codelist, UTCDateTime


class Subscription(SQLModel, table=True):
    """A person's standing wish to hear of something, with the evidence of consent that CASL asks for."""

    __table_args__ = (UniqueConstraint("organisation_id", "address", "channel", "query"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    address: str = Field(index=True)  # mail address, or the channel's own target
    channel: str = "email"
    query: str = Field(sa_type=Text)  # in the saved-search language; empty matches everything
    name: str = ""
    language: str = "en"
    frequency: str = "instant"  # instant | hourly | daily | weekly
    zone: str = "America/Vancouver"  # IANA name; the hours below are wall time there
    deliver_at: str = "08:00"  # of a daily or weekly digest
    weekday: int = 0  # of a weekly digest; Monday is 0
    quiet: str = ""  # hours when nothing is sent, as "21:00-07:00"; empty is never
    workdays: bool = False  # hear on business days of British Columbia only
    reminders: list[Any] = Field(
        default_factory=lambda: [14, 7, 3, 1], sa_column=Column(JSON_COLUMN, nullable=False)
    )  # days before closing, or hours as "3h"; empty is never
    state: str = "active"  # pending | active | paused | ended
    paused_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created_at: datetime = Field(sa_type=UTCDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    consent: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON_COLUMN, nullable=False)
    )  # time, source, wording, address
    options: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON_COLUMN, nullable=False)
    )  # the channel's own settings; whatever is secret in them is sealed
    note: str = ""  # why it was switched off by itself, in words for its owner
    mark: int = Field(default=0, index=True)  # the watermark when this row last changed


class Watermark(SQLModel, table=True):
    """A count that every change of a kind raises inside its own transaction, so that a cache knows when to look again."""

    name: str = Field(primary_key=True)
    value: int = 0


class Notification(SQLModel, table=True):
    """One piece of news to tell, frozen as it was when it happened; `key` makes telling it again harmless."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # the release id, or "health:source:event"
    kind: str  # a folder of notifier/templates
    ocid: str | None = Field(default=None, index=True)
    created_at: datetime = Field(sa_type=UTCDateTime, index=True)
    content: dict[str, Any] = Field(sa_column=Column(JSON_COLUMN, nullable=False))
    mark: int = 0  # the subscriptions' watermark when it was written: those with a higher mark have changed since


WAITING = "state IN ('queued', 'delayed', 'sending')"  # in words that an index of these rows alone is known by


class Delivery(SQLModel, table=True):
    """One message to one recipient over one channel, committed before anything is sent; `key` is its name for ever."""

    __table_args__ = (
        Index("ix_delivery_due", "state", "next_attempt_at"),
        Index("ix_delivery_waiting", "subscription_id", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # f"{release_id}:{subscription_id}:{channel}"
    notification_id: int = Field(foreign_key="notification.id", index=True)
    subscription_id: int | None = Field(default=None, foreign_key="subscription.id", index=True)
    organisation_id: int | None = Field(default=None, index=True)  # none: the operator's own
    channel: str = "email"
    address: str
    language: str = ""  # of the message, where no subscription says which; empty: English
    digest: str | None = Field(default=None, index=True)  # goes out in one message with all of this name; none: by itself
    state: DeliveryState = Field(default=DeliveryState.QUEUED, sa_type=Codelist(DeliveryState))
    created_at: datetime = Field(sa_type=UTCDateTime)
    next_attempt_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    claimed_by: str | None = None
    claimed_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    attempts: int = 0  # claims, so that one that kills its worker each time is given up too
    message_id: str = Field(default="", index=True)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reason: str | None = Field(default=None, sa_type=Text)  # why it was refused, delayed or suppressed, in words


class DeliveryAttempt(SQLModel, table=True):
    """One try at sending, whatever came of it."""

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id", index=True)
    at: datetime = Field(sa_type=UTCDateTime)
    outcome: str  # sent | delayed | failed
    code: int | None = None  # SMTP reply code, HTTP status
    enhanced: str | None = None  # RFC 3463
    text: str | None = Field(default=None, sa_type=Text)


class Suppression(SQLModel, table=True):
    """An address nothing is sent to any more, and why: unsubscribed, bounced, complained, or asked."""

    address: str = Field(primary_key=True)
    reason: str
    since: datetime = Field(sa_type=UTCDateTime)


class IncomingMail(SQLModel, table=True):
    """A message that was found in our mailbox, known by the SHA-256 of its bytes, so that it is handled once."""

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    at: datetime = Field(sa_type=UTCDateTime)
    sender: str = Field(default="", sa_type=Text)
    subject: str = Field(default="", sa_type=Text)
    message_id: str = Field(default="", sa_type=Text)
    handler: str | None = Field(default=None, index=True)  # who took it; none: it was kept for a person
    note: str = Field(default="", sa_type=Text)  # what was done, or why nothing was


class Enquiry(SQLModel, table=True):
    """A question that was put to a desk, followed until it is answered. Its states and acts stand in `lifecycle.py`."""

    __table_args__ = (Index("ix_enquiry_state", "organisation_id", "state"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    token: str = Field(unique=True)  # names the thread in Message-ID and plus-address; not guessable
    question: str = Field(sa_type=Text)  # without the personal data that the desk does not need
    routed_to: str  # the desk that was chosen for it
    desk: str  # the desk that it is meant for now
    address: str = ""  # the desk's mail address; empty where none is known
    subject: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    removed: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON_COLUMN, nullable=False))  # kind → how many
    allowed: list[Any] = Field(default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False))  # kinds a person let pass
    asker: str = ""  # mail address that answers go to
    asker_name: str = ""
    state: str = "draft"  # draft | asked | answered | closed
    via: str | None = None  # email | phone, as first asked
    created_at: datetime = Field(sa_type=UTCDateTime)
    created_by: str = ""
    asked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    follow_up_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    reminded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    escalated_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    outcome: str | None = None  # answered | no_answer | withdrawn | wrong_desk
    right_desk: str | None = None  # which desk it should have been, when a person said so
    correction: str | None = None  # proposed | accepted | rejected


class EnquiryMessage(SQLModel, table=True):
    """One thing said in an enquiry: a mail out or in, a call, a note."""

    __table_args__ = (UniqueConstraint("organisation_id", "message_id"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    enquiry_id: int = Field(foreign_key="enquiry.id", index=True)
    kind: str  # out | in | call | automatic | bounce | note
    at: datetime = Field(sa_type=UTCDateTime)
    by: str = ""
    subject: str = Field(default="", sa_type=Text)
    text: str = Field(sa_type=Text)
    message_id: str | None = None  # of a mail
    delivery_id: int | None = Field(default=None, foreign_key="delivery.id")  # of a mail out


class RouteProposal(SQLModel, table=True):
    """A difference between a program page's table and what is in use here; a person accepts or rejects it."""

    __table_args__ = (UniqueConstraint("organisation_id", "page", "digest"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    page: str  # address of the page
    digest: str  # of what is proposed, so that reading a page twice proposes once
    kind: str  # added | removed | contact | phone | email
    question: str = Field(sa_type=Text)
    desk: str | None = None
    old: str | None = Field(default=None, sa_type=Text)
    new: str | None = Field(default=None, sa_type=Text)
    as_of: date  # of the page
    confidence: str
    found_at: datetime = Field(sa_type=UTCDateTime)
    state: str = "proposed"  # proposed | accepted | rejected | outdated
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    decided_by: str | None = None
