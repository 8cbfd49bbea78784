"""Subscriptions and what became of them: every query of the telling room that is not the outbox's own."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from contracts.vocabulary import DeliveryState
from notifier.addresses import normal_address
from notifier.choices import checked
from notifier.holding import hand_over, hold_again, told_otherwise
from notifier.matching import watermark
from notifier.models import Delivery, DeliveryAttempt, Notification, Subscription, Suppression, Watermark
from notifier.query import Programs, parse

UNSUBSCRIBED = "unsubscribed"  # the reason of a delivery that its subscription's end stopped
TAKEN_BACK_WITHIN = timedelta(hours=1)  # of ending a subscription


def subscribe(
    session: Session,
    *,
    organisation_id: int,
    address: str,
    query: str,
    now: datetime,
    source: str,
    wording: str,
    confirmed: bool,
    language: str = "en",
    name: str = "",
    programs: Programs | None = None,
    channel: str = "email",
    options: Mapping[str, Any] | None = None,
    choices: Mapping[str, Any] | None = None,
) -> Subscription:
    """The standing wish of `address` to hear of what `query` finds; asked for twice, it is the same row.

    `source` and `wording` (where and to what they agreed) are kept as evidence of consent. An unconfirmed one is told
    nothing. An ended one starts again, an active one is left as it is, whatever the `choices`. For a `channel` other than
    mail, `address` and `options` are its own (`channels.kinds.Target`). Raises InvalidAddress, QueryError for a search that
    can't be read, BadRhythm for choices that can't be meant.
    """
    address = normal_address(address) if channel == "email" else address
    chosen = checked(choices or {})
    query = " ".join(query.split())
    parse(query, programs)
    row = session.exec(
        select(Subscription).where(
            Subscription.organisation_id == organisation_id,
            Subscription.address == address,
            Subscription.channel == channel,
            Subscription.query == query,
        )
    ).first()
    if row is None:
        row = Subscription(
            organisation_id=organisation_id,
            address=address,
            channel=channel,
            query=query,
            name=name,
            language=language,
            created_at=now,
            state="new",
        )
    if row.state in {"new", "ended", "pending"}:
        _set(row, chosen | {"options": dict(options or {}), "note": ""})
        if row.state != "pending" or confirmed:
            row.state, row.ended_at = ("active" if confirmed else "pending"), None
            row.consent = {"time": now.isoformat(), "source": source, "wording": wording, "address": address}
        row.confirmed_at = now if confirmed else row.confirmed_at
        if confirmed:
            lift_own_suppression(session, address)
        changed(session, row)
    return row


def choose(session: Session, row: Subscription, choices: Mapping[str, Any], *, now: datetime) -> None:
    """Change how a subscription is told; what waits for it gets its new turn. Raises BadRhythm, changing nothing."""
    _set(row, checked(choices, row))
    changed(session, row)
    hold_again(session, row, now=now)


def search(session: Session, row: Subscription, query: str, *, programs: Programs | None = None) -> bool:
    """Give a subscription another search; False where its address has that search already. Raises QueryError."""
    query = " ".join(query.split())
    parse(query, programs)
    same = select(Subscription.id).where(
        Subscription.organisation_id == row.organisation_id,
        Subscription.address == row.address,
        Subscription.channel == row.channel,
        Subscription.query == query,
        Subscription.id != row.id,
    )
    if session.exec(same).first() is not None:
        return False
    row.query = query
    changed(session, row)
    return True


def _set(row: Subscription, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def unsubscribe(session: Session, subscription_id: int, *, now: datetime, by: str = "") -> Subscription | None:
    """End a subscription at once. None when there is no such row. `by` names somebody other than its own address who ends it.

    What waits to be sent for it is suppressed, and told by another search of the same address that wanted it too.
    """
    row = session.get(Subscription, subscription_id)
    if row is None:
        return None
    if row.state != "ended":
        row.state, row.ended_at = "ended", now
        row.consent = {**row.consent, "ended_by": by}
        changed(session, row)
    given_up = _suppress_waiting(session, col(Delivery.subscription_id) == subscription_id, reason=UNSUBSCRIBED)
    hand_over(session, given_up, now=now)
    return row


def restore(session: Session, row: Subscription, *, now: datetime) -> bool:
    """Take back the end of a subscription, with what waited for it; False where its own address ended it, or too long ago."""
    if row.state != "ended" or row.ended_at is None or not row.consent.get("ended_by") or now - row.ended_at > TAKEN_BACK_WITHIN:
        return False
    stopped = select(Delivery).where(
        Delivery.subscription_id == row.id, Delivery.state == DeliveryState.SUPPRESSED, Delivery.reason == UNSUBSCRIBED
    )
    for delivery in session.exec(stopped).all():
        if not told_otherwise(session, delivery):
            delivery.state, delivery.reason, delivery.next_attempt_at = DeliveryState.QUEUED, None, now
            session.add(delivery)
    row.state, row.ended_at = "active", None
    row.consent = {name: said for name, said in row.consent.items() if name != "ended_by"}
    changed(session, row)
    return True


def suppress(session: Session, address: str, *, reason: str, now: datetime) -> None:
    """Send nothing more to an address, whoever subscribed it: it bounced, complained or asked."""
    insert_once(session, Suppression, [{"address": address, "reason": reason, "since": now}])
    _suppress_waiting(session, col(Delivery.address) == address, reason=reason)


def pause(session: Session, subscription_id: int, *, until: datetime | None) -> Subscription | None:
    """Tell a subscription nothing until a time, or until it is resumed when that is None."""
    row = session.get(Subscription, subscription_id)
    if row is not None and row.state in {"active", "paused"}:
        row.state, row.paused_until = "paused", until
        changed(session, row)
    return row


def resume(session: Session, subscription_id: int) -> Subscription | None:
    """Let a paused subscription hear again."""
    row = session.get(Subscription, subscription_id)
    if row is not None and row.state == "paused":
        row.state, row.paused_until, row.note = "active", None, ""
        if row.channel != "email" and (refused := session.get(Suppression, row.address)):
            session.delete(refused)  # a connection that was put right; a mailbox that bounced stays refused
        changed(session, row)
    return row


def subscriptions(session: Session, *, organisation_id: int, ended: bool = False) -> Sequence[Subscription]:
    """An organisation's subscriptions by address, without the ended ones unless asked."""
    statement = select(Subscription).where(Subscription.organisation_id == organisation_id)
    if not ended:
        statement = statement.where(Subscription.state != "ended")
    return session.exec(statement.order_by(Subscription.address, col(Subscription.id))).all()


