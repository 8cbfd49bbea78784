"""Closing reminders: days before a tender closes, by the clock on the wall where it closes, or hours, by any clock.

A lead is a number of days, or hours as text: `7`, `"3h"`. One notification is one (tender, closing time, lead), so a deadline that moves starts anew and what still waits for the old one
is withdrawn. A mark counts for who knew of the closing time before it passed; of marks missed together only the last is told.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from contracts.vocabulary import DeliveryState, ReleaseTag, TenderStatus
from notifier import alerts, store
from notifier.marks import LEADS, Lead, due_reminders, leads, mark, span
from notifier.matching import News, Searches
from notifier.models import Delivery, Notification

AT_ONCE = 500  # keys that are asked about in one query

_OVER = {TenderStatus.CANCELLED: "the tender is cancelled", TenderStatus.AWARDED: "the tender is awarded"}
_CLOSED = "the tender is closed"
_MOVED = "the closing time moved"
_WAITING = (DeliveryState.QUEUED, DeliveryState.DELAYED)


def remind(session: Session, upcoming: Iterable[News], *, now: datetime, searches: Searches) -> alerts.Told:
    """Write the reminders that have become due for these tenders, withdraw those that hold no more; what was written.

    Each News is the release that stated the closing time, with the tender's other values as they are now; those of a round
    (`rounds.spans`) and those that reminders wait for are enough. Said again it writes nothing more.
    """
    _expire(session, now)
    written, waited_for = alerts.Told(), waiting(session)
    upcoming = tuple(upcoming)
    for news in upcoming:
        if news.ocid in waited_for:
            withdraw(session, news)
    for news, lead in _untold(session, upcoming, now):
        written += _tell(session, news, lead, now=now, searches=searches)
    return written


def withdraw(session: Session, news: News) -> int:
    """Suppress what still waits of a tender's reminders and no longer holds: moved, cancelled, awarded or closed; how many."""
    why_over = over(news)
    count = 0
    for delivery, content in _waiting(session, ocid=news.ocid):
        moved = content.get("closes_at") != (news.closes_at and news.closes_at.isoformat())
        if reason := why_over or (_MOVED if moved else None):
            _suppress(session, delivery, reason)
            count += 1
    session.flush()
    return count


def waiting(session: Session) -> set[str]:
    """The tenders (by ocid) of which a reminder has not been sent yet."""
    return {ocid for ocid in session.exec(_joined(select(Notification.ocid).distinct())) if ocid is not None}


def over(news: News) -> str | None:
    """Why nobody needs to be reminded of a tender any more, or None while it may be open."""
    if news.tag is ReleaseTag.TENDER_CANCELLATION:
        return _OVER[TenderStatus.CANCELLED]
    return _CLOSED if news.status is TenderStatus.CLOSED else _OVER.get(news.status)


def _untold(session: Session, upcoming: Iterable[News], now: datetime) -> list[tuple[News, Lead]]:
    """The marks that have passed since the closing time was known, and of which nobody has been told yet; each tender's last one first."""
    passed = {_key(news, lead): (news, lead) for news in upcoming for lead in _passed(news, now)}
    keys, told = list(passed), set[str]()
    for start in range(0, len(keys), AT_ONCE):
        some = col(Notification.key).in_(keys[start : start + AT_ONCE])
        told |= set(session.exec(select(Notification.key).where(some)))
    return [passed[key] for key in keys if key not in told]


def _passed(news: News, now: datetime) -> list[Lead]:
    """The leads of a tender that is still open whose mark lies behind, the shortest first."""
    if news.closes_at is None or over(news) or now >= news.closes_at:
        return []
    return sorted((lead for lead in LEADS if news.date < mark(news.closes_at, lead, news.zone) <= now), key=span)


def _tell(session: Session, news: News, lead: Lead, *, now: datetime, searches: Searches) -> alerts.Told:
    closes_at = news.closes_at
    assert closes_at is not None
    wanting = [
        row
        for row in alerts.hearers(session, _hearers(session, news, now=now, searches=searches))
        if due_reminders(
            closes_at, news.zone, wanted=leads(row.reminders), since=max(news.date, row.confirmed_at or row.created_at), now=now
        )
        == (lead,)
    ]
    content = replace(news, changes=()).to_json() | {"lead": lead}
    # kept even when nobody wants it: so the mark is passed once, not looked at every few minutes until the closing
    told_of = store.noted(session, key=_key(news, lead), kind="reminder", ocid=news.ocid, content=content, now=now)
    return alerts.deliver(session, told_of, wanting, now=now)


def _hearers(session: Session, news: News, *, now: datetime, searches: Searches) -> list[int]:
    """The subscriptions that match now, or heard of the tender before."""
    heard = session.exec(
        select(Delivery.subscription_id).join(Notification).where(Notification.ocid == news.ocid, Notification.kind == "news")
    ).all()
    matching = searches.matching(session, news, now=now)
    return sorted({identity for identity in heard if identity is not None} | set(matching))


def _key(news: News, lead: Lead) -> str:
    closing = news.closes_at.astimezone(UTC).isoformat() if news.closes_at else ""
    return f"reminder:{news.ocid}:{closing}:{lead}"


def _expire(session: Session, now: datetime) -> None:
    """Withdraw what could not be sent before its tender closed."""
    for delivery, content in _waiting(session):
        if content.get("closes_at") and datetime.fromisoformat(content["closes_at"]) <= now:
            _suppress(session, delivery, _CLOSED)
    session.flush()


def _waiting(session: Session, *, ocid: str | None = None) -> list[tuple[Delivery, dict[str, Any]]]:
    statement = _joined(select(Delivery, Notification))
    if ocid is not None:
        statement = statement.where(Notification.ocid == ocid)
    return [(delivery, notification.content) for delivery, notification in session.exec(statement).all()]


def _joined(statement: Any) -> Any:
    joined = statement.join_from(Delivery, Notification)
    return joined.where(Notification.kind == "reminder", col(Delivery.state).in_(_WAITING))


def _suppress(session: Session, delivery: Delivery, reason: str) -> None:
    delivery.state, delivery.reason, delivery.next_attempt_at = DeliveryState.SUPPRESSED, reason, None
    session.add(delivery)
