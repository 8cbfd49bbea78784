"""What happened → one notification and one delivery row for each who is to hear of it; nothing is sent from here.

The rows are written in the transaction that stored the news, under keys that make a repeat harmless.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from contracts.vocabulary import DeliveryState, Health
from notifier.matching import News, Searches
from notifier.models import Delivery, Notification, Subscription, Suppression
from notifier.query import Programs
from notifier.store import insert_once

ALREADY_TOLD = "this address gets the same news for another of its searches"


def announce(
    session: Session,
    news: News,
    *,
    now: datetime,
    programs: Programs | None = None,
    searches: Searches | None = None,
) -> list[Delivery]:
    """Write the deliveries of one release, one per (release, subscription, channel), and give back those that are new.

    A subscription that may not be told (unconfirmed, paused, suppressed, its address told already) gets a row that says
    so. Saying it twice writes nothing more. `searches` keeps the index between calls; without it all are read each time.
    """
    matching = (searches or Searches(programs)).matching(session, news, now=now)
    if not matching:
        return []
    told_of = noted(session, key=news.release_id, kind="news", ocid=news.ocid, content=news.to_json(), now=now)
    return deliver(session, told_of, by_id(session, matching), now=now)


def deliver(session: Session, told_of: Notification, subscriptions: Iterable[Subscription], *, now: datetime) -> list[Delivery]:
    """Write one delivery of this for each subscription, queued or with the reason it is not told; give back the new ones."""
    told = _told(session, told_of)
    rows = []
    for subscription in subscriptions:
        target = (subscription.channel, subscription.address)
        reason = _silence(subscription, now=now) or (ALREADY_TOLD if target in told else None)
        rows.append(_row(told_of, subscription, reason=reason, now=now))
        if reason is None:
            told.add(target)
    return _insert(session, told_of, _without_suppressed(session, rows))


def health_changed(
    session: Session,
    *,
    source: str,
    title: str,
    old: Health,
    new: Health,
    reason: str | None,
    at: datetime,
    address: str,
    now: datetime,
) -> list[Delivery]:
    """Tell the operator once that a source can't be seen as it should, and once that it can again.

    `at` is when the source's state changed and names the step together with the source. A first healthy look is no news;
    without an operator's address the notification is kept for the pages and mailed to nobody.
    """
    if old == new or (new is Health.HEALTHY and old is Health.UNSEEN):
        return []
    content = {
        "source": source,
        "title": title,
        "old": old.value,
        "new": new.value,
        "reason": reason,
        "at": at.isoformat(),
        "recovered": new is Health.HEALTHY,
    }
    key = f"health:{source}:{at.isoformat()}"
    notification = noted(session, key=key, kind="health", ocid=None, content=content, now=now)
    if not address:
        return []
    row = {
        "key": f"{key}:operator:email",
        "notification_id": notification.id,
        "subscription_id": None,
        "organisation_id": None,
        "channel": "email",
        "address": address,
        "state": DeliveryState.QUEUED,
        "created_at": now,
        "next_attempt_at": now,
        "attempts": 0,
        "message_id": "",
        "reason": None,
    }
    return _insert(session, notification, [row])


def _silence(subscription: Subscription, *, now: datetime) -> str | None:
    """Why a subscription hears nothing now, or None when it may."""
    if subscription.state == "pending":
        return "the subscription is not confirmed yet"
    if subscription.state == "paused" and (subscription.paused_until is None or now < subscription.paused_until):
        return "the subscription is paused"
    if subscription.state == "ended":
        return "unsubscribed"
    return None


def _told(session: Session, notification: Notification) -> set[tuple[str, str]]:
    """The (channel, address) pairs that are told of this already, by a search that was here before."""
    rows = session.exec(
        select(Delivery.channel, Delivery.address).where(
            Delivery.notification_id == notification.id, Delivery.state != DeliveryState.SUPPRESSED
        )
    ).all()
    return {(channel, address) for channel, address in rows}


def _without_suppressed(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    addresses = [row["address"] for row in rows if row["state"] is DeliveryState.QUEUED]
    refused: dict[str, str] = {}
    for start in range(0, len(addresses), 500):
        some = addresses[start : start + 500]
        found = session.exec(select(Suppression).where(col(Suppression.address).in_(some))).all()
        refused |= {row.address: row.reason for row in found}
    for row in rows:
        if row["state"] is DeliveryState.QUEUED and row["address"] in refused:
            row |= {"state": DeliveryState.SUPPRESSED, "reason": refused[row["address"]], "next_attempt_at": None}
    return rows


def _row(notification: Notification, subscription: Subscription, *, reason: str | None, now: datetime) -> dict[str, Any]:
    return {
        "key": f"{notification.key}:{subscription.id}:{subscription.channel}",
        "notification_id": notification.id,
        "subscription_id": subscription.id,
        "organisation_id": subscription.organisation_id,
        "channel": subscription.channel,
        "address": subscription.address,
        "state": DeliveryState.SUPPRESSED if reason else DeliveryState.QUEUED,
        "created_at": now,
        "next_attempt_at": None if reason else now,
        "attempts": 0,
        "message_id": "",
        "reason": reason,
    }


def noted(session: Session, *, key: str, kind: str, ocid: str | None, content: dict[str, Any], now: datetime) -> Notification:
    """The notification of this key; whoever comes second waits for the first and finds its row."""
    insert_once(session, Notification, [{"key": key, "kind": kind, "ocid": ocid, "content": content, "created_at": now}])
    return session.exec(select(Notification).where(Notification.key == key)).one()


def _insert(session: Session, notification: Notification, rows: list[dict[str, Any]]) -> list[Delivery]:
    last = session.exec(
        select(Delivery.id).where(Delivery.notification_id == notification.id).order_by(col(Delivery.id).desc()).limit(1)
    ).first()
    insert_once(session, Delivery, rows)
    return list(
        session.exec(
            select(Delivery)
            .where(Delivery.notification_id == notification.id, col(Delivery.id) > (last or 0))
            .order_by(col(Delivery.id))
        ).all()
    )


def by_id(session: Session, identities: list[int]) -> Iterable[Subscription]:
    """These subscriptions in the order of their ids, read some hundreds at a time."""
    for start in range(0, len(identities), 500):
        some = identities[start : start + 500]
        yield from session.exec(select(Subscription).where(col(Subscription.id).in_(some)).order_by(col(Subscription.id))).all()
