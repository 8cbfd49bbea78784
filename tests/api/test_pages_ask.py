"""A question finds the clinic's own answer and the desk; a held look is accepted or rejected."""

from datetime import timedelta

import pytest
from sqlmodel import select

from api.database import Database
from contracts.vocabulary import Health
from crawler.items import Posting
from crawler.models import Quarantine, Tender
from notifier.models import Delivery
from tests.api.service import HTML, NOW, TestClient, add_source
from tests.api.test_pages_alerts import add_subscription


def test_a_question_finds_its_desk_with_how_to_reach_it_and_why(web: TestClient) -> None:
    page = web.post("/ask", data={"question": "I need to change the bank account you pay us into"}, headers=HTML).text
    assert "Procurement Services" in page
    assert 'href="tel:+16042763344"' in page
    assert "Known from" in page


def test_a_desk_that_publishes_no_contact_says_so(web: TestClient) -> None:
    page = web.post("/ask", data={"question": "our invoice was rejected"}, headers=HTML).text
    assert "Payment Services" in page
    assert "is not published" in page


def test_the_clinics_own_contract_is_asked_first(web: TestClient) -> None:
    text = b"4. Invoices. The provider must send each invoice within 90 days after the date of service."
    web.post("/contracts", files={"file": ("agreement.txt", text)})
    page = web.post("/ask", data={"question": "How many days do we have to send an invoice?"}, headers=HTML).text
    assert page.index("Your contract says") < page.index("Why:")
    assert "within 90 days" in page
    routed = web.post("/api/v1/questions", json={"question": "How many days do we have to send an invoice?"}).json()
    assert "within 90 days" in routed["answer"]["quote"]


def test_asking_is_a_post_so_that_no_address_holds_the_question(web: TestClient) -> None:
    form = web.get("/ask?question=is+the+claim+accepted").text
    assert "is the claim accepted</textarea>" in form
    assert "Claims Call Centre" not in form


@pytest.mark.parametrize("question", ["", "   "])
def test_nothing_asked_is_said_to_be_nothing(web: TestClient, question: str) -> None:
    answer = web.post("/ask", data={"question": question}, headers=HTML)
    assert answer.status_code == 422
    assert "There was no question to send" in answer.text


def test_a_hostile_question_comes_back_as_text(web: TestClient) -> None:
    page = web.post("/ask", data={"question": "</textarea><script>alert(1)</script> our invoice"}, headers=HTML).text
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("question", "desk"), [("our invoice was rejected", "payment"), ("is the claim accepted", "claims"), ("hello", "none")]
)
def test_the_api_names_the_desk_too(web: TestClient, question: str, desk: str) -> None:
    answer = web.post("/api/v1/questions", json={"question": question}).json()
    assert answer["answer"] is None
    assert answer["route"]["route"] == desk
    assert (answer["route"]["contact"] is None) == (desk == "none")


def hold(stored: Database) -> int:
    """A held look at the board with one posting that a subscriber waits for; its id."""
    posting = Posting(id="9", number="049-2026", title="Rehabilitation", closes=NOW + timedelta(days=9))
    with stored.write() as session:
        add_source(session, health=Health.QUARANTINED, baseline_at=NOW - timedelta(days=30))
        add_subscription(session, query="rehabilitation")
        held = Quarantine(
            source="board", held_at=NOW, last_at=NOW, reason="1 row where 40 were", rows=1, postings=[posting.dump()]
        )
        session.add(held)
        session.flush()
        assert held.id is not None
        return held.id


def test_an_accepted_look_is_stored_and_told_once(web: TestClient, stored: Database) -> None:
    number = hold(stored)
    assert "049-2026" in web.get(f"/sources/board/held/{number}").text
    assert web.post(f"/sources/board/held/{number}/accept").status_code == 303
    assert web.post(f"/sources/board/held/{number}/accept").status_code == 409
    with stored.read() as session:
        assert [tender.title for tender in session.exec(select(Tender))] == ["Rehabilitation"]
        assert len(session.exec(select(Delivery)).all()) == 1
        assert session.get_one(Quarantine, number).decided_by == "the local person"


def test_a_rejected_look_changes_nothing(web: TestClient, stored: Database) -> None:
    number = hold(stored)
    assert web.post(f"/sources/board/held/{number}/reject").status_code == 303
    with stored.read() as session:
        assert not session.exec(select(Tender)).all()
        assert not session.exec(select(Delivery)).all()


def test_a_look_of_another_source_is_not_found(web: TestClient, stored: Database) -> None:
    number = hold(stored)
    for address in (
        f"/sources/harbour-city/held/{number}/accept",
        "/sources/board/held/99/accept",
        f"/sources/board/held/{number}/sell",
    ):
        assert web.post(address).status_code == 404


def test_a_mail_of_twenty_thousand_characters_is_a_question_everywhere(web: TestClient) -> None:
    mail = ("Our invoice was rejected and we have not been paid. " + "We are a clinic in the north. " * 700)[:20_000]
    assert "Payment Services" in web.post("/ask", data={"question": mail}, headers=HTML).text
    assert web.post("/api/v1/questions", json={"question": mail}).json()["route"]["route"] == "payment"
    assert web.post("/api/v1/enquiries", json={"question": mail}).status_code == 201
    assert web.post("/api/v1/questions", json={"question": mail + "x"}).status_code == 422


def test_a_text_that_no_desk_fits_is_shown_every_contact(web: TestClient) -> None:
    page = web.post("/ask", data={"question": "who handles what? we have several questions"}, headers=HTML).text
    assert "No desk fits" in page
    assert "All contacts" in page
    assert "Procurement Services" in page
