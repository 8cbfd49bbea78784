"""Tables of the telling room. News arrives as a frozen value (`Notification.content`), never as a key into another room."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text, UniqueConstraint
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
    reminders: list[Any] = Field(
        default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False)
    )  # days before closing, as [14, 7, 3, 1]
    state: str = "active"  # pending | active | paused | ended
    paused_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created_at: datetime = Field(sa_type=UTCDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    consent: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON_COLUMN, nullable=False)
    )  # time, source, wording, address
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


class Delivery(SQLModel, table=True):
    """One message to one recipient over one channel, committed before anything is sent; `key` is its name for ever."""

    __table_args__ = (Index("ix_delivery_due", "state", "next_attempt_at"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # f"{release_id}:{subscription_id}:{channel}"
    notification_id: int = Field(foreign_key="notification.id", index=True)
    subscription_id: int | None = Field(default=None, foreign_key="subscription.id", index=True)
    organisation_id: int | None = Field(default=None, index=True)  # none: the operator's own
    channel: str = "email"
    address: str
    state: DeliveryState = Field(default=DeliveryState.QUEUED, sa_type=Codelist(DeliveryState))
    created_at: datetime = Field(sa_type=UTCDateTime)
    next_attempt_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    claimed_by: str | None = None
    claimed_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    attempts: int = 0  # claims, so that one that kills its worker each time is given up too
    message_id: str = ""
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
