"""Putting a signed file on file, deciding what it proposes, and asking it."""

import re
from pathlib import Path

import pytest
from sqlmodel import Session, select

from api.database import Database
from contracts.models import Contract, Document, FeeItem, Term
from tests.api.service import HTML, NOW, TestClient

AGREEMENT = """\
SERVICES AGREEMENT number 77-2026

4. Invoices
4.1 The provider must send each invoice within 90 days after the date of service.

5. Notice
5.1 Either party may end this agreement by giving 60 days written notice to the other party.

Schedule B: fees
Fee code   Description                     Amount
A100       Initial assessment              $145.00
A200       Progress report                 $38.50
"""


def upload(web: TestClient, text: str = AGREEMENT, name: str = "agreement.txt", **form: str) -> str:
    """The address of the contract that a file was put under."""
    answer = web.post("/contracts", files={"file": (name, text.encode())}, data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("?")[0]


def one(stored: Database, table: type[Document]) -> Document:
    with stored.read() as session:
        return session.exec(select(table)).one()


def test_an_added_file_is_listed_asked_and_quoted_with_its_page(web: TestClient) -> None:
    address = upload(web, title="Services agreement", number="77-2026")
    assert "Services agreement" in web.get("/contracts").text
    page = web.get("/contracts/ask?question=How+long+do+we+have+to+send+an+invoice").text
    assert "within 90 days after the date of service" in page
    link = re.search(r'href="(/contracts/\d+/documents/\d+/pages/1\?start=\d+&amp;end=\d+)#quote"', page)
    assert link
    marked = web.get(link[1].replace("&amp;", "&")).text
    assert re.search(r'<mark id="quote">[^<]*within 90 days', marked)
    assert web.get(address).status_code == 200


def test_a_question_that_nothing_answers_says_not_recorded_and_shows_the_way_on(web: TestClient) -> None:
    upload(web)
    page = web.get("/contracts/ask?question=What+colour+are+the+uniforms").text
    assert "Not recorded" in page
    assert "/ask?question=What%20colour%20are%20the%20uniforms" in page


def test_the_original_comes_back_byte_for_byte_as_a_download(web: TestClient) -> None:
    address = upload(web, name="Entente signée.txt")
    link = re.search(rf'href="({address}/documents/\d+/original)"', web.get(address).text)
    assert link
    answer = web.get(link[1])
    assert answer.content == AGREEMENT.encode()
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Entente%20sign%C3%A9e.txt"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "no-store"


def test_the_same_file_twice_is_one_document(web: TestClient, stored: Database) -> None:
    upload(web)
    answer = web.post("/contracts", files={"file": ("again.txt", AGREEMENT.encode())})
    assert answer.headers["location"].endswith("done=known")
    assert one(stored, Document).file_name == "agreement.txt"


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("fake.pdf", b"<html>not a pdf</html>", "fake.pdf"),
        ("empty.txt", b"", "empty"),
        ("odd.exe", b"MZ\x90\x00\x03\x00\x00\x00", "not read"),
    ],
)
def test_a_file_that_can_not_be_read_gets_a_sentence_and_stores_nothing(
    web: TestClient, stored: Database, tmp_path: Path, *, name: str, data: bytes, sentence: str
) -> None:
    answer = web.post("/contracts", files={"file": (name, data)}, headers=HTML)
    assert answer.status_code == 422
    assert sentence in answer.text
    with stored.read() as session:
        assert not session.exec(select(Contract)).all()
    assert not (tmp_path / "originals").exists()


def test_a_hostile_file_name_stays_text(web: TestClient) -> None:
    address = upload(web, name='"><script>alert(1)</script>.txt')
    for path in ("/contracts", address, "/contracts/ask?question=invoice"):
        assert "<script>alert" not in web.get(path).text


def add_term(session: Session, organisation_id: int = 1, **changed: object) -> Term:
    owner = Contract(organisation_id=organisation_id, title="An agreement", created_at=NOW)
    session.add(owner)
    session.flush()
    assert owner.id is not None
    values = {"kind": "notice_period", "value": "60 days", "quote": "giving 60 days written notice", "confidence": 0.8}
    term = Term(organisation_id=organisation_id, contract_id=owner.id, recorded_at=NOW, **(values | changed))
    session.add(term)
    session.flush()
    return term


