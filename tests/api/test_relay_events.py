"""A relay's word about a bounce or a complaint counts when it knows the secret, whatever its shape."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlmodel import select
from standardwebhooks.webhooks import Webhook

from api.database import Database
from contracts.vocabulary import DeliveryState
from notifier.models import Delivery, Suppression
from notifier.relay_events import read_events
from notifier.reports import Report
from tests.api import service
from tests.api.service import TestClient
from tests.api.test_pages_alerts import add_delivery, add_subscription

SECRET = "what the relay knows too"
ID = "<1@bids.clinic.example>"
BARE = ID.strip("<>")
AUTH = ("relay", SECRET)
HARD: dict[str, Any] = {
    "plain": {"event": "bounce", "message-id": ID, "reason": "550 no such user", "status": "5.1.1"},
    "a list": [{"event": "bounce", "smtp-id": ID, "reason": "550 5.1.1 unknown", "status": "5.1.1", "type": "bounce"}],
    "nested": {
        "event-data": {
            "event": "failed",
            "severity": "permanent",
            "recipient": "a@clinic.example",
            "message": {"headers": {"message-id": BARE}},
            "delivery-status": {"code": 550, "description": "no such user"},
        }
    },
    "notified": {
        "notificationType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"status": "5.1.1", "diagnosticCode": "smtp; 550 unknown"}]},
        "mail": {"commonHeaders": {"messageId": ID}},
    },
}
HARD["passed on"] = {"Type": "Notification", "Message": json.dumps(HARD["notified"])}
SOFT = {"event": "bounce", "message_id": BARE, "type": "soft", "reason": "552 mailbox full", "status": "5.2.2"}
COMPLAINT = {"event": "spamreport", "smtp-id": ID}


@pytest.fixture
def web(stored: Database, tmp_path: Path) -> Iterator[TestClient]:
    with stored.write() as session:
        add_delivery(session, add_subscription(session), state=DeliveryState.SENT, message_id=ID, next_attempt_at=None)
    with service.client(stored, tmp_path, relay_webhook_secret=SecretStr(SECRET)) as client:
        yield client


def state(stored: Database) -> tuple[DeliveryState, list[str]]:
    with stored.read() as session:
        return session.exec(select(Delivery)).one().state, list(session.exec(select(Suppression.address)))


@pytest.mark.parametrize("shape", HARD)
def test_a_hard_bounce_of_any_shape_marks_its_delivery_and_ends_mail_to_the_address(
    web: TestClient, stored: Database, shape: str
) -> None:
    answer = web.post("/api/v1/relay-events", json=HARD[shape], auth=AUTH)
    assert answer.json() == {"taken": 1, "unknown": 0}
    assert state(stored) == (DeliveryState.BOUNCED, ["a@clinic.example"])


def test_a_soft_bounce_leaves_the_address_alone_and_a_complaint_does_not(web: TestClient, stored: Database) -> None:
    web.post("/api/v1/relay-events", json=SOFT, auth=AUTH)
    assert state(stored) == (DeliveryState.BOUNCED, [])
    web.post("/api/v1/relay-events", json=COMPLAINT, auth=AUTH)
    assert state(stored) == (DeliveryState.BOUNCED, ["a@clinic.example"])


def test_a_signed_call_is_believed(web: TestClient, stored: Database) -> None:
    body, at = json.dumps(HARD["plain"]), datetime.now(UTC)
    signature = Webhook(SECRET.encode()).sign("msg_1", at, body)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    assert web.post("/api/v1/relay-events", content=body + " ", headers=headers).status_code == 401
    assert web.post("/api/v1/relay-events", content=body, headers=headers).json()["taken"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Basic !!"},
        {"authorization": "Basic cmVsYXk6Z3Vlc3M="},
        {"webhook-id": "x", "webhook-timestamp": "x", "webhook-signature": "x"},
        {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,x"},
    ],
)
def test_whoever_does_not_know_the_secret_changes_nothing(web: TestClient, stored: Database, headers: dict[str, str]) -> None:
    answer = web.post("/api/v1/relay-events", json=HARD["plain"], headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert state(stored) == (DeliveryState.SENT, [])


def test_without_a_secret_nobody_may_call(stored: Database, tmp_path: Path) -> None:
    with service.client(stored, tmp_path) as client:
        assert client.post("/api/v1/relay-events", json=[], auth=("relay", "")).status_code == 403


def test_what_is_no_json_or_tells_of_nothing_is_said(web: TestClient) -> None:
    assert web.post("/api/v1/relay-events", content=b"\xff{", auth=AUTH).status_code == 422
    unknown = [{"event": "opened", "message-id": ID}, {"event": "bounce", "message-id": "<other@x>"}, 7, None]
    assert web.post("/api/v1/relay-events", json=unknown, auth=AUTH).json() == {"taken": 0, "unknown": 1}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from(["bounce", "Bounce", "failed", ID]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["event", "type", "message-id", "event-data", "message", "headers", "bounce", "mail", "notificationType"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_json_can_stop_the_reading(document: Any) -> None:
    assert all(isinstance(one, Report) for one in read_events(document))
