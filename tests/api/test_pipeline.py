"""The pipeline on pages and over JSON: from a tender to the contract, with proof, history and a way back."""

import io

import pytest
from openpyxl import load_workbook

from api.accounts import passwords
from api.accounts import store as accounts
from api.accounts.models import Organisation
from api.database import Database
from contracts.models import Contract
from tests.api.service import HTML, NOW, TestClient, add_tender

OCID = "ocds-test-048-2026"


@pytest.fixture
def taken_up(web: TestClient, stored: Database) -> str:
    with stored.write() as session:
        add_tender(session)
    return str(web.post(f"/tenders/{OCID}/pursue").headers["location"].split("?")[0])


def go(web: TestClient, pursuit: str) -> None:
    web.post(f"{pursuit}/go", data={"decision": "Two of our sites are near", "owner": "Ana", "due": "2026-07-13"})


def test_a_tender_is_taken_up_from_its_page_once(web: TestClient, taken_up: str) -> None:
    assert web.post(f"/tenders/{OCID}/pursue").headers["location"].startswith(taken_up)
    board = web.get("/pipeline", headers=HTML).text
    assert board.count("Occupational rehabilitation services") == 1
    assert web.post("/tenders/ocds-test-none/pursue", headers=HTML).status_code == 404


def test_from_the_decision_to_the_contract(web: TestClient, stored: Database, taken_up: str) -> None:
    go(web, taken_up)
    page = web.get(taken_up, headers=HTML).text
    assert "Get the certificate of insurance" in page
    assert "13 Jul 2026" in page
    web.post(f"{taken_up}/tasks/1/done")
    assert "1 of 7 done" in web.get("/pipeline").text
    web.post(f"{taken_up}/submit", data={"confirmation": "BC-4411"}, files={"file": ("receipt.pdf", b"%PDF-1.7 receipt")})
    page = web.get(taken_up, headers=HTML).text
    assert "Confirmation BC-4411" in page
    proof = web.get(f"{taken_up}/proof")
    assert proof.content == b"%PDF-1.7 receipt"
    assert proof.headers["content-disposition"].startswith("attachment")
    web.post(f"{taken_up}/win", data={"debrief": "Best of four"})
    answer = web.post(f"{taken_up}/contract", data={"title": "Services agreement", "number": "77-2026"})
    with stored.read() as session:
        made = session.get_one(Contract, 1)
    assert answer.headers["location"].startswith(f"/contracts/{made.id}")
    assert (made.ocid, made.number, made.solicitation_number) == (OCID, "77-2026", "048-2026")
    assert f"/tenders/{OCID}" in web.get("/contracts/1").text


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("go", {}, "Say why you go for it."),
        ("no_go", {"decision": " "}, "Say why you let it pass."),
        ("submit", {"confirmation": "1"}, "This is watching; it takes submit only while it is preparing."),
        ("go", {"decision": "x", "due": "next week"}, "Write the day as 2026-08-31, or leave it empty."),
        ("tasks", {"title": ""}, "Say what is to be done."),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(
    web: TestClient, taken_up: str, path: str, form: dict[str, str], sentence: str
) -> None:
    answer = web.post(f"{taken_up}/{path}", data=form, headers=HTML)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_step_is_taken_back_from_the_message_that_says_it_was_done(web: TestClient, taken_up: str) -> None:
    answer = web.post(f"{taken_up}/no_go", data={"decision": "Too far"})
    page = web.get(answer.headers["location"], headers=HTML).text
    assert f'action="{taken_up}/undo"' in page
    web.post(f"{taken_up}/undo")
    page = web.get(taken_up, headers=HTML).text
    assert "No-go: we let it pass" in page  # in the history
    assert "taken back since" in page
    assert web.post(f"{taken_up}/undo", headers=HTML).status_code == 409


def test_the_pipeline_can_be_taken_along(web: TestClient, taken_up: str) -> None:
    go(web, taken_up)
    assert "Two of our sites are near" in web.get("/pipeline/export/csv").text
    calendar = web.get("/pipeline/export/ics").text
    assert "DTSTART;VALUE=DATE:20260713" in calendar
    book = load_workbook(io.BytesIO(web.get("/pipeline/export/xlsx").content))
    assert [cell.value for cell in book.active[2]][2:5] == ["048-2026", "Occupational rehabilitation services", "preparing"]
    assert web.get("/pipeline/export/pdf", headers=HTML).status_code == 404


def test_a_title_that_looks_like_a_formula_stays_text(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, title='=HYPERLINK("https://evil.example")')
    web.post(f"/tenders/{OCID}/pursue")
    assert "'=HYPERLINK" in web.get("/pipeline/export/csv").text
    book = load_workbook(io.BytesIO(web.get("/pipeline/export/xlsx").content))
    cell = book.active["D2"]
    assert (cell.data_type, cell.hyperlink) == ("s", None)


def test_over_json_the_same_steps_lead_the_same_way(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session)
    made = web.post("/api/v1/pursuits", json={"ocid": OCID})
    assert (made.status_code, made.json()["stage"]) == (201, "watching")
    address = f"/api/v1/pursuits/{made.json()['id']}"
    read = web.get(address).headers["etag"]
    assert web.post(f"{address}/steps", json={"act": "go", "decision": "Near"}).status_code == 428
    web.headers["if-match"] = read
    assert web.post(f"{address}/steps", json={"act": "submit", "confirmation": "1"}).status_code == 409
    assert web.post(f"{address}/steps", json={"act": "go"}).status_code == 422
    gone = web.post(f"{address}/steps", json={"act": "go", "decision": "Near", "due": "2026-07-13"})
    assert web.post(f"{address}/steps", json={"act": "undo"}).status_code == 412  # somebody went on since it was read
    assert gone.headers["etag"] == web.get(address).headers["etag"] != read
    web.headers["if-match"], gone = "*", gone.json()
    assert (gone["stage"], gone["due"], len(gone["tasks"])) == ("preparing", "2026-07-13", 7)
    line = web.post(f"{address}/tasks", json={"title": "Ask two referees"}).json()
    ticked = web.post(f"{address}/tasks/{line['id']}/done").json()
    assert ticked["done_by"]
    assert web.post(f"{address}/steps", json={"act": "undo"}).json()["stage"] == "watching"
    assert web.get("/api/v1/pursuits?stage=watching").json()["items"][0]["id"] == made.json()["id"]
    assert web.get("/api/v1/pursuits?stage=won").json() == {"items": [], "next": None}
    assert [step["act"] for step in web.get(address).json()["history"]] == ["undo", "go", "take_up"]
    assert web.post("/api/v1/pursuits", json={"ocid": "ocds-none"}).status_code == 404


def test_another_organisation_reaches_nothing_of_it(web: TestClient, stored: Database, taken_up: str) -> None:
    go(web, taken_up)
    with stored.write() as session:
        session.add(Organisation(id=2, name="Another clinic", created_at=NOW))
        person = accounts.add_person(session, organisation_id=2, address="eve@other.example", role="owner", now=NOW)
        person.password_hash = passwords.hashed("a sentence nobody guesses", address=person.address)
    web.post("/sign-in", data={"address": "eve@other.example", "password": "a sentence nobody guesses"})
    for path in (taken_up, f"{taken_up}/proof", "/api/v1" + taken_up.replace("pipeline", "pursuits")):
        assert web.get(path, headers=HTML).status_code == 404
    for path in ("go", "undo", "submit", "contract", "tasks", "tasks/1/done"):
        assert web.post(f"{taken_up}/{path}", data={"decision": "x"}, headers=HTML).status_code == 404
    assert "Occupational" not in web.get("/pipeline").text
