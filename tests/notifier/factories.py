"""News and subscriptions that name only what matters to a test."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from contracts.vocabulary import ReleaseTag, TenderStatus
from notifier.alerts import Told, announce
from notifier.models import Delivery, Subscription
from notifier.news import News
from notifier.store import subscribe

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


def news(**values: Any) -> News:
    """A new posting for occupational rehabilitation, with what `values` says otherwise."""
    usual: dict[str, Any] = {
        "release_id": "bids-1:2026-11-20",
        "ocid": "ocds-bids-1",
        "tag": ReleaseTag.TENDER,
        "date": NOW,
        "number": "048-2026",
        "title": "Occupational Rehabilitation Services",
        "buyer": "Interior Health Authority",
        "status": TenderStatus.OPEN,
        "type": "Request for Proposals",
        "closes_at": datetime(2026, 12, 3, 22, 0, tzinfo=UTC),
        "closes_text": "before 2:00 PM Pacific Time",
        "zone": "America/Vancouver",
        "programs": ("or2",),
        "program_names": ("Occupational Rehabilitation 2", "OR2", "OR 2"),
        "source": "harbour",
        "source_title": "Harbour City bids",
    }
    return News(**usual | values)


def subscribed(
    session: Session, query: str = "", *, address: str = "owner@clinic.example", organisation: int = 1, confirmed: bool = True
) -> Subscription:
    """A subscription, confirmed unless said otherwise."""
    return subscribe(
        session,
        organisation_id=organisation,
        address=address,
        query=query,
        now=NOW,
        source="test",
        wording="Send me alerts",
        confirmed=confirmed,
    )


def announced(session: Session, told: News, *, now: datetime = NOW) -> list[Delivery]:
    """The deliveries that announcing this writes."""
    return written(session, lambda: announce(session, told, now=now))


def written(session: Session, act: Callable[[], Told]) -> list[Delivery]:
    """The deliveries that an act writes, which must be as many as it says."""
    last = session.exec(select(func.max(Delivery.id))).one() or 0
    count = act()
    rows = session.exec(select(Delivery).where(col(Delivery.id) > last).order_by(col(Delivery.id))).all()
    assert len(rows) == count.new
    return list(rows)
