"""Pages of a contract's particulars, fee grid, versions side by side, holds and disposal."""

from datetime import date

import pytest

from api.database import Database
from contracts import audit, fees, holds, retention, store
from contracts.models import Contract, FeeItem
from crawler.normalise import number_key
from tests.api.service import NOW, TestClient, add_tender
from tests.contracts import factories


@pytest.fixture
def contract_id(stored: Database) -> int:
    """A contract that ended, with a document and two proposed fees."""
    with stored.write() as session:
        owner = factories.contract(start=date(2012, 4, 1), end=date(2015, 4, 1))
        document = factories.added(session, owner=owner)
        factories.fee(session, document)
        factories.fee(session, document, code="OR220", amount="138.00")
        return document.contract_id


def rows(stored: Database, contract_id: int) -> list[FeeItem]:
    with stored.read() as session:
        return list(fees.listed(session, organisation_id=1, contract_id=contract_id))


def test_the_grid_corrects_and_confirms_what_is_ticked_for_a_span_of_days(
    web: TestClient, stored: Database, contract_id: int
) -> None:
    page = web.get(f"/contracts/{contract_id}/fees").text
    assert 'name="amount_1" value="412.50"' in page
    form = {"row": ["1"], "amount_1": "415.00", "valid_from": "2026-04-01", "valid_to": "2027-04-01", "verdict": "confirm"}
    assert web.post(f"/contracts/{contract_id}/fees", data=form).headers["location"].endswith("fees?done=fees_decided")
    found = {row.code: row for row in rows(stored, contract_id)}
    assert (str(found["OR210"].amount), found["OR210"].status, found["OR210"].valid_to) == (
        "415.00",
        "confirmed",
        date(2027, 4, 1),
    )
    assert found["OR210"].replaces_id == 1  # what was read stays
    assert found["OR220"].status == "proposed"
    with stored.write() as session:
        factories.fee(session, store.documents(session, organisation_id=1)[0], amount="420.00")
    overlapping = {"row": ["2", "4"], "valid_from": "2026-06-01"}
    answer = web.post(f"/contracts/{contract_id}/fees", data=overlapping)
    assert answer.status_code == 409
    assert "fee 4 (OR210, 420.00 CAD, from 2026-06-01) and fee 3 (OR210, 415.00 CAD" in answer.text
    assert {row.code: row.status for row in rows(stored, contract_id)}["OR220"] == "proposed"  # all or none
    assert web.post(f"/contracts/{contract_id}/fees", data={"row": ["2"], "verdict": "reject"}).status_code == 303


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, (422, "choose at least one line")),
        ({"row": ["1"], "amount_1": "much"}, (422, "write amounts as 412.50")),
        ({"row": ["1"], "valid_from": "soon"}, (422, "write days as 2026-04-01")),
        ({"row": ["99"]}, (404, "not in this contract")),
    ],
)
def test_a_grid_that_can_not_be_taken_changes_nothing(
    web: TestClient, stored: Database, contract_id: int, form: dict[str, object], says: tuple[int, str]
) -> None:
    answer = web.post(f"/contracts/{contract_id}/fees", data=form)
    assert (answer.status_code, says[1] in answer.text) == (says[0], True)
    assert [row.status for row in rows(stored, contract_id)] == ["proposed", "proposed"]


def test_a_schedule_comes_in_from_a_spreadsheet_whole_or_not(web: TestClient, stored: Database, contract_id: int) -> None:
    address = f"/contracts/{contract_id}/fees/import"
    bad = web.post(address, files={"file": ("s.csv", b"code,description,amount\nA1,x,5\nA2,y,much\n")})
    assert (bad.status_code, "row 3 of s.csv has no amount" in bad.text) == (422, True)
    good = web.post(address, files={"file": ("s.csv", b"code,description,amount,from\nA1,x,5,2026-04-01\n")})
    assert good.status_code == 303
    assert [row.status for row in rows(stored, contract_id) if row.code == "A1"] == ["confirmed"]


def test_two_versions_stand_side_by_side(web: TestClient, stored: Database, contract_id: int) -> None:
    assert "There is one document only" in web.get(f"/contracts/{contract_id}/compare").text
    with stored.write() as session:
        owner = session.get_one(Contract, contract_id)
        factories.added(session, "1. Reports are due in 3 days.", owner, file_name="b.txt")
    page = web.get(f"/contracts/{contract_id}/compare?old=1&new=2").text
    assert "<ins>" in page
    assert "left out" in page
    assert web.get(f"/contracts/{contract_id}/compare?old=1&new=9").status_code == 404


