"""The daily self-audit: has all news of an hour ago its deliveries, and is each of them final, scheduled or being sent?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from contracts.vocabulary import DeliveryState
from notifier.matching import News, Searches
from notifier.models import Delivery, Notification, Subscription

AGE = timedelta(hours=1)


def neglected(session: Session, *, now: datetime, older_than: timedelta = AGE) -> Sequence[Delivery]:
    """Deliveries older than an hour that are neither final nor scheduled nor being sent."""
    state, again = col(Delivery.state), col(Delivery.next_attempt_at)
    overdue = and_(state.in_([DeliveryState.QUEUED, DeliveryState.DELAYED]), or_(again.is_(None), again < now - older_than))
    stuck = and_(
        state == DeliveryState.SENDING, func.coalesce(col(Delivery.claimed_until), Delivery.created_at) < now - older_than
    )
    return session.exec(
        select(Delivery).where(col(Delivery.created_at) < now - older_than, or_(overdue, stuck)).order_by(col(Delivery.id))
    ).all()


def forgotten(session: Session, news: News, *, at: datetime, searches: Searches) -> list[int]:
    """Subscriptions that this news, released at `at`, should have a delivery for and has none.

    A search that was written or edited since matches now and did not then: only those are counted that have not changed since
    the announcement, or, where there was none, since the last one before.
    """
    told_of = session.exec(select(Notification).where(Notification.key == news.release_id)).first()
    if told_of is not None:
        news, mark, at = News.from_json(told_of.content), told_of.mark, told_of.created_at
    else:
        before = select(Notification.mark).where(Notification.created_at <= at).order_by(col(Notification.id).desc())
        mark = session.exec(before).first() or 0
    wanted = searches.matching(session, news, now=at)
    known = {} if told_of is None else _known(session, told_of)
    missing = [identity for identity in wanted if identity not in known]
    return [
        identity
        for start in range(0, len(missing), 500)
        for identity in session.exec(
            select(Subscription.id)
            .where(
                col(Subscription.id).in_(missing[start : start + 500]), Subscription.mark <= mark, Subscription.created_at <= at
            )
            .order_by(col(Subscription.id))
        )
        if identity is not None
    ]


def was_announced(session: Session, news: News) -> bool:
    """Whether this news was written down to be told, as it was then."""
    return session.exec(select(Notification.id).where(Notification.key == news.release_id)).first() is not None


def _known(session: Session, told_of: Notification) -> set[int | None]:
    return set(session.exec(select(Delivery.subscription_id).where(Delivery.notification_id == told_of.id)).all())
