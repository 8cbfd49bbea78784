"""The outbox's own rows: which deliveries are due, whose they are while they are sent, and what became of them.

Each method is one transaction. A claim is a lease, taken under the name of one pass; a lease that ran out is anyone's.
The deliveries of a digest are claimed together, through the first of them, and share one message and its outcome.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, exists, func, or_, select, text, update
from sqlmodel import Session, SQLModel

from contracts.vocabulary import DeliveryState
from notifier.channels import Outcome, Parcel, Result
from notifier.messages import Sender, message_id
from notifier.models import WAITING, Suppression
from notifier.schedule import MOST_ATTEMPTS, SLOWEST, retry_delay
from notifier.standstill import stands
from notifier.store import insert_once
from notifier.warming import BULK, WarmUp, day_of, next_day

Write: TypeAlias = Callable[[], AbstractContextManager[Session]]

_TABLE = SQLModel.metadata.tables["delivery"]
_ATTEMPTS = SQLModel.metadata.tables["deliveryattempt"]
_NOTIFICATION = SQLModel.metadata.tables["notification"]
_SUBSCRIPTION = SQLModel.metadata.tables["subscription"]
_SUPPRESSION = SQLModel.metadata.tables["suppression"]


_EARLIER = _TABLE.alias("earlier")
# of a digest's deliveries that make one message only the first is looked for: its lock stands for the whole message
_LEADS = or_(
    _TABLE.c.digest.is_(None),
    ~exists().where(
        _EARLIER.c.digest == _TABLE.c.digest,
        _EARLIER.c.message_id == _TABLE.c.message_id,
        _EARLIER.c.id < _TABLE.c.id,
        _EARLIER.c.state.in_([DeliveryState.QUEUED, DeliveryState.DELAYED, DeliveryState.SENDING]),
    ),
)
# what one subscription hears of one tender goes out in the order in which it happened, also when the relay puts the first off
_SOONER, _TOLD, _TOLD_SOONER = _TABLE.alias("sooner"), _NOTIFICATION.alias("told"), _NOTIFICATION.alias("told_sooner")
_IN_TURN = ~exists().where(
    _SOONER.c.subscription_id == _TABLE.c.subscription_id,
    text(f"sooner.{WAITING}"),
    _SOONER.c.channel == _TABLE.c.channel,
    _SOONER.c.id < _TABLE.c.id,
    _SOONER.c.digest.is_(None),
    _SOONER.c.created_at > bindparam("patience"),
    _TOLD_SOONER.c.id == _SOONER.c.notification_id,
    _TOLD.c.id == _TABLE.c.notification_id,
    _TOLD_SOONER.c.ocid == _TOLD.c.ocid,
)
PATIENCE = timedelta(hours=1)  # how long one that can't be sent holds up those behind it: late is worse than out of order


class Rows:
    """The outbox's own statements, each in one transaction."""

    def __init__(
        self,
        write: Write,
        name: str,
        *,
        sender: Sender,
        lease: timedelta,
        channels: Sequence[str],
        warm_up: WarmUp | None = None,
    ) -> None:
        self.write = write
        self.name = name
        self.sender = sender
        self.lease = lease
        self.channels = channels
        self.warm_up = warm_up

    def claim(self, now: datetime, room: int) -> tuple[int, list[tuple[str, Parcel]]]:
        """Take up to `room` due deliveries; those that may not be sent any more are settled on the way.

        Gives how many were looked at, and each parcel with its channel.
        """
        with self.write() as session:
            connection = session.connection()
            if stands(connection):
                return 0, []
            room = self._warm_room(connection, room, now)
            rows: list[Row[Any]] = []
            for due in self._due(now):
                if len(rows) < room:
                    wanted = self._candidates(due).where(_LEADS, _IN_TURN).limit(room - len(rows))
                    rows += connection.execute(wanted, {"patience": now - PATIENCE}).all()
            looked = len(rows)
            rows += self._followers(connection, rows, now)
            contents = _contents(connection, {row.notification_id for row in rows})
            messages: dict[Any, list[Row[Any]]] = {}
            settled: list[dict[str, Any]] = []
            for row in rows:
                if verdict := _not_to_be_sent(row, now):
                    settled.append({"row": row.id, "state_": verdict[0], "reason_": verdict[1]})
                else:
                    messages.setdefault((row.digest, row.message_id) if row.digest else row.id, []).append(row)
            parcels = [(together[0].channel, self._parcel(together, contents, now)) for together in messages.values()]
            if settled:
                connection.execute(_SETTLE, settled)
            if parcels:
                lease = {"me": self.name, "until": now + self.lease}
                claims = [{"row": row, "id_": one.message_id} | lease for _, one in parcels for row in one.deliveries]
                connection.execute(_CLAIM, claims)
            return looked, parcels

    def record(self, answers: list[tuple[Parcel, Outcome]], now: datetime) -> None:
        """Write down what became of each attempt, in one commit."""
        attempts, updates, gone = [], [], []
        for parcel, outcome in answers:
            state, again, reason = after(outcome, parcel.attempt, now)
            answer: dict[str, Any] = {
                "state_": state,
                "next_": again,
                "sent_": now if state is DeliveryState.SENT else None,
                "reason_": reason,
                "attempts_": parcel.attempt - (outcome.result is Result.RETURNED),
            }
            updates += [{"row": row} | answer for row in parcel.deliveries]
            if outcome.result is not Result.RETURNED:
                attempts += [_attempt(row, outcome, now) for row in parcel.deliveries]
            if outcome.gone:
                gone.append({"address": parcel.address, "reason": f"bounced: {outcome.text}"[:300], "since": now})
        with self.write() as session:
            connection = session.connection()
            connection.execute(_RECORD, updates)
            if attempts:
                connection.execute(_ATTEMPTS.insert(), attempts)
            insert_once(session, Suppression, gone)

    def _warm_room(self, connection: Connection, room: int, now: datetime) -> int:
        """How much of `room` a sender that is warming up may use; what is too much for the day is put off to the next."""
        allowed = self.warm_up.allowed(now.date()) if self.warm_up else None
        if allowed is None:
            return room
        used = select(func.count()).select_from(_TABLE).where(
            _TABLE.c.channel == "email",
            or_(_TABLE.c.sent_at >= day_of(now), _TABLE.c.state == DeliveryState.SENDING),
        )  # fmt: skip
        left = allowed - connection.execute(used).scalar_one()
        if left > 0:
            return min(room, left)
        bulk = select(_NOTIFICATION.c.id).where(_NOTIFICATION.c.kind.in_(BULK))
        waiting = _TABLE.c.state.in_([DeliveryState.QUEUED, DeliveryState.DELAYED])
        due = and_(waiting, _TABLE.c.next_attempt_at <= now, _TABLE.c.channel == "email")
        put_off = {"next_attempt_at": next_day(now), "reason": f"waits for tomorrow: a new sender sends {allowed} messages today"}
        connection.execute(update(_TABLE).where(due, _TABLE.c.notification_id.in_(bulk)).values(put_off))
        return room

    def keep(self, now: datetime) -> None:
        """Renew the leases of what is still in flight here."""
        with self.write() as session:
            mine = and_(_TABLE.c.claimed_by == self.name, _TABLE.c.state == DeliveryState.SENDING)
            session.connection().execute(update(_TABLE).where(mine).values(claimed_until=now + self.lease))

    def take_over(self, now: datetime) -> None:
        """Make every claim found due at once: the one that made it is gone, and nobody else is here."""
        with self.write() as session:
            claimed = and_(_TABLE.c.state == DeliveryState.SENDING, _TABLE.c.channel.in_(self.channels))
            session.connection().execute(update(_TABLE).where(claimed).values(claimed_until=now - timedelta(seconds=1)))

    def _due(self, now: datetime) -> list[ColumnElement[bool]]:
        """Due ones, then leases that ran out. A time so far ahead that no rule sets it means that the clock went back."""
        state, again, until = _TABLE.c.state, _TABLE.c.next_attempt_at, _TABLE.c.claimed_until
        queued, delayed = state == DeliveryState.QUEUED, state == DeliveryState.DELAYED
        lost = or_(until < now, until > now + 2 * self.lease)
        return [
            and_(queued, again <= now),
            and_(delayed, again <= now),
            # what flies here is not lost, whatever the clock says
            and_(state == DeliveryState.SENDING, lost, _TABLE.c.claimed_by != self.name),
            and_(delayed, again > now + 2 * SLOWEST),
            and_(queued, again > now, again <= _TABLE.c.created_at),
            # written under a clock that has gone back since: its turn may be years away
            and_(queued, again > now, _TABLE.c.created_at > now + 2 * self.lease),
        ]

    def _candidates(self, due: ColumnElement[bool], *, wait: bool = False) -> Select[Any]:
        return (
            select(
                _TABLE,
                _SUBSCRIPTION.c.state.label("subscription_state"),
                _SUBSCRIPTION.c.paused_until,
                _SUBSCRIPTION.c.query,
                _SUBSCRIPTION.c.language.label("wanted_language"),
                _SUBSCRIPTION.c.options,
                _SUPPRESSION.c.reason.label("refused"),
            )
            .outerjoin(_SUBSCRIPTION, _SUBSCRIPTION.c.id == _TABLE.c.subscription_id)
            .outerjoin(_SUPPRESSION, _SUPPRESSION.c.address == _TABLE.c.address)
            .where(due, _TABLE.c.channel.in_(self.channels))
            .order_by(_TABLE.c.next_attempt_at, _TABLE.c.id)
            .with_for_update(skip_locked=not wait, of=_TABLE)
        )

    def _followers(self, connection: Connection, leaders: list[Row[Any]], now: datetime) -> list[Row[Any]]:
        """The rest of the digests that these rows lead. Who has the first of a digest has them all, so nobody skips any."""
        led = {(row.digest, row.message_id) for row in leaders if row.digest}
        if not led:
            return []
        names = {digest for digest, _ in led}
        rows = connection.execute(self._candidates(or_(*self._due(now)), wait=True).where(_TABLE.c.digest.in_(names))).all()
        known = {row.id for row in leaders}
        return [row for row in rows if row.id not in known and (row.digest, row.message_id) in led]

    def _parcel(self, rows: list[Row[Any]], contents: Mapping[int, Any], now: datetime) -> Parcel:
        first, *others = rows
        told = [contents[row.notification_id] for row in rows]
        kind, content = told[0].kind, told[0].content
        if first.digest is not None:
            kind, content = "digest", {"items": [{"kind": one.kind, "content": one.content} for one in told]}
        return Parcel(
            delivery_id=first.id,
            key=first.key,
            notification_id=first.notification_id,
            kind=kind,
            content=content,
            address=first.address,
            # kept from the first claim on, whatever becomes of the sender's domain
            message_id=first.message_id or message_id(first.key, first.address, sender=self.sender),
            at=now,
            attempt=first.attempts + 1,
            subscription_id=first.subscription_id,
            query=first.query or "",
            language=first.wanted_language or first.language or "en",
            options=first.options,
            others=tuple(row.id for row in others),
        )


