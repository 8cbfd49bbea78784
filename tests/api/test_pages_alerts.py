"""Who hears of what, signing up, and what was sent."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from api.database import Database
from contracts.vocabulary import DeliveryState
from notifier import store
from notifier.models import Delivery, Notification, Subscription
from tests.api.service import HTML, NOW, TestClient

GOOD = {"address": "Owner@Clinic.example", "query": "rehab OR physio", "consent": "yes"}


def add_subscription(session: Session, organisation_id: int = 1, **changed: Any) -> Subscription:
    values: dict[str, Any] = {
        "organisation_id": organisation_id,
        "address": "a@clinic.example",
        "query": "rehab",
        "created_at": NOW,
    }
    row = Subscription(**(values | changed))
    session.add(row)
    session.flush()
    return row


def add_delivery(session: Session, subscription: Subscription, **changed: Any) -> Delivery:
    key = changed.pop("key", "release-1")
    news = Notification(key=key, kind="news", ocid="ocds-1", created_at=NOW, content={"title": changed.pop("title", "A posting")})
    session.add(news)
    session.flush()
    values: dict[str, Any] = {
        "key": f"{key}:{subscription.id}:email",
        "notification_id": news.id,
        "subscription_id": subscription.id,
        "organisation_id": subscription.organisation_id,
        "address": subscription.address,
        "created_at": NOW,
    }
    row = Delivery(**(values | changed))
    session.add(row)
    session.flush()
    return row


def test_signing_up_stores_the_wish_with_its_consent(web: TestClient, stored: Database) -> None:
    answer = web.post("/subscribe", data=GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts/1?done=subscribed")
    with stored.read() as session:
        row = session.exec(select(Subscription)).one()
    assert (row.address, row.query, row.state) == ("Owner@clinic.example", "rehab OR physio", "active")
    assert row.consent["source"] == "sign-up page"
    assert row.consent["wording"].startswith("I agree")
    assert "rehab OR physio" in web.get("/alerts?done=subscribed").text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"address": "nobody"}, "is not a mail address"),
        ({"address": "a@b.example\r\nBcc: c@d.example"}, "is not a mail address"),
        ({"query": "(rehab"}, "column"),
        ({"consent": ""}, "tick the box"),
    ],
)
def test_a_sign_up_that_can_not_be_used_says_why_keeps_what_was_typed_and_stores_nothing(
    web: TestClient, stored: Database, wrong: dict[str, str], sentence: str
) -> None:
    answer = web.post("/subscribe", data=GOOD | wrong, headers=HTML)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "rehab" in answer.text
    with stored.read() as session:
        assert not session.exec(select(Subscription)).all()


def test_what_was_typed_comes_back_as_text(web: TestClient) -> None:
    answer = web.post("/subscribe", data=GOOD | {"address": '"><script>alert(1)</script>'}, headers=HTML)
    assert "<script>alert" not in answer.text


def test_a_subscription_is_paused_resumed_and_ended(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        number = add_subscription(session).id

    def state() -> str:
        with stored.read() as session:
            return session.get_one(Subscription, number).state

    for act, expected in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert web.post(f"/alerts/{number}/{act}").status_code == 303
        assert state() == expected
    assert web.post(f"/alerts/{number}/sell", headers=HTML).status_code == 404


def test_another_organisations_subscription_does_not_exist_here(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        foreign = add_subscription(session, organisation_id=2, address="theirs@other.example")
        add_delivery(session, foreign, title="Their posting")
    assert web.post(f"/alerts/{foreign.id}/end").status_code == 404
    assert web.post("/alerts/999999999999999/end").status_code == 404
    page = web.get("/alerts").text
    assert "theirs@other.example" not in page
    assert "Their posting" not in page
    with stored.read() as session:
        assert session.get_one(Subscription, foreign.id).state == "active"


def test_messages_show_their_state_and_why(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        row = add_subscription(session)
        add_delivery(session, row, key="a", title="Bounced one", state=DeliveryState.FAILED, reason="550 no such user")
        add_delivery(session, row, key="b", title="Sent one", state=DeliveryState.SENT, sent_at=NOW)
        add_delivery(session, row, key="c", state=DeliveryState.DELAYED, next_attempt_at=NOW + timedelta(minutes=5))
    page = web.get("/alerts").text
    assert "550 no such user" in page
    assert "Delayed, will be tried again" in page
    failed = web.get("/alerts?state=failed").text
    assert "Bounced one" in failed
    assert "Sent one" not in failed


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_state_of_a_message_has_words(web: TestClient, stored: Database, state: DeliveryState) -> None:
    with stored.write() as session:
        add_delivery(session, add_subscription(session), state=state)
    assert web.get("/alerts", headers=HTML).status_code == 200


def test_many_messages_are_paged_backwards(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        row = add_subscription(session)
        for number in range(60):
            add_delivery(session, row, key=f"k{number:02}", title=f"Posting {number:02}")
    page = web.get("/alerts").text
    assert "Posting 59" in page
    assert "Posting 09" not in page
    assert "Posting 09" in web.get("/alerts?before=11").text


def test_words_after_a_form_come_from_us_alone(web: TestClient) -> None:
    assert "You have won" not in web.get("/alerts?done=You+have+won").text


def test_the_sign_up_form_takes_a_search_along(web: TestClient) -> None:
    assert 'value="rehab &#34;exact&#34;"' in web.get("/subscribe?query=rehab+%22exact%22").text


def test_the_store_finds_what_the_form_stored(web: TestClient, stored: Database) -> None:
    web.post("/subscribe", data=GOOD)
    web.post("/subscribe", data=GOOD)
    with stored.read() as session:
        assert len(store.subscriptions(session, organisation_id=1)) == 1
