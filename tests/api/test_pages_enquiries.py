"""A question becomes an enquiry on pages and over JSON; contacts are cards, a sheet and vCards."""

import pytest
import vobject
from sqlmodel import select

from api import journeys
from api.database import Database
from api.desks import Book
from notifier import enquiries
from notifier.models import Delivery, Enquiry
from tests.api.service import HTML, NOW, TestClient

QUESTION = "Which form changes the bank account you pay us into?"


def drafted(web: TestClient, question: str = QUESTION, **given: str) -> str:
    fields = {"question": question, "desk": "procurement", "asker": "office@clinic.example", "asker_name": "Harbour Clinic"}
    answer = web.post("/enquiries", data=fields | given, headers=HTML)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


def sending(**given: str) -> dict[str, str]:
    fields = {"act": "send", "address": "desk@board.example", "subject": "A form", "body": "Which form is it?"}
    return fields | given


def test_the_ask_page_offers_a_draft_and_says_what_is_not_published(web: TestClient) -> None:
    page = web.post("/ask", data={"question": "our invoice was rejected"}, headers=HTML).text
    assert "is not published" in page
    assert 'action="/enquiries"' in page
    assert '<option value="payment" selected>' in page


def test_a_draft_is_shown_before_anything_is_sent(web: TestClient, stored: Database) -> None:
    page = web.get(drafted(web, "Mr. Harjit Sidhu, claim 31234567: which bank form?"), headers=HTML).text
    assert "Taken out" in page
    assert "1 × claim number" in page
    assert "31234567" not in page
    with stored.read() as session:
        assert session.exec(select(Delivery)).all() == []


def test_a_draft_is_sent_followed_and_closed(web: TestClient, stored: Database) -> None:
    address = drafted(web)
    assert web.post(f"{address}/draft", data=sending(), headers=HTML).status_code == 303
    page = web.get(address, headers=HTML).text
    assert "Waiting" in page
    assert "Which form is it?" in page
    for act, fields in (
        ("again", {"text": "Any news?"}),
        ("escalate", {"text": "the supervisor"}),
        ("call", {"text": "It is form 1234.", "answered": "yes"}),
        ("answer", {"text": "And form 1235."}),
        ("note", {"text": "Filed."}),
        ("close", {"outcome": "answered"}),
    ):
        assert web.post(f"{address}/{act}", data=fields, headers=HTML).status_code == 303, act
    page = web.get(address, headers=HTML).text
    assert "form 1234" in page
    assert "The desk answered" in page
    with stored.read() as session:
        assert [one.address for one in session.exec(select(Delivery))] == ["desk@board.example"] * 2
    assert web.post(f"{address}/again", data={"text": "more"}, headers=HTML).status_code == 422
    assert "A form" in web.get("/enquiries?text=1235&state=closed", headers=HTML).text
    assert "A form" not in web.get("/enquiries?state=draft", headers=HTML).text


def test_flagged_data_stops_the_sending_and_the_words_stay(web: TestClient, stored: Database) -> None:
    address = drafted(web)
    refused = web.post(f"{address}/draft", data=sending(body="Her PHN is 9123 456 789."), headers=HTML)
    assert refused.status_code == 422
    assert "<mark>9123 456 789</mark>" in refused.text
    assert "Her PHN is 9123 456 789.</textarea>" in refused.text
    assert web.post(f"{address}/draft", data=sending(act="take_out", body="Her PHN is 9123 456 789.")).status_code == 303
    assert "Her PHN is [PHN].</textarea>" in web.get(address, headers=HTML).text
    let = sending(body="Her PHN is 9123 456 789.") | {"let_pass": "phn"}
    assert web.post(f"{address}/draft", data=let).status_code == 303
    refused = web.post(f"{address}/again", data={"text": "SIN 046 454 286"}, headers=HTML)
    assert refused.status_code == 422
    assert "046 454 286</textarea>" in refused.text


@pytest.mark.parametrize(
    ("act", "fields", "says"),
    [
        ("draft", sending(address="nobody"), "not a mail address"),
        ("draft", sending(address=""), "No address is known for this desk"),
        ("call", {"text": " "}, "Write down what was said"),
        ("wrong-desk", {"right": "moon"}, "Choose the desk"),
        ("close", {"outcome": "meh"}, "An outcome is one of"),
        ("escalate", {"text": "x"}, "This enquiry is draft"),
    ],
)
def test_what_can_t_be_done_is_said_on_the_page(web: TestClient, act: str, fields: dict[str, str], says: str) -> None:
    refused = web.post(f"{drafted(web)}/{act}", data=fields, headers=HTML)
    assert refused.status_code == 422
    assert says in refused.text


def test_a_wrong_desk_is_reviewed_on_the_statistics_page(web: TestClient, stored: Database) -> None:
    address = drafted(web)
    assert web.post(f"{address}/wrong-desk", data={"right": "payment"}).status_code == 303
    assert "Accept" in web.get("/enquiries/statistics", headers=HTML).text
    assert web.post(f"{address}/review", data={"verdict": "accept"}).status_code == 303
    assert web.post(f"{address}/review", data={"verdict": "accept"}).status_code == 409
    page = web.get("/enquiries/statistics", headers=HTML).text
    assert "None waits." in page
    with stored.read() as session:
        (row,) = enquiries.corrections(session, organisation_id=1, correction="accepted")
    assert row.right_desk == "payment"


