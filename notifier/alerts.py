"""What happened → one notification and one delivery row for each who is to hear of it; nothing is sent from here.

The rows are written in the transaction that stored the news, under keys that make a repeat harmless.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Row
from sqlalchemy import select as sql_select
from sqlmodel import Session, SQLModel, col, select

from contracts.vocabulary import DeliveryState, Health
from notifier.digests import MOST_BIDS
from notifier.holding import ALREADY_TOLD, closing, held
from notifier.matching import News, Searches
from notifier.models import Delivery, Notification, Subscription, Suppression
from notifier.query import Programs
from notifier.store import insert_once, noted
from notifier.timing import Rhythm, Turn, rhythm_of, turn

_Item = TypeVar("_Item")
_SUBSCRIPTION = SQLModel.metadata.tables["subscription"]


@dataclass(frozen=True, slots=True)
class Told:
    """What a telling wrote: how many deliveries are `new`, and how many of those are `queued` to be sent."""

    new: int = 0
    queued: int = 0

    def __add__(self, other: "Told") -> "Told":
        return Told(self.new + other.new, self.queued + other.queued)


def announce(
    session: Session,
    news: News,
    *,
    now: datetime,
    programs: Programs | None = None,
    searches: Searches | None = None,
) -> Told:
    """Write the deliveries of one release, one per (release, subscription, channel).

    A subscription that may not be told (unconfirmed, paused, suppressed, its address told already) gets a row that says
    so. Saying it twice writes nothing more. `searches` keeps the index between calls; without it all are read each time.
    """
    matching = (searches or Searches(programs)).matching(session, news, now=now)
    if not matching:
        return Told()
    told_of = noted(session, key=news.release_id, kind="news", ocid=news.ocid, content=news.to_json(), now=now)
    return deliver(session, told_of, hearers(session, matching), now=now)


def deliver(session: Session, told_of: Notification, subscriptions: Iterable[Row[Any]], *, now: datetime) -> Told:
    """Write one delivery of this for each subscription, queued for its turn or with the reason it is not told.

    The rows come as `hearers` gives them, and are read and written some hundreds at a time, however many there are.
    """
    known, told = _known(session, told_of)
    turns: dict[Rhythm, Turn] = {}
    count = Told()
    for some in _chunks(subscriptions):
        rows = []
        for subscription in some:
            key = f"{told_of.key}:{subscription.id}:{subscription.channel}"
            if key in known:
                continue
            target = (subscription.channel, subscription.address)
            reason = _silence(subscription, now=now) or (ALREADY_TOLD if target in told else None)
            if reason is None:
                told.add(target)
            row = _row(key, told_of, subscription, reason=reason, now=now)
            rows.append(row | held(subscription.id, _turn(subscription, told_of, turns, now)))
        rows = _without_suppressed(session, rows)
        queued = sum(row["state"] is DeliveryState.QUEUED for row in rows)
        insert_once(session, Delivery, rows)
        count += Told(len(rows), queued)
    return count


def tell_open(session: Session, subscription: Subscription, found: Sequence[News], *, now: datetime) -> Delivery | None:
    """Write the message of what was open already, which a person asked for; once for each wording of a search, then None."""
    wording = hashlib.sha256(subscription.query.encode()).hexdigest()[:16]
    content = {"items": [news.to_json() for news in found[:MOST_BIDS]], "count": len(found)}
    key = f"open:{subscription.id}:{wording}"
    if session.exec(select(Notification.id).where(Notification.key == key)).first() is not None:
        return None
    told_of = noted(session, key=key, kind="open", ocid=None, content=content, now=now)
    row = Delivery(
        key=f"{key}:{subscription.channel}",
        notification_id=told_of.id or 0,
        subscription_id=subscription.id,
        organisation_id=subscription.organisation_id,
        channel=subscription.channel,
        address=subscription.address,
        created_at=now,
        next_attempt_at=now,
    )
    session.add(row)
    session.flush()
    return row


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
) -> Told:
    """Tell the operator once that a source can't be seen as it should, and once that it can again.

    `at` is when the source's state changed and names the step together with the source. A first healthy look is no news;
    without an operator's address the notification is kept for the pages and mailed to nobody.
    """
    if old == new or (new is Health.HEALTHY and old is Health.UNSEEN):
        return Told()
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
        return Told()
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
    if session.exec(select(Delivery.id).where(Delivery.key == row["key"])).first() is not None:
        return Told()
    insert_once(session, Delivery, [row])
    return Told(1, 1)


def _silence(subscription: Row[Any], *, now: datetime) -> str | None:
    """Why a subscription hears nothing now, or None when it may."""
    if subscription.state == "pending":
        return "the subscription is not confirmed yet"
    if subscription.state == "paused" and (subscription.paused_until is None or now < subscription.paused_until):
        return "the subscription is paused"
    if subscription.state == "ended":
        return "unsubscribed"
    return None


def _known(session: Session, notification: Notification) -> tuple[set[str], set[tuple[str, str]]]:
    """The keys that are written for this already, and the (channel, address) pairs that are told of it."""
    keys, told = set(), set()
    rows = session.exec(
        select(Delivery.key, Delivery.channel, Delivery.address, Delivery.state).where(
            Delivery.notification_id == notification.id
        )
    )
    for key, channel, address, state in rows:
        keys.add(key)
        if state is not DeliveryState.SUPPRESSED:
            told.add((channel, address))
    return keys, told


def _without_suppressed(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, with those settled whose address takes no mail any more."""
    addresses = [row["address"] for row in rows if row["state"] is DeliveryState.QUEUED]
    refused: dict[str, str] = {}
    for some in _chunks(addresses):
        found = session.exec(select(Suppression).where(col(Suppression.address).in_(some))).all()
        refused |= {row.address: row.reason for row in found}
    for row in rows:
        if row["state"] is DeliveryState.QUEUED and row["address"] in refused:
            row |= {"state": DeliveryState.SUPPRESSED, "reason": refused[row["address"]]}
        if row["state"] is DeliveryState.SUPPRESSED:
            row |= {"next_attempt_at": None, "digest": None}
    return rows


