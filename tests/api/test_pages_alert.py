"""One subscription's page: its rhythm, what is open already, a search tried while it is typed, and its channel's secrets."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.database import Database
from contracts.vocabulary import DeliveryState
from notifier.models import Delivery, Notification, Subscription
from tests.api.service import HTML, NOW, TestClient, add_tender
from tests.api.test_pages_alerts import GOOD, add_delivery, add_subscription

DAILY = {
    "frequency": "daily",
    "deliver_at": "07:30",
    "weekday": "2",
    "zone": "America/Toronto",
    "quiet_from": "21:00",
    "quiet_until": "07:00",
    "workdays": "yes",
    "reminders": ["7", "3h"],
    "language": "fr",
    "whole": "yes",
}


def stored_row(stored: Database) -> Subscription:
    with stored.read() as session:
        return session.exec(select(Subscription)).one()


def rhythm(row: Subscription) -> tuple[Any, ...]:
    return (
        row.frequency,
        row.deliver_at,
        row.weekday,
        row.zone,
        row.quiet,
        row.workdays,
        row.reminders,
        row.language,
    )


CHOSEN = ("daily", "07:30", 2, "America/Toronto", "21:00-07:00", True, [7, "3h"], "fr")


def test_a_rhythm_is_chosen_when_signing_up_and_shown_again(web: TestClient, stored: Database) -> None:
    answer = web.post("/subscribe", data=GOOD | DAILY)
    row = stored_row(stored)
    assert answer.headers["location"] == f"/alerts/{row.id}?done=subscribed"
    assert rhythm(row) == CHOSEN
    page = web.get(f"/alerts/{row.id}").text
    assert '<option value="daily" selected>' in page
    assert 'name="quiet_from" value="21:00"' in page
    assert 'value="3h" checked' in page


def test_the_same_choices_are_made_over_json(web: TestClient, stored: Database) -> None:
    chosen = {"frequency": "daily", "deliver_at": "07:30", "weekday": 2, "zone": "America/Toronto", "quiet": "21:00-07:00"}
    chosen |= {"workdays": True, "reminders": [7, "3h"], "language": "fr"}
    made = web.post("/api/v1/subscriptions", json={"address": "a@clinic.example", "consent": "by telephone"} | chosen)
    assert made.status_code == 201
    assert rhythm(stored_row(stored)) == CHOSEN
    number = made.json()["id"]
    changed = web.patch(
        f"/api/v1/subscriptions/{number}", json={"frequency": "instant", "quiet": "", "query": "rehab"}, headers={"if-match": "*"}
    )
    assert (changed.json()["frequency"], changed.json()["quiet"], changed.json()["query"]) == ("instant", "", "rehab")
    assert changed.json()["deliver_at"] == "07:30"
    assert web.patch(f"/api/v1/subscriptions/{number}", json={"quiet": "late"}, headers={"if-match": "*"}).status_code == 422
    assert web.patch("/api/v1/subscriptions/999", json={}).status_code == 404


@pytest.mark.parametrize("wrong", [{"frequency": "yearly"}, {"quiet_from": "21:00"}, {"deliver_at": "99:00"}, {"zone": "Mars/X"}])
def test_a_choice_that_can_not_be_meant_changes_nothing(web: TestClient, stored: Database, wrong: dict[str, str]) -> None:
    with stored.write() as session:
        number = add_subscription(session).id
    before = rhythm(stored_row(stored))
    given = (
        {name: value for name, value in DAILY.items() if name != "quiet_until"} | wrong
        if "quiet_from" in wrong
        else DAILY | wrong
    )
    assert web.post(f"/alerts/{number}/settings", data=given, headers=HTML).status_code == 422
    assert rhythm(stored_row(stored)) == before
    assert web.post("/subscribe", data=GOOD | given, headers=HTML).status_code == 422


def test_choosing_another_rhythm_moves_what_waits(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        row = add_subscription(session, state="active")
        add_delivery(session, row, next_attempt_at=NOW)
    web.post(f"/alerts/{row.id}/settings", data=DAILY)
    with stored.read() as session:
        waiting = session.exec(select(Delivery)).one()
    assert waiting.digest
    assert waiting.next_attempt_at is not None
    assert waiting.next_attempt_at > NOW + timedelta(hours=12)


def test_what_is_open_already_is_offered_and_sent_once(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, title="Rehab services")
        add_tender(session, number="2", title="Bridges")
        add_tender(session, number="3", title="Rehab, closed", closes_at=NOW - timedelta(days=1))
        number = add_subscription(session, query="rehab").id
    page = web.get(f"/alerts/{number}").text
    assert "Rehab services" in page
    assert "Bridges" not in page
    assert "Rehab, closed" not in page
    assert web.post(f"/alerts/{number}/open").headers["location"].endswith("done=open_sent")
    assert web.post(f"/alerts/{number}/open").headers["location"].endswith("done=open_known")
    with stored.read() as session:
        told_of = session.exec(select(Notification).where(Notification.kind == "open")).one()
        delivery = session.exec(select(Delivery)).one()
    assert [item["title"] for item in told_of.content["items"]] == ["Rehab services"]
    assert (delivery.state, delivery.address) == (DeliveryState.QUEUED, "a@clinic.example")


def test_another_search_is_matched_at_once_and_may_not_be_had_twice(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, title="Bridges")
        number = add_subscription(session, query="rehab").id
        add_subscription(session, query="roofs")
    assert web.post(f"/alerts/{number}/search", data={"query": "roofs"}, headers=HTML).status_code == 409
    assert web.post(f"/alerts/{number}/search", data={"query": "(bridges"}, headers=HTML).status_code == 422
    assert web.post(f"/alerts/{number}/search", data={"query": "bridges"}).status_code == 303
    assert "Bridges" in web.get(f"/alerts/{number}").text


def test_a_search_is_tried_while_it_is_typed_and_without_scripts(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, title="<b>Rehab</b> services")
    part = web.get("/searches/preview?query=rehab", headers={"hx-request": "true"}).text
    assert part.startswith('<div id="preview"')
    assert "1 open call would be found" in part
    assert "&lt;b&gt;Rehab" in part
    page = web.get("/searches/preview?query=rehab").text
    assert "<html" in page
    assert "How to write a search" in page
    assert "column 1" in web.get("/searches/preview?query=(rehab").text
    assert web.get("/api/v1/searches/open?query=rehab").json()["count"] == 1
    assert web.get("/api/v1/searches/open?query=(rehab").status_code == 422


def test_a_webhook_shows_its_secret_which_can_be_changed(web: TestClient, stored: Database) -> None:
    hook = GOOD | {"channel": "webhook", "address": "https://hooks.clinic.example/bids", "owner": "it@clinic.example"}
    assert web.post("/subscribe", data=hook).status_code == 303
    row = stored_row(stored)
    assert (row.channel, row.address, row.options["owner"]) == ("webhook", hook["address"], "it@clinic.example")
    page = web.get(f"/alerts/{row.id}").text
    assert page.count("whsec_") == 1
    web.post(f"/alerts/{row.id}/rotate")
    assert web.get(f"/alerts/{row.id}").text.count("whsec_") == 2
    assert web.post(f"/alerts/{row.id}/replay").status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "pigeon"},
        {"channel": "webhook", "address": "file:///etc/passwd"},
        {"channel": "apprise", "address": "syslog://"},
        {"channel": "webhook", "address": "https://hooks.clinic.example/", "frequency": "daily"},
        {"channel": "webhook", "address": "https://hooks.clinic.example/", "owner": "nobody"},
    ],
)
def test_a_channel_that_can_not_be_used_is_refused(web: TestClient, stored: Database, wrong: dict[str, str]) -> None:
    assert web.post("/subscribe", data=GOOD | wrong, headers=HTML).status_code == 422
    with stored.read() as session:
        assert session.exec(select(Subscription)).all() == []


def test_another_organisations_subscription_is_not_shown_or_changed(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        number = add_subscription(session, organisation_id=2).id
    assert web.get(f"/alerts/{number}", headers=HTML).status_code == 404
    for act in ("settings", "search", "open", "rotate", "replay", "pause"):
        assert web.post(f"/alerts/{number}/{act}", data={"query": "x"}, headers=HTML).status_code == 404
    for act in ("open", "replay?since=2026-01-01T00:00:00Z"):
        assert web.post(f"/api/v1/subscriptions/{number}/{act}").status_code == 404
