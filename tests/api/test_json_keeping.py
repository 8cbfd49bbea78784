"""What is kept and for how long, what is due, what went wrong, and who is not written to any more: over the API and on pages."""

# ruff: noqa: F811 - pytest takes fixtures by the names of arguments

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.accounts import store
from api.database import Database
from contracts import audit, particulars
from contracts.models import Contract, Obligation
from contracts.store import contract as one_contract
from crawler.normalise import number_key
from notifier import refused
from notifier import store as alerts
from tests.api.service import NOW, TestClient, add_tender
from tests.api.test_accounts import Clock, _cheap_passwords, another, clock, door, sign_in  # noqa: F401 - fixtures
from tests.api.test_json_once import key_of
from tests.api.test_pages_alerts import add_subscription
from tests.api.test_pages_payees import enter

API = "/api/v1"
ANY = {"if-match": "*"}
BREACH = {
    "happened": "in June",
    "circumstances": "A laptop was lost.",
    "information": "Names",
    "assessment": "It was encrypted.",
    "serious": True,
}


@pytest.fixture
def program(door: TestClient, stored: Database) -> TestClient:
    """A client that sends a key which may do all that a program can, over one contract that ended long ago."""
    door.headers.update(key_of(stored, scopes=store.SCOPES))
    with stored.write() as session:
        row = Contract(organisation_id=1, title="Agreement", start=date(2010, 4, 1), end=date(2013, 4, 1), created_at=NOW)
        session.add(row)
        session.flush()
        session.add(
            Obligation(
                organisation_id=1,
                contract_id=row.id or 0,
                key="1:event:x",
                kind="report",
                title="Report",
                due=NOW.date(),
                basis="as agreed",
                created_at=NOW,
            )
        )
    return door


def actions(stored: Database) -> list[str]:
    """What the audit log has, newest first."""
    with stored.read() as session:
        return [one.action for one in audit.entries(session, organisation_id=1)]


def test_a_rule_a_hold_and_a_disposal(program: TestClient, stored: Database) -> None:
    rule = program.get(f"{API}/retention")
    assert (rule.json()["months"], program.get(f"{API}/retention/due").json()["items"]) == (None, [])
    wanted = {"months": 84, "basis": "a statute"}
    assert program.put(f"{API}/retention", json=wanted).status_code == 428
    saved = program.put(f"{API}/retention", json=wanted, headers={"if-match": rule.headers["etag"]})
    assert saved.json() == wanted | {"automatic": False}
    assert program.put(f"{API}/retention", json=wanted, headers={"if-match": rule.headers["etag"]}).status_code == 412
    assert program.put(f"{API}/retention", json=wanted | {"months": 0}, headers=ANY).status_code == 422
    held = program.post(f"{API}/contracts/1/holds", json={"reason": "A dispute"}).json()
    assert program.post(f"{API}/contracts/1/holds", json={"reason": " "}).status_code == 422
    assert [one["held"] for one in program.get(f"{API}/retention/due").json()["items"]] == ["A dispute"]
    assert program.post(f"{API}/contracts/1/dispose", json={"reason": "old"}).status_code == 409
    assert program.delete(f"{API}/holds/{held['id']}").json()["lifted_by"] == "key x"
    assert program.get(f"{API}/holds").json()["items"] == []
    assert program.post(f"{API}/contracts/1/dispose", json={"reason": "old"}).status_code == 204
    assert program.post(f"{API}/contracts/1/dispose", json={"reason": "old"}).status_code == 404
    assert actions(stored)[:4] == ["contract.disposed", "hold.lifted", "hold.placed", "retention.set"]


def test_obligations_are_planned_given_closed_and_opened_again(program: TestClient, stored: Database) -> None:
    path = f"{API}/obligations/1"
    assert program.post(f"{API}/obligations/plan").json() == {"contracts": 1}
    read = program.get(path).headers["etag"]
    assert program.patch(path, json={"owner": "Ana"}).status_code == 428
    assert program.patch(path, json={"owner": "Ana"}, headers={"if-match": read}).json()["owner"] == "Ana"
    assert program.patch(path, json={"owner": "Eva"}, headers={"if-match": read}).status_code == 412
    assert program.post(f"{path}/reopen").status_code == 409
    assert program.post(f"{path}/close", json={"state": "waived"}).status_code == 422
    assert program.post(f"{path}/close", json={"state": "done"}).json()["state"] == "done"
    assert program.post(f"{path}/close", json={"state": "done"}).status_code == 409
    assert program.post(f"{path}/reopen").json()["state"] == "open"
    assert program.get(f"{API}/obligations/9").status_code == 404
    assert actions(stored)[:2] == ["obligation.reopened", "obligation.done"]


