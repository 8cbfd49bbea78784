"""Documents, terms, particulars and what is due over JSON, within one's own organisation."""

from datetime import date

import pytest

from api.database import Database
from contracts import audit, terms
from contracts.models import Contract, Term
from tests.api.service import TestClient
from tests.api.test_accounts import Clock, another, clock, door  # noqa: F401 - fixtures
from tests.contracts import factories, samples

FILE = {"file": ("agreement.pdf", samples.pdf(*samples.AGREEMENT), "application/pdf")}


@pytest.fixture
def theirs(stored: Database) -> int:
    """A contract of another organisation."""
    with stored.write() as session:
        return factories.added(session, owner=factories.contract(2)).contract_id


def filed(web: TestClient) -> dict[str, object]:
    answer = web.post("/api/v1/documents", files=FILE, data={"number": "OR-7741", "title": "OR2"})
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_an_upload_is_read_kept_and_known_again(web: TestClient) -> None:
    first = filed(web)
    assert first["new"] is True
    assert first["terms"]
    assert first["fees"] == 3
    assert web.post("/api/v1/documents", files=FILE).json()["new"] is False
    bad = web.post("/api/v1/documents", files={"file": ("a.pdf", b"<html>", "application/pdf")})
    assert (bad.status_code, "not a PDF although its name says so" in bad.json()["detail"]) == (422, True)
    [document] = web.get("/api/v1/contracts/1/documents").json()["items"]
    assert (document["file_name"], document["pages"], document["signatures"]) == ("agreement.pdf", 3, [])
    assert [fee["status"] for fee in web.get("/api/v1/contracts/1/fees").json()["items"]] == ["proposed"] * 3


def test_a_term_is_decided_on_once_and_makes_something_due(web: TestClient, stored: Database) -> None:
    filed(web)
    proposed = web.get("/api/v1/contracts/1/terms", params={"status": "proposed"}).json()["items"]
    report = next(term for term in proposed if term["kind"] == "report_due" and term["value"] == "P5D")
    confirmed = web.post(f"/api/v1/contracts/1/terms/{report['id']}/confirm", json={})
    assert confirmed.json()["status"] == "confirmed"
    assert web.post(f"/api/v1/contracts/1/terms/{report['id']}/reject").status_code == 409
    asked = {"term": confirmed.json()["id"], "on": "2026-04-01", "case": "file 12", "what": "Discharge report"}
    first, again = (web.post("/api/v1/contracts/1/happenings", json=asked) for _ in range(2))
    assert first.status_code == 201, first.text
    assert first.json()["id"] == again.json()["id"]
    # 1 April 2026 is a Wednesday; Good Friday the 3rd is no business day
    assert (first.json()["due"], first.json()["basis"]) == ("2026-04-09", "5 business days after 2026-04-01")
    named = web.post("/api/v1/contracts/1/happenings", json=asked | {"case": "claim 12345678 of Mr. John Smith"})
    assert (named.status_code, "own reference" in named.json()["detail"]) == (422, True)
    assert [row["title"] for row in web.get("/api/v1/obligations").json()["items"]] == ["Discharge report for file 12"]
    closed = f"/api/v1/obligations/{first.json()['id']}/close"
    assert web.post(closed, json={"state": "waived"}).status_code == 422
    assert web.post(closed, json={"state": "done"}).json()["state"] == "done"
    assert web.post(closed, json={"state": "done"}).status_code == 409
    with stored.read() as session:
        assert audit.entries(session, organisation_id=1)[0].action == "obligation.done"


def test_what_no_rule_covers_makes_nothing_due(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        document = factories.added(session)
        proposed = factories.term(session, document)
        law = factories.term(session, document, kind="governing_law", value="British Columbia", status="confirmed")
        words = factories.term(session, document, value="soon", status="confirmed")
        ids = [row.id for row in (proposed, law, words)]
    said = []
    for term_id in (*ids, 999):
        asked = {"term": term_id, "on": "2026-04-01", "case": "12"}
        said.append(web.post("/api/v1/contracts/1/happenings", json=asked).json()["detail"])
    assert "is not confirmed" in said[0]
    assert "by a term of report_due" in said[1]
    assert "says “soon”, which is no length of time" in said[2]
    assert said[3] == "There is no such term in this contract."


def test_particulars_are_recorded_and_refused_in_words(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        session.add(factories.contract())
    given = {"person": "M. Lee", "number": "PT-4411", "valid_to": "2026-07-01"}
    assert web.post("/api/v1/contracts/1/particulars/staff", json=given).status_code == 201
    wrong = web.post("/api/v1/contracts/1/particulars/party", json={"name": "x"})
    assert (wrong.status_code, "a party needs its role" in wrong.json()["detail"]) == (422, True)
    found = web.get("/api/v1/contracts/1/particulars").json()
    assert (found["staff"][0]["person"], found["party"]) == ("M. Lee", [])


def test_two_versions_are_compared_clause_by_clause(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        owner = factories.contract()
        factories.added(session, "1. Reports are due in 5 days.\n\n2. Fees stay.", owner)
        factories.added(session, "1. Reports are due in 3 days.\n\n2. Fees stay.", owner, file_name="b.txt")
    [change] = web.get("/api/v1/documents/compare", params={"old": 1, "new": 2}).json()["items"]
    assert (change["what"], change["old"], change["new_page"]) == ("changed", "1. Reports are due in 5 days.", 1)
    assert web.get("/api/v1/documents/compare", params={"old": 1, "new": 9}).status_code == 404


def test_the_renewal_radar_says_what_is_known(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        session.add(factories.contract(start=date(2018, 9, 27), end=date(2021, 9, 27), program="or2"))
    [one] = web.get("/api/v1/renewals").json()["items"]
    assert (one["end"], one["bid_from"], one["why"]) == ("2021-09-27", None, "no earlier round of this program is known")


def test_nothing_of_another_organisation_is_reached(web: TestClient, stored: Database, theirs: int) -> None:
    with stored.read() as session:
        assert session.get_one(Contract, theirs).organisation_id == 2
    for path in ("documents", "terms", "fees", "particulars"):
        assert web.get(f"/api/v1/contracts/{theirs}/{path}").status_code == 404
    assert web.get("/api/v1/documents/compare", params={"old": 1, "new": 1}).status_code == 404
    for path, body in (("terms/1/confirm", {}), ("terms/1/reject", {}), ("particulars/site", {"name": "x"})):
        assert web.post(f"/api/v1/contracts/{theirs}/{path}", json=body).status_code == 404
    assert web.post("/api/v1/documents", files=FILE, data={"contract": str(theirs)}).status_code == 404
    asked = {"term": 1, "on": "2026-04-01", "case": "12"}
    assert web.post(f"/api/v1/contracts/{theirs}/happenings", json=asked).status_code == 404


def test_a_confirmed_correction_supersedes_what_was_read(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        row = factories.term(session, factories.added(session))
        term_id = row.id
    decided = web.post(f"/api/v1/contracts/1/terms/{term_id}/confirm", json={"value": "P3D", "valid_from": "2026-05-01"}).json()
    assert (decided["value"], decided["valid_from"], decided["status"]) == ("P3D", "2026-05-01", "confirmed")
    with stored.read() as session:
        assert session.get_one(Term, term_id).superseded_at is not None
        assert terms.valid(session, ["report_due"], date(2026, 4, 30), organisation_id=1) == []
