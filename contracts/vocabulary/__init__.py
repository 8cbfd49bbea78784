"""The words every room shares: OCDS codelists, money, periods; in `columns`, column types that mean the same on both databases.

The one part of this room that its siblings may import. Codes follow the Open Contracting Data Standard 1.1
(https://standard.open-contracting.org/1.1/en/schema/codelists/) where it has one; a page may show a plainer word.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class TenderStatus(StrEnum):
    """What a portal says of a posting, in the product's words; `ocds` gives the tenderStatus code of the standard."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    AWARDED = "awarded"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def ocds(self) -> str | None:
        """The OCDS tenderStatus code, or None where the portal's word tells nothing."""
        return {
            "planned": "planned",
            "open": "active",
            "closed": "complete",
            "awarded": "complete",
            "cancelled": "cancelled",
        }.get(self)


class ReleaseTag(StrEnum):
    """What kind of news a release is (OCDS releaseTag; `programUpdate` is ours: a program page is not a tender)."""

    TENDER = "tender"
    TENDER_AMENDMENT = "tenderAmendment"
    TENDER_UPDATE = "tenderUpdate"
    TENDER_CANCELLATION = "tenderCancellation"
    AWARD = "award"
    PROGRAM_UPDATE = "programUpdate"


class Health(StrEnum):
    """How well a source can be seen. Everything but `healthy` is told to the operator, never to subscribers."""

    UNSEEN = "unseen"
    HEALTHY = "healthy"
    LATE = "late"
    EMPTY = "empty"
    SHRUNK = "shrunk"
    LAYOUT_CHANGED = "layout_changed"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    QUARANTINED = "quarantined"


class DeliveryState(StrEnum):
    """Where a delivery stands; the final ones follow the delivery-status actions of RFC 3464."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELAYED = "delayed"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    BOUNCED = "bounced"

    @property
    def final(self) -> bool:
        """Whether nothing more will be tried by itself."""
        return self not in {DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DELAYED}


@dataclass(frozen=True, slots=True)
class Change:
    """One field's step from what was known to what is said now; values are JSON scalars (times ISO 8601)."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency (ISO 4217), exact to the cent."""

    amount: Decimal
    currency: str = "CAD"


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span of days: `start` belongs to it, `end` does not; None is open."""

    start: date | None
    end: date | None

    def __contains__(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def overlaps(self, other: "Period") -> bool:
        """Whether the two spans share a day."""
        starts_before_end = self.start is None or other.end is None or self.start < other.end
        ends_after_start = other.start is None or self.end is None or other.start < self.end
        return starts_before_end and ends_after_start


def aware(moment: datetime) -> datetime:
    """The moment in UTC; raises ValueError for a time without a zone, which nobody may guess."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment.isoformat()}")
    return moment.astimezone(UTC)
