"""What was just done is taken back by the button that the next page shows, instead of being asked about beforehand."""

import re
from datetime import timedelta

from sqlmodel import select

from api.accounts import store as accounts
from api.accounts.models import Person
from api.database import Database
from contracts.vocabulary import DeliveryState
from crawler.models import Quarantine
from notifier import enquiries, store
from notifier.models import Delivery, Enquiry, Subscription
from tests.api.service import HTML, NOW, TestClient, add_source
from tests.api.test_pages_alerts import add_delivery, add_subscription


def undo(web: TestClient, answer: object) -> str:
    """The address of the way back that the page after a form offers, which is then taken; where it leads."""
    page = web.get(answer.headers["location"], headers=HTML).text  # type: ignore[attr-defined]
    found = re.search(r'<form method="post" action="([^"]+)"><button class="small secondary">Undo', page)
    assert found, page[:2000]
    taken = web.post(found[1])
    assert taken.status_code == 303, taken.text
    return str(taken.headers["location"])


def test_an_ended_subscription_comes_back_with_what_waited_for_it(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        row = add_subscription(session, query="hand")
        add_delivery(session, row, key="a", state=DeliveryState.QUEUED)
        number = row.id
    undo(web, web.post(f"/alerts/{number}/end"))
    with stored.read() as session:
        assert session.exec(select(Subscription)).one().state == "active"
        assert session.exec(select(Delivery)).one().state is DeliveryState.QUEUED


def test_what_its_own_address_ended_or_was_ended_long_ago_stays_ended(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        own, old = add_subscription(session, query="a"), add_subscription(session, query="b")
        store.unsubscribe(session, own.id or 0, now=NOW)
        store.unsubscribe(session, old.id or 0, now=NOW - timedelta(hours=2), by="the organisation")
        numbers = (own.id, old.id)
    for number in numbers:
        assert web.post(f"/alerts/{number}/restore").status_code == 409
    with stored.read() as session:
        assert {row.state for row in session.exec(select(Subscription))} == {"ended"}


def test_another_search_that_tells_the_same_is_not_doubled(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        row, other = add_subscription(session, query="hand"), add_subscription(session, query="therapy")
        first = add_delivery(session, row, key="a", state=DeliveryState.QUEUED)
        session.flush()
        values = {name: getattr(first, name) for name in ("notification_id", "address", "created_at", "organisation_id")}
        session.add(Delivery(key="b", subscription_id=other.id, state=DeliveryState.SENT, **values))
        number = row.id
    undo(web, web.post(f"/alerts/{number}/end"))
    with stored.read() as session:
        assert {one.state for one in session.exec(select(Delivery))} == {DeliveryState.SUPPRESSED, DeliveryState.SENT}


def test_a_closed_enquiry_stands_where_it_stood(web: TestClient, stored: Database) -> None:
    location = web.post("/enquiries", data={"question": "Which form changes our bank account?", "desk": "procurement"}).headers
    number = int(location["location"].partition("?")[0].rpartition("/")[2])
    with stored.write() as session:
        row = session.get_one(Enquiry, number)
        enquiries.call(session, row, text="They look into it.", answered=False, by="Ana", now=NOW)
    assert undo(web, web.post(f"/enquiries/{number}/close", data={"outcome": "no_answer"})).startswith(f"/enquiries/{number}")
    with stored.read() as session:
        row = session.get_one(Enquiry, number)
        assert (row.state, row.outcome, row.closed_at) == ("asked", None, None)
        assert row.follow_up_at is not None
    assert web.post(f"/enquiries/{number}/reopen", headers=HTML).status_code == 422  # it is open


def test_a_person_who_was_taken_out_comes_back_with_their_role(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        accounts.add_person(session, organisation_id=1, address="o@clinic.example", role="owner", now=NOW)
        person = accounts.add_person(session, organisation_id=1, address="a@clinic.example", role="finance", now=NOW)
        foreign = accounts.add_person(session, organisation_id=2, address="f@other.example", role="staff", now=NOW)
        foreign.ended_at = NOW
        number, other = person.id, foreign.id
    undo(web, web.post(f"/account/people/{number}/end"))
    with stored.read() as session:
        row = session.get_one(Person, number)
        assert (row.ended_at, row.role) == (None, "finance")
    for missing in (number, other, 999_999_999_999):  # nobody was taken out; of another clinic; nobody
        assert web.post(f"/account/people/{missing}/restore").status_code == 404


def test_who_was_taken_out_can_be_invited_again_by_their_own_clinic_alone(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        for organisation, address in ((1, "a@clinic.example"), (2, "f@other.example")):
            gone = accounts.add_person(session, organisation_id=organisation, address=address, role="staff", now=NOW)
            gone.ended_at = NOW
    again = web.post("/account/people", data={"address": "a@clinic.example", "role": "finance"})
    assert "signs in once" in again.text
    foreign = web.post("/account/people", data={"address": "f@other.example", "role": "staff"})
    assert "signs in once" not in foreign.text
    with stored.read() as session:
        rows = {row.address: (row.organisation_id, row.role, row.ended_at) for row in session.exec(select(Person))}
    assert rows == {"a@clinic.example": (1, "finance", None), "f@other.example": (2, "staff", NOW)}


def test_a_rejected_look_is_put_back_for_review(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_source(session)
        session.add(Quarantine(source="board", held_at=NOW, last_at=NOW, reason="odd", postings=[{"id": "1", "title": "A"}]))
    assert undo(web, web.post("/sources/board/held/1/reject")).startswith("/sources/board/held/1?")
    with stored.read() as session:
        assert session.get_one(Quarantine, 1).state == "held"
    assert web.post("/sources/board/held/1/reconsider").status_code == 409
    assert web.post("/sources/harbour-city/held/1/reconsider").status_code == 404