def test_another_organisations_enquiry_is_not_found(web: TestClient, stored: Database) -> None:
    address = drafted(web)
    with stored.write() as session:
        for row in session.exec(select(Enquiry)):
            row.organisation_id = 2
            session.add(row)
    for path in (address, f"/api/v1{address}"):
        assert web.get(path).status_code == 404
    assert web.post(f"{address}/close", data={"outcome": "answered"}).status_code == 404
    assert web.get("/api/v1/enquiries").json()["items"] == []


def test_a_hostile_draft_is_shown_as_text(web: TestClient) -> None:
    page = web.get(drafted(web, "</textarea><script>alert(1)</script> bank form?"), headers=HTML).text
    assert "<script>alert" not in page


def test_contacts_are_a_sheet_and_vcards(web: TestClient) -> None:
    page = web.get("/contacts", headers=HTML).text
    assert 'href="tel:+18889675377"' in page
    assert "is not published" in page
    card = vobject.readOne(web.get("/contacts/teleclaim.vcf").text)
    assert card.tel.value == "+16042318333"
    everyone = list(vobject.readComponents(web.get("/contacts.vcf").text))
    assert len(everyone) == sum(contact.reachable for contact in Book.open(None).contacts)
    assert web.get("/contacts/moon.vcf").status_code == 404


def test_an_accepted_proposal_changes_the_card_everywhere(web: TestClient, stored: Database) -> None:
    table = "Question about | Contact\nInvoices | Payment Services 604.555.0101\n"
    with stored.write() as session:
        found = journeys.take_routes(
            session,
            table,
            source="https://board.example/program",
            as_of=NOW.date(),
            organisation_id=1,
            book=Book.open(None),
            now=NOW,
        )
        number = next(one.id for one in found if one.kind == "phone")
    assert "604.555.0101" in web.get("/contacts", headers=HTML).text
    assert "604.555.0101" not in web.get("/contacts.vcf").text
    assert web.post(f"/contacts/proposals/{number}/accept").status_code == 303
    assert web.post(f"/contacts/proposals/{number}/reject").status_code == 409
    assert "+16045550101" in web.get("/contacts/payment.vcf").text
    answer = web.post("/api/v1/questions", json={"question": "our invoice was rejected"}).json()
    assert answer["route"]["contact"]["phone"] == "604.555.0101"
    items = web.get("/api/v1/contacts").json()["items"]
    assert next(one for one in items if one["desk"] == "payment")["source"] == "https://board.example/program"
    for path in ("/contacts/proposals/99/accept", f"/contacts/proposals/{number}/sell"):
        assert web.post(path).status_code == 404


def test_the_api_drafts_sends_and_closes(web: TestClient) -> None:
    wanted = {"question": QUESTION, "asker": "office@clinic.example"}
    row = web.post("/api/v1/enquiries", json=wanted).json()
    assert (row["state"], row["desk"], row["flags"]) == ("draft", "procurement", [])
    path = f"/api/v1/enquiries/{row['id']}"
    refused = web.post(f"{path}/send", json={"body": "Her PHN is 9123 456 789."})
    assert refused.status_code == 422
    assert refused.json()["flags"] == [{"kind": "phn", "text": "9123 456 789"}]
    assert web.post(f"{path}/send", json={}).json()["state"] == "asked"
    assert web.post(f"{path}/send", json={"body": "again"}).status_code == 409
    assert [one["kind"] for one in web.get(path).json()["messages"]] == ["out"]
    assert web.post(f"{path}/close", json={"outcome": "meh"}).status_code == 422
    assert web.post(f"{path}/close", json={"outcome": "no_answer"}).json()["outcome"] == "no_answer"
    assert web.post(f"{path}/close", json={"outcome": "no_answer"}).status_code == 409
    assert web.post("/api/v1/enquiries", json=wanted | {"desk": "moon"}).status_code == 422
    assert web.post("/api/v1/enquiries", json=wanted | {"asker": "nobody"}).status_code == 422
    listed = web.get("/api/v1/enquiries", params={"text": "bank", "limit": 1}).json()
    assert [one["id"] for one in listed["items"]] == [row["id"]]
    assert listed["next"] is None


def test_an_enquiry_is_put_off_by_business_days_that_can_be_typed(web: TestClient) -> None:
    row = web.post("/api/v1/enquiries", json={"question": QUESTION, "asker": "office@clinic.example"}).json()
    web.post(f"/api/v1/enquiries/{row['id']}/send", json={})
    page = f"/enquiries/{row['id']}"
    assert web.post(f"{page}/put-off", data={"later": "soon"}).status_code == 422
    assert web.post(f"{page}/put-off", data={"later": "10"}).status_code == 303
    assert web.get(f"/api/v1/enquiries/{row['id']}").json()["follow_up_at"] == "2026-07-22T17:00:00+00:00"


def test_an_accepted_correction_routes_the_next_such_question_and_only_in_its_organisation(web: TestClient) -> None:
    odd = "our kettlebells are missing from the gym, who pays for new ones"
    first = web.post("/api/v1/questions", json={"question": odd}).json()["route"]["route"]
    right = "claims" if first != "claims" else "procurement"
    row = web.post("/api/v1/enquiries", json={"question": odd, "desk": "payment"}).json()
    web.post(f"/enquiries/{row['id']}/wrong-desk", data={"right": right})
    assert web.post("/api/v1/questions", json={"question": odd}).json()["route"]["route"] == first
    web.post(f"/enquiries/{row['id']}/review", data={"verdict": "accept"})
    found = web.post("/api/v1/questions", json={"question": odd}).json()["route"]
    assert found["route"] == right
    assert "belonged to this desk" in found["why"][0]