def anyone_subscribed(session: Session, *, organisation_id: int) -> bool:
    """Whether an organisation has a subscription that has not ended."""
    statement = select(Subscription.id).where(Subscription.organisation_id == organisation_id, Subscription.state != "ended")
    return session.exec(statement.limit(1)).first() is not None


def deliveries(
    session: Session,
    *,
    organisation_id: int | None = None,
    state: DeliveryState | None = None,
    ocid: str | None = None,
    address: str | None = None,
    limit: int = 100,
    before: int | None = None,
) -> Sequence[Delivery]:
    """Deliveries, newest first, at most `limit`; `before` is the id the last page ended with."""
    statement = select(Delivery)
    if organisation_id is not None:
        statement = statement.where(Delivery.organisation_id == organisation_id)
    if state is not None:
        statement = statement.where(Delivery.state == state)
    if address is not None:
        statement = statement.where(Delivery.address == address)
    if ocid is not None:
        statement = _of_tender(statement, ocid)
    if before is not None:
        statement = statement.where(col(Delivery.id) < before)
    return session.exec(statement.order_by(col(Delivery.id).desc()).limit(limit)).all()


def delivery(session: Session, delivery_id: int, *, organisation_id: int) -> Delivery | None:
    """A delivery of this organisation."""
    row = session.get(Delivery, delivery_id) if 0 < delivery_id < 2**31 else None
    return row if row is not None and row.organisation_id == organisation_id else None


def attempts(session: Session, delivery_id: int) -> Sequence[DeliveryAttempt]:
    """Every try of one delivery, oldest first."""
    return session.exec(
        select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery_id).order_by(col(DeliveryAttempt.id))
    ).all()


def counts(session: Session, *, organisation_id: int | None = None) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state."""
    statement = select(Delivery.state, func.count()).group_by(col(Delivery.state))
    if organisation_id is not None:
        statement = statement.where(Delivery.organisation_id == organisation_id)
    return {DeliveryState(state): count for state, count in session.exec(statement).all()}


def changed(session: Session, row: Subscription) -> None:
    """Store a subscription's change and raise the watermark with it; the counter's row lock keeps the marks in order."""
    session.info["subscriptions_changed"] = True
    insert_once(session, Watermark, [{"name": "subscriptions", "value": 0}])
    count = update(Watermark).where(col(Watermark.name) == "subscriptions").values(value=col(Watermark.value) + 1)
    row.mark = session.connection().execute(count.returning(col(Watermark.value))).scalar_one()
    session.add(row)
    session.flush()


def noted(session: Session, *, key: str, kind: str, ocid: str | None, content: dict[str, Any], now: datetime) -> Notification:
    """The notification of this key; whoever comes second waits for the first and finds its row."""
    values = {"key": key, "kind": kind, "ocid": ocid, "content": content, "created_at": now, "mark": watermark(session)}
    insert_once(session, Notification, [values])
    return session.exec(select(Notification).where(Notification.key == key)).one()


def insert_once(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> int:
    """Insert rows, leaving out those whose unique key is there already, on both databases; of a single one, 1 if it was new."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    if not rows:
        return 0
    # one statement for all rows, so that it is compiled once however many there are
    return session.connection().execute(insert(table).on_conflict_do_nothing(), rows).rowcount


def _of_tender(statement: Select[Any], ocid: str) -> Any:
    return statement.join(Notification).where(col(Notification.ocid) == ocid)


def _suppress_waiting(session: Session, condition: ColumnElement[bool], *, reason: str) -> Sequence[Delivery]:
    waiting = session.exec(
        select(Delivery).where(condition, col(Delivery.state).in_([DeliveryState.QUEUED, DeliveryState.DELAYED]))
    ).all()
    for delivery in waiting:
        delivery.state, delivery.reason, delivery.next_attempt_at = DeliveryState.SUPPRESSED, reason, None
        session.add(delivery)
    session.flush()
    return waiting


def lift_own_suppression(session: Session, address: str) -> None:
    """A person who signs up again takes back their own request; a bounce or a complaint stays."""
    row = session.get(Suppression, address)
    if row is not None and row.reason == "asked":
        session.delete(row)


def notifications(session: Session, ids: Collection[int]) -> dict[int, Notification]:
    """What deliveries tell, by id."""
    rows = session.exec(select(Notification).where(col(Notification.id).in_(ids))).all()
    return {row.id: row for row in rows if row.id is not None}