def test_what_a_contract_names_is_taken_off_and_an_option_is_used(program: TestClient, stored: Database) -> None:
    made = program.post(f"{API}/contracts/1/particulars/option", json={"months": "12"})
    assert made.status_code == 201, made.text
    number = program.get(f"{API}/contracts/1/particulars").json()["option"][0]["id"]
    used = program.post(f"{API}/contracts/1/options/{number}/exercise", json={"on": "2012-12-01"})
    assert (used.status_code, used.json()["exercised_on"]) == (200, "2012-12-01")
    assert program.post(f"{API}/contracts/1/options/{number}/exercise", json={}).status_code == 409
    assert program.delete(f"{API}/contracts/1/particulars/option/{number}").status_code == 204
    assert program.delete(f"{API}/contracts/1/particulars/option/{number}").status_code == 404
    assert program.delete(f"{API}/contracts/1/particulars/colour/1").status_code == 404
    with stored.read() as session:
        owner = one_contract(session, 1, organisation_id=1)
        assert owner is not None
        assert not particulars.listed(session, owner, "option")


def test_facts_name_the_tender_and_a_schedule_is_taken(program: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, number_key=number_key("048-2026"))
    facts = {"solicitation_number": "048-2026", "evergreen": True, "maximum_amount": "250000.00"}
    item = program.patch(f"{API}/contracts/1", json=facts, headers=ANY).json()
    assert (item["ocid"], item["evergreen"], item["maximum_amount"]) == ("ocds-test-048-2026", True, "250000.00")
    sheet = b"code,description,amount\nA100,Assessment,145.00\nA200,Report,38.50\n"
    assert program.post(f"{API}/contracts/1/fees/import", files={"file": ("fees.csv", sheet)}).json()["fees"] == 2
    assert program.post(f"{API}/contracts/1/fees/import", files={"file": ("fees.csv", b"x")}).status_code == 422
    assert [one["amount"] for one in program.get(f"{API}/contracts/1/fees").json()["items"]] == ["145.00", "38.50"]


def test_a_breach_is_on_record_for_owner_and_auditor_alone(program: TestClient, stored: Database, clock: Clock) -> None:
    made = program.post(f"{API}/breaches", json=BREACH)
    assert (made.status_code, made.json()["found_at"]) == (201, "2026-07-08T17:00:00Z")
    assert program.post(f"{API}/breaches", json=BREACH | {"assessment": " "}).status_code == 422
    path = f"{API}/breaches/{made.json()['id']}"
    read = program.get(path).headers["etag"]
    assert program.post(f"{path}/reports", json={}, headers=ANY).status_code == 422
    assert program.post(f"{path}/reports", json={"people": True}).status_code == 428
    told = program.post(f"{path}/reports", json={"people": True}, headers={"if-match": read})
    assert (told.json()["reported_at"], bool(told.json()["told_at"])) == (None, True)
    assert program.post(f"{path}/reports", json={"commissioner": True}, headers={"if-match": read}).status_code == 412
    for role, status in (("auditor", 200), ("staff", 403), ("read-only", 403)):
        browser = another(program)
        sign_in(browser, stored, role, f"{role}@clinic.example")
        assert browser.get("/breaches").status_code == browser.get(f"{API}/breaches").status_code == status, role
        assert browser.post("/breaches", data=BREACH).status_code == 403
    owner = enter(program, stored, clock, "owner", "o@clinic.example")
    assert owner.post("/breaches", data={**BREACH, "serious": "yes", "found": "2026-07-01"}).status_code == 303
    assert owner.post("/breaches", data={**BREACH, "people": "many"}).status_code == 422
    assert owner.post("/breaches/2/reported", data={}).status_code == 422
    assert owner.post("/breaches/2/reported", data={"commissioner": "yes"}).status_code == 303
    page = owner.get("/breaches").text
    assert page.count("A laptop was lost.") > 1
    assert "reported to the Commissioner" in page