def test_a_proposed_term_is_confirmed_as_it_stands_or_with_its_value_corrected(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        as_read, corrected = add_term(session), add_term(session, value="6 days")
    for term, value in ((as_read, "60 days"), (corrected, "60 days")):
        answer = web.post(f"/contracts/{term.contract_id}/review/{term.id}/confirm", data={"value": value})
        assert answer.status_code == 303
        page = web.get(f"/contracts/{term.contract_id}").text
        assert "To review" not in page
        assert "60 days" in page
    with stored.read() as session:
        assert session.get_one(Term, corrected.id).value == "6 days"  # the old row stays, superseded


def test_a_length_of_time_is_confirmed_and_corrected_in_words(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        same, changed = add_term(session, value="P5D", unit="business day"), add_term(session, value="P90D")
    assert 'value="5 business days"' in web.get(f"/contracts/{same.contract_id}/review").text
    for term, value in ((same, "5 business days"), (changed, "10 business days")):
        web.post(f"/contracts/{term.contract_id}/review/{term.id}/confirm", data={"value": value})
    with stored.read() as session:
        rows = session.exec(select(Term).where(Term.status == "confirmed")).all()
        assert sorted((row.value, row.unit) for row in rows) == [("P10D", "business day"), ("P5D", "business day")]
        assert session.get_one(Term, same.id).status == "confirmed"  # the proposal itself: nothing was corrected


def test_a_term_marked_as_wrong_is_not_asked_about_again_and_can_not_be_decided_twice(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        term = add_term(session)
    address = f"/contracts/{term.contract_id}/review/{term.id}"
    assert web.post(f"{address}/reject").status_code == 303
    assert "60 days" not in web.get(f"/contracts/{term.contract_id}").text
    again = web.post(f"{address}/confirm", data={"value": "60 days"})
    assert again.status_code == 409
    assert "Nothing was changed" in again.json()["detail"]


def test_a_fee_is_looked_up_by_code_and_day_and_confirmed(web: TestClient, stored: Database) -> None:
    address = upload(web)
    page = web.get("/fees?code=a100&day=2026-07-01").text
    assert "145.00 CAD" in page
    assert "Proposed, not confirmed" in page
    with stored.read() as session:
        fee = session.exec(select(FeeItem).where(FeeItem.code == "A100")).one()
    assert web.post(f"{address}/fees/{fee.id}/confirm").status_code == 303
    assert "Confirmed" in web.get("/fees?code=A100").text
    assert "Not recorded" in web.get("/fees?code=Z999").text


def test_another_organisations_contract_does_not_exist_here(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        term = add_term(session, organisation_id=2)
        mine = add_term(session)
    theirs = f"/contracts/{term.contract_id}"
    assert web.get(theirs, headers=HTML).status_code == 404
    assert web.get(f"/contracts/ask?question=notice&contract={term.contract_id}").status_code == 404
    assert web.post(f"{theirs}/review/{term.id}/confirm").status_code == 404
    # nor through a contract of ours
    assert web.post(f"/contracts/{mine.contract_id}/review/{term.id}/confirm").status_code == 404
    assert web.get(theirs + "/documents/1/original").status_code == 404
    with stored.read() as session:
        assert session.get_one(Term, term.id).status == "proposed"


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999999999999999", "1e3", "١"])
def test_a_number_that_is_none_is_a_404(web: TestClient, number: str) -> None:
    assert web.get(f"/contracts/{number}").status_code == 404


def test_offsets_outside_the_page_mark_nothing_and_break_nothing(web: TestClient) -> None:
    address = upload(web)
    link = re.search(rf'href="({address}/documents/\d+/pages/1)"', web.get(address).text)
    assert link
    for query in ("start=5&end=2", "start=-1&end=9", "start=x&end=y", "start=999999&end=9999999", "end=99999999999999"):
        assert web.get(f"{link[1]}?{query}").status_code == 200
    assert web.get(link[1].replace("pages/1", "pages/99")).status_code == 404
