"""One release, one row per subscription, one mail per person; saying it again changes nothing."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from api.database import Database
from contracts.vocabulary import DeliveryState, Health
from notifier.addresses import InvalidAddress
from notifier.alerts import health_changed
from notifier.models import Delivery, Notification
from notifier.news import News
from notifier.query import QueryError
from notifier.store import (
    counts,
    deliveries,
    pause,
    resume,
    subscriptions,
    suppress,
    unsubscribe,
)
from tests.notifier.factories import NOW, announced, news, subscribed, written

QUEUED, SUPPRESSED = DeliveryState.QUEUED, DeliveryState.SUPPRESSED


def test_a_release_is_told_once_to_each_who_wants_it(session: Session) -> None:
    wanted, _ = subscribed(session, "rehabilitation"), subscribed(session, "bridges", address="other@clinic.example")
    (delivery,) = announced(session, news())
    assert (delivery.key, delivery.state) == (f"bids-1:2026-11-20:{wanted.id}:email", QUEUED)
    assert delivery.next_attempt_at == NOW
    notification = session.exec(select(Notification)).one()
    assert (notification.key, notification.ocid) == ("bids-1:2026-11-20", "ocds-bids-1")
    assert News.from_json(notification.content) == news()


def test_announcing_again_writes_nothing(database: Database) -> None:
    for expected in (1, 0):
        with database.write() as session:
            subscribed(session)
            assert len(announced(session, news())) == expected
    with database.read() as session:
        assert len(session.exec(select(Notification)).all()) == 1


def test_news_that_nobody_wants_leaves_no_trace(session: Session) -> None:
    assert announced(session, news()) == []
    assert session.exec(select(Notification)).all() == []


def test_one_person_with_several_searches_gets_one_mail(session: Session) -> None:
    subscribed(session, "rehabilitation")
    subscribed(session, "program:OR2")
    subscribed(session, "", organisation=2)
    states = [delivery.state for delivery in announced(session, news())]
    assert states == [QUEUED, SUPPRESSED, SUPPRESSED]


def test_a_search_added_later_does_not_repeat_what_its_person_heard(session: Session) -> None:
    subscribed(session, "rehabilitation")
    announced(session, news())
    subscribed(session, "services")
    (second,) = announced(session, news())
    assert second.state is SUPPRESSED


def test_who_may_not_be_told_gets_a_row_that_says_why(session: Session) -> None:
    subscribed(session, address="new@clinic.example", confirmed=False)
    resting = subscribed(session, address="resting@clinic.example")
    pause(session, resting.id or 0, until=NOW + timedelta(days=1))
    subscribed(session, address="bounced@clinic.example")
    suppress(session, "bounced@clinic.example", reason="mailbox is gone", now=NOW)
    reasons = {delivery.address: (delivery.state, delivery.reason) for delivery in announced(session, news())}
    assert reasons == {
        "new@clinic.example": (SUPPRESSED, "the subscription is not confirmed yet"),
        "resting@clinic.example": (SUPPRESSED, "the subscription is paused"),
        "bounced@clinic.example": (SUPPRESSED, "mailbox is gone"),
    }


def test_a_pause_that_is_over_is_no_pause(session: Session) -> None:
    row = subscribed(session)
    pause(session, row.id or 0, until=NOW - timedelta(hours=1))
    assert [delivery.state for delivery in announced(session, news())] == [QUEUED]
    pause(session, row.id or 0, until=None)
    resume(session, row.id or 0)
    assert [delivery.state for delivery in announced(session, news(release_id="two"))] == [QUEUED]


def test_unsubscribing_stops_what_is_waiting(session: Session) -> None:
    row = subscribed(session)
    announced(session, news())
    unsubscribe(session, row.id or 0, now=NOW)
    assert counts(session) == {SUPPRESSED: 1}
    assert announced(session, news(release_id="two")) == []
    assert unsubscribe(session, 999, now=NOW) is None


def test_subscribing_twice_is_one_subscription_and_consent_is_kept(session: Session) -> None:
    first = subscribed(session, "  rehab   clinic ", address=" Owner@CLINIC.example ")
    second = subscribed(session, "rehab clinic", address="Owner@clinic.example")
    assert first.id == second.id
    assert first.consent == {
        "time": NOW.isoformat(),
        "source": "test",
        "wording": "Send me alerts",
        "address": "Owner@clinic.example",
    }
    assert [row.query for row in subscriptions(session, organisation_id=1)] == ["rehab clinic"]
    assert subscriptions(session, organisation_id=2) == []


def test_signing_up_again_after_leaving_takes_effect(session: Session) -> None:
    row = subscribed(session)
    unsubscribe(session, row.id or 0, now=NOW)
    suppress(session, row.address, reason="asked", now=NOW)
    again = subscribed(session)
    assert (again.id, again.state, again.ended_at) == (row.id, "active", None)
    assert [delivery.state for delivery in announced(session, news())] == [QUEUED]


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b@c", "a b@clinic.example", "x@clinic..example", "a@clinic.example\nBcc: b@c.example"]
)
def test_an_invalid_address_is_refused_in_one_sentence(session: Session, address: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        subscribed(session, address=address)
    assert "\n" not in str(caught.value)
    assert subscriptions(session, organisation_id=1) == []


def test_a_search_that_cannot_be_read_is_refused(session: Session) -> None:
    with pytest.raises(QueryError, match="column 1"):
        subscribed(session, "colour:red")


def test_deliveries_are_listed_newest_first_by_page_and_filter(session: Session) -> None:
    subscribed(session)
    for number in range(5):
        announced(session, news(release_id=f"r{number}", ocid=f"o{number}"))
    keys = [delivery.key[:2] for delivery in deliveries(session, organisation_id=1, limit=2)]
    assert keys == ["r4", "r3"]
    last = deliveries(session, limit=2)[-1].id
    assert [delivery.key[:2] for delivery in deliveries(session, before=last)] == ["r2", "r1", "r0"]
    assert [delivery.key[:2] for delivery in deliveries(session, ocid="o3")] == ["r3"]
    assert deliveries(session, organisation_id=2) == deliveries(session, state=DeliveryState.SENT) == []


def changed(session: Session, old: Health, new: Health, minute: int, address: str = "operator@clinic.example") -> list[Delivery]:
    at = NOW + timedelta(minutes=minute)
    return written(
        session,
        lambda: health_changed(
            session, source="harbour", title="Harbour City", old=old, new=new, reason="no rows", at=at, address=address, now=at
        ),
    )


def test_the_operator_hears_once_of_a_broken_source_and_once_of_its_recovery(session: Session) -> None:
    assert len(changed(session, Health.HEALTHY, Health.EMPTY, 0)) == 1
    assert changed(session, Health.HEALTHY, Health.EMPTY, 0) == []
    assert changed(session, Health.EMPTY, Health.EMPTY, 5) == []
    assert len(changed(session, Health.EMPTY, Health.HEALTHY, 9)) == 1
    kinds = [row.content["recovered"] for row in session.exec(select(Notification).order_by(Notification.key)).all()]
    assert kinds == [False, True]


def test_a_first_good_look_is_no_news_and_without_an_operator_nothing_is_mailed(session: Session) -> None:
    assert changed(session, Health.UNSEEN, Health.HEALTHY, 0) == []
    assert changed(session, Health.HEALTHY, Health.EMPTY, 1, address="") == []
    assert len(session.exec(select(Notification)).all()) == 1