def _row(key: str, notification: Notification, subscription: Row[Any], *, reason: str | None, now: datetime) -> dict[str, Any]:
    return {
        "key": key,
        "notification_id": notification.id,
        "subscription_id": subscription.id,
        "organisation_id": subscription.organisation_id,
        "channel": subscription.channel,
        "address": subscription.address,
        "state": DeliveryState.SUPPRESSED if reason else DeliveryState.QUEUED,
        "created_at": now,
        "attempts": 0,
        "message_id": "",
        "reason": reason,
    }


def _turn(subscription: Row[Any], told_of: Notification, turns: dict[Rhythm, Turn], now: datetime) -> Turn:
    """When this subscription's turn comes, worked out once for all of the same rhythm."""
    wanted = rhythm_of(subscription)
    if wanted not in turns:
        turns[wanted] = turn(wanted, now, closes_at=closing(told_of.content))
    return turns[wanted]


def hearers(session: Session, identities: Sequence[int]) -> Iterator[Row[Any]]:
    """These subscriptions, read some hundreds at a time: those told at once before those told in digests, each in id order.

    So a person with two searches hears at once of what one of them wants at once, and the digest does not repeat it.
    """
    for at_once in (True, False):
        pace = _SUBSCRIPTION.c.frequency == "instant"
        for some in _chunks(identities):
            wanted = _SUBSCRIPTION.c.id.in_(some)
            query = sql_select(_SUBSCRIPTION).where(wanted, pace if at_once else ~pace).order_by(_SUBSCRIPTION.c.id)
            yield from session.connection().execute(query)


def _chunks(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    iterator = iter(items)
    while some := list(islice(iterator, 500)):
        yield some