def after(outcome: Outcome, attempt: int, now: datetime) -> tuple[DeliveryState, datetime | None, str | None]:
    """The state that an attempt's outcome leads to, when to try again, and why it is not sent."""
    if outcome.result is Result.SENT:
        return DeliveryState.SENT, None, None
    if outcome.result is Result.RETURNED:
        return DeliveryState.QUEUED if attempt == 1 else DeliveryState.DELAYED, now + outcome.later, outcome.text or None
    words = " ".join(filter(None, (str(outcome.code or ""), outcome.text))) or "no reason was given"
    delay = retry_delay(attempt)
    if outcome.result is Result.FAILED or delay is None:
        given_up = "" if outcome.result is Result.FAILED else f"given up after {attempt} attempts: "
        return DeliveryState.FAILED, None, given_up + words
    return DeliveryState.DELAYED, now + delay, words


RETRIABLE = (DeliveryState.DELAYED, DeliveryState.FAILED, DeliveryState.BOUNCED)


def retry(session: Session, *, now: datetime, delivery_id: int | None = None) -> int:
    """Make what waits for another try, or failed, due at once; the number of it. A failed one gets the whole schedule.

    What bounced is tried again only by its own id: a server had accepted it.
    """
    states = RETRIABLE if delivery_id is not None else (DeliveryState.DELAYED, DeliveryState.FAILED)
    chosen: ColumnElement[bool] = _TABLE.c.state.in_(states)
    if delivery_id is not None:
        chosen = and_(chosen, _TABLE.c.id == delivery_id)
    values = {"state": DeliveryState.QUEUED, "next_attempt_at": now, "attempts": 0}
    return session.connection().execute(update(_TABLE).where(chosen).values(values)).rowcount