def test_its_origin_and_particulars_are_recorded(web: TestClient, stored: Database, contract_id: int) -> None:
    with stored.write() as session:
        tender = add_tender(session, number="RFP 048-2025", number_key=number_key("RFP 048-2025"))
    origin = {"solicitation_number": "RFP 048-2025", "program": "or2", "maximum_amount": "1,850,000.00"}
    assert web.post(f"/contracts/{contract_id}/origin", data=origin).status_code == 303
    wrong = web.post(f"/contracts/{contract_id}/origin", data=origin | {"maximum_amount": "-1"})
    assert (wrong.status_code, "not negative" in wrong.text) == (422, True)
    with stored.read() as session:
        row = session.get_one(Contract, contract_id)
        assert (row.ocid, row.program, str(row.maximum_amount)) == (tender.ocid, "or2", "1850000.00")
    assert web.post(f"/contracts/{contract_id}/particulars/option", data={"months": "12"}).status_code == 303
    used = web.post(f"/contracts/{contract_id}/particulars/option/1/exercise", data={"on": "2014-06-01"})
    assert used.status_code == 303
    assert "31 Mar 2016" in web.get("/obligations").text
    missing = web.post(f"/contracts/{contract_id}/particulars/party", data={"name": "x"})
    assert (missing.status_code, "a party needs its role" in missing.text) == (422, True)
    assert web.post(f"/contracts/{contract_id}/particulars/party", data={"role": "buyer", "name": "Board"}).status_code == 303
    page = web.get(f"/contracts/{contract_id}/particulars").text
    assert "Name: Board" in page
    assert web.post(f"/contracts/{contract_id}/particulars/party/1/remove").status_code == 303
    assert web.post(f"/contracts/{contract_id}/particulars/clause/1/remove").status_code == 404
    assert "Name: Board" not in web.get(f"/contracts/{contract_id}/particulars").text


def test_a_held_contract_is_not_disposed_of_on_the_page_either(web: TestClient, stored: Database, contract_id: int) -> None:
    assert "No time is set" in web.get("/retention").text
    assert web.post("/retention", data={"months": "84", "basis": "clause 14"}).status_code == 303
    assert web.post("/retention", data={"months": "x", "basis": "clause 14"}).status_code == 422
    assert web.post(f"/contracts/{contract_id}/hold", data={"reason": "a dispute"}).status_code == 303
    assert "held: a dispute" in web.get("/retention").text
    assert web.post(f"/retention/{contract_id}/dispose", data={"reason": "over"}).status_code == 409
    assert web.post("/retention/holds/1/lift").status_code == 303
    assert web.post(f"/retention/{contract_id}/dispose", data={"reason": " "}).status_code == 422
    assert web.post(f"/retention/{contract_id}/dispose", data={"reason": "over"}).status_code == 303
    assert web.get(f"/contracts/{contract_id}").status_code == 404
    with stored.read() as session:
        assert audit.entries(session, organisation_id=1)[0].action == "contract.disposed"


def test_nothing_of_another_organisation_is_shown_or_removed(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        document = factories.added(session, owner=factories.contract(2, start=date(2000, 1, 1), end=date(2001, 1, 1)))
        factories.fee(session, document)
        retention.set_rule(session, organisation_id=2, months=1, basis="x", automatic=False, by="Di", now=NOW)
        holds.place(session, "contract:1", organisation_id=2, reason="their secret", by="Di", now=NOW)
    assert "their secret" not in web.get("/retention").text
    for path in ("fees", "compare", "particulars"):
        assert web.get(f"/contracts/1/{path}").status_code == 404
    for path, form in (
        ("fees", {"row": ["1"]}),
        ("origin", {"program": "x"}),
        ("hold", {"reason": "x"}),
        ("particulars/site", {"name": "x"}),
        ("particulars/site/1/remove", {}),
    ):
        assert web.post(f"/contracts/1/{path}", data=form).status_code == 404, path
    assert web.post("/retention/1/dispose", data={"reason": "x"}).status_code == 404
    assert web.post("/retention/holds/1/lift").status_code == 404


def test_a_later_version_replaces_the_one_before_from_its_day_on(web: TestClient, stored: Database, contract_id: int) -> None:
    later = {"file": ("manual.txt", b"The Discharge Report is due within 2 business days.")}
    form = {"contract": str(contract_id), "kind": "manual", "version": "2026-05-01", "replaces": "1"}
    assert web.post("/contracts", files=later, data=form).status_code == 303
    with stored.read() as session:
        row = store.documents(session, organisation_id=1)[1]
        assert (row.kind, row.version_date, row.replaces_id) == ("manual", date(2026, 5, 1), 1)
    question = "/contracts/ask?question=when+is+the+discharge+report+due&day="
    assert "within 5 business days" in web.get(f"{question}2026-04-30").text
    assert "within 2 business days" in web.get(f"{question}2026-05-01").text
    for wrong, status in (({"kind": "novel"}, 422), ({"version": "soon"}, 422), ({"replaces": "99"}, 404)):
        assert web.post("/contracts", files={"file": ("x.txt", b"Other words.")}, data=form | wrong).status_code == status
