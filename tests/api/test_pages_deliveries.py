"""Every message with what became of it, found and tried again; another organisation's never."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from api.database import Database
from contracts.vocabulary import DeliveryState
from notifier.models import Delivery, DeliveryAttempt
from tests.api.service import HTML, NOW, TestClient
from tests.api.test_pages_alerts import add_delivery, add_subscription

FAILED, SENT, QUEUED, BOUNCED = DeliveryState.FAILED, DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.BOUNCED


def add(
    session: Session, number: int, state: DeliveryState, *, address: str = "a@clinic.example", organisation_id: int = 1
) -> int:
    subscription = add_subscription(session, organisation_id, address=address, query=f"q{number}")
    row = add_delivery(
        session, subscription, key=f"release-{number}", title=f"Posting {number}", state=state, next_attempt_at=None, attempts=1
    )
    return row.id or 0


def test_messages_are_found_by_state_and_address(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add(session, 1, FAILED)
        add(session, 2, SENT)
        add(session, 3, FAILED, address="b@clinic.example")
    page = web.get("/deliveries", headers=HTML).text
    assert all(f"Posting {number}" in page for number in (1, 2, 3))
    found = web.get("/deliveries?state=failed&address=b@clinic.example", headers=HTML).text
    assert "Posting 3" in found
    assert "Posting 1" not in found
    assert "No message is like this." in web.get("/deliveries?state=delayed", headers=HTML).text
    assert web.get("/deliveries?state=nonsense&before=x", headers=HTML).status_code == 200


def test_a_message_shows_every_attempt(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        identity = add(session, 1, BOUNCED)
        for outcome, code, text in (("delayed", 451, "greylisted"), ("sent", 250, "kept"), ("bounced", None, "<b>no such</b>")):
            session.add(DeliveryAttempt(delivery_id=identity, at=NOW, outcome=outcome, code=code, text=text))
    page = web.get(f"/deliveries/{identity}", headers=HTML).text
    assert page.index("451 greylisted") < page.index("250 kept") < page.index("&lt;b&gt;no such&lt;/b&gt;")
    assert "Came back" in page


@pytest.mark.parametrize("state", [FAILED, BOUNCED, DeliveryState.DELAYED])
def test_what_failed_is_tried_again_at_once(web: TestClient, stored: Database, state: DeliveryState) -> None:
    with stored.write() as session:
        identity = add(session, 1, state)
    assert f'action="/deliveries/{identity}/retry"' in web.get("/deliveries", headers=HTML).text
    answer = web.post(f"/deliveries/{identity}/retry")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/deliveries/{identity}?done=retried")
    with stored.read() as session:
        row = session.get_one(Delivery, identity)
    assert (row.state, row.attempts, row.next_attempt_at) == (QUEUED, 0, NOW)


def test_what_was_sent_is_not_sent_again(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        identity = add(session, 1, SENT)
    assert "/retry" not in web.get("/deliveries", headers=HTML).text
    assert web.post(f"/deliveries/{identity}/retry").status_code == 409


def test_another_organisations_messages_are_not_there(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        identity = add(session, 1, FAILED, organisation_id=2)
    assert "Posting 1" not in web.get("/deliveries", headers=HTML).text
    assert web.get(f"/deliveries/{identity}").status_code == 404
    assert web.post(f"/deliveries/{identity}/retry").status_code == 404
    assert web.get("/deliveries/99999999999").status_code == 404
    with stored.read() as session:
        assert session.get_one(Delivery, identity).state is FAILED


def test_what_nobody_takes_care_of_is_said_at_the_top(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        row = session.get_one(Delivery, add(session, 1, QUEUED))
        row.created_at = row.next_attempt_at = NOW - timedelta(hours=3)
        session.add(row)
    assert "1 message has been waiting for more than an hour" in web.get("/deliveries", headers=HTML).text


def test_older_messages_are_a_page_away(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        first, *_ = [add(session, number, FAILED) for number in range(51)]
    page = web.get("/deliveries?state=failed", headers=HTML).text
    assert f'"/deliveries/{first}"' not in page
    assert f"before={first + 1}" in page
    older = web.get(f"/deliveries?state=failed&before={first + 1}", headers=HTML).text
    assert f'"/deliveries/{first}"' in older
    assert ">Older<" not in older