_CLAIM = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("row"))
    .values(
        state=DeliveryState.SENDING,
        claimed_by=bindparam("me"),
        claimed_until=bindparam("until"),
        message_id=bindparam("id_"),
        attempts=_TABLE.c.attempts + 1,
    )
)
# what was accepted is recorded even if the lease was lost meanwhile; a bounce may overtake the record of what bounced
_RECORD = (
    update(_TABLE)
    .where(
        _TABLE.c.id == bindparam("row"),
        # two conditions, since a list of values can't stand in a statement that is run for many rows
        _TABLE.c.state != DeliveryState.SENT,
        _TABLE.c.state != DeliveryState.BOUNCED,
    )
    .values(
        state=bindparam("state_"),
        next_attempt_at=bindparam("next_"),
        sent_at=bindparam("sent_"),
        reason=bindparam("reason_"),
        attempts=bindparam("attempts_"),
        claimed_by=None,
        claimed_until=None,
    )
)


_SETTLE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("row"))
    .values(state=bindparam("state_"), reason=bindparam("reason_"), next_attempt_at=None, claimed_by=None, claimed_until=None)
)


def _contents(connection: Connection, identities: set[int]) -> Mapping[int, Any]:
    """The notifications, each read once however many hear of it."""
    if not identities:
        return {}
    wanted = select(_NOTIFICATION.c.id, _NOTIFICATION.c.kind, _NOTIFICATION.c.content).where(_NOTIFICATION.c.id.in_(identities))
    return {row.id: row for row in connection.execute(wanted).all()}


def _not_to_be_sent(row: Row[Any], now: datetime) -> tuple[DeliveryState, str] | None:
    """Why a due delivery is settled without sending: nobody wants it any more, or it has killed every worker so far."""
    if row.refused is not None:
        return DeliveryState.SUPPRESSED, row.refused
    if row.subscription_state == "ended":
        return DeliveryState.SUPPRESSED, "unsubscribed"
    if row.subscription_state == "paused" and (row.paused_until is None or now < row.paused_until):
        return DeliveryState.SUPPRESSED, "the subscription is paused"
    if row.attempts >= MOST_ATTEMPTS:
        return DeliveryState.FAILED, row.reason or "the worker died each time this was to be sent"
    return None


def _attempt(delivery_id: int, outcome: Outcome, now: datetime) -> dict[str, Any]:
    return {
        "delivery_id": delivery_id,
        "at": now,
        "outcome": outcome.result.value,
        "code": outcome.code,
        "enhanced": outcome.enhanced,
        "text": outcome.text or None,
    }