def test_an_address_that_bounced_is_given_another_chance_and_one_that_asked_is_not(
    program: TestClient, stored: Database, clock: Clock
) -> None:
    with stored.write() as session:
        for name, organisation in (("b", 1), ("asked", 1), ("c", 1), ("theirs", 2)):
            add_subscription(session, address=f"{name}@clinic.example", organisation_id=organisation)
            reason = refused.ASKED if name == "asked" else "bounced: 550 no such user"
            alerts.suppress(session, f"{name}@clinic.example", reason=reason, now=NOW)
    listed = program.get(f"{API}/suppressions").json()["items"]
    assert [one["address"][:5] for one in listed] == ["asked", "b@cli", "c@cli"]

    def lift(address: str, **said: Any) -> int:
        return program.post(f"{API}/suppressions/lift", json={"address": address, "reason": "It was full."} | said).status_code

    assert [lift("asked@clinic.example"), lift("theirs@clinic.example"), lift("b@clinic.example", reason=" ")] == [409, 404, 422]
    assert lift("b@clinic.example") == 200
    owner, staff = enter(program, stored, clock, "owner", "o@clinic.example"), another(program)
    sign_in(staff, stored, "staff", "s@clinic.example")
    assert "c@clinic.example" in staff.get("/suppressions").text
    assert staff.post("/suppressions/lift", data={"address": "c@clinic.example", "reason": "x"}).status_code == 403
    assert owner.post("/suppressions/lift", data={"address": "c@clinic.example", "reason": "Mended"}).status_code == 303
    with stored.read() as session:
        assert [one.address for one in refused.listed(session, organisation_id=1)] == ["asked@clinic.example"]
        assert [one.address for one in refused.listed(session, organisation_id=2)] == ["theirs@clinic.example"]
    assert actions(stored).count("address.allowed") == 2


def test_a_submission_is_proved_by_a_file_and_a_won_pursuit_becomes_a_contract(program: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session)
    program.post(f"{API}/pursuits", json={"ocid": "ocds-test-048-2026"})
    path, proof = f"{API}/pursuits/1", {"file": ("receipt.pdf", b"%PDF-receipt")}
    assert program.post(f"{path}/submission", files=proof).status_code == 428
    assert program.post(f"{path}/submission", files=proof, headers=ANY).status_code == 409  # no decision yet
    program.post(f"{path}/steps", json={"act": "go", "decision": "Near"}, headers=ANY)
    assert program.get(f"{path}/submission").status_code == 404
    assert program.post(f"{path}/submission", files=proof, headers=ANY).json()["stage"] == "submitted"
    assert program.get(f"{path}/submission").content == b"%PDF-receipt"
    assert program.post(f"{path}/contract", json={}).status_code == 409
    program.post(f"{path}/steps", json={"act": "win"}, headers=ANY)
    made = program.post(f"{path}/contract", json={"number": "77-2026"}).json()
    assert (made["number"], made["ocid"]) == ("77-2026", "ocds-test-048-2026")
    assert program.post(f"{path}/contract", json={}).json()["id"] == made["id"]


def test_a_webhook_gets_a_new_secret(program: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_subscription(session, address="https://hook.example/x", channel="webhook", options={"secret": 1})
        add_subscription(session)
    before = program.get(f"{API}/subscriptions/1/secrets").json()["secrets"]
    after = program.post(f"{API}/subscriptions/1/secrets").json()["secrets"]
    assert (len(before), after[1:]) == (1, before)
    assert program.get(f"{API}/subscriptions/2/secrets").status_code == 404
    program.headers.update(key_of(stored, scopes=("read",)))
    assert program.get(f"{API}/subscriptions/1/secrets").status_code == 403


def test_an_enquiry_is_put_off_over_the_api(program: TestClient) -> None:
    program.post(f"{API}/enquiries", json={"question": "Our invoice was rejected"})
    acts = f"{API}/enquiries/1/acts"
    program.post(acts, json={"act": "call", "text": "They look into it."})
    assert program.post(acts, json={"act": "put-off"}).status_code == 422
    assert program.post(acts, json={"act": "put-off", "days": 5}).json()["follow_up_at"].startswith("2026-07-15")


def test_a_payee_change_is_decided_by_whoever_read_it_as_it_is(
    door: TestClient, stored: Database, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "keys").write_text(f"k1 {'ab' * 32}\n")
    asks, decides = enter(door, stored, clock), enter(door, stored, clock, "owner", "o@clinic.example")
    asks.post(f"{API}/payees", json={"number": "P-1", "legal_name": "A payee"})
    asks.post(f"{API}/payees/1/changes", json={"reason": "moved", "address": "12 Harbour Road"})
    path = f"{API}/payee-changes/1"
    read = decides.get(path).headers["etag"]
    assert decides.post(f"{path}/refuse", json={"note": "no"}).status_code == 428
    assert decides.post(f"{path}/refuse", json={"note": "no"}, headers={"if-match": '"old"'}).status_code == 412
    done = decides.post(f"{path}/refuse", json={"note": "no"}, headers={"if-match": read})
    assert (done.json()["state"], done.headers["etag"] != read) == ("refused", True)
    assert decides.post(f"{path}/approve", headers={"if-match": read}).status_code == 412
