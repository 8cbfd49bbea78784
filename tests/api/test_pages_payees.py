"""Payees in the browser: who may see them, and the call, the second person and the wait that a change takes."""

# ruff: noqa: F811 - pytest takes fixtures by the names of arguments

from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from sqlmodel import select

from api import paying
from api.accounts import second, stepping, store
from api.accounts.models import SignIn
from api.accounts.roles import Role
from api.database import Database
from contracts import audit, payees, vault
from contracts.models import PayeeChange
from tests.api.service import HTML, NOW, TestClient, settings
from tests.api.test_accounts import Clock, _cheap_passwords, another, clock, door, sign_in  # noqa: F401 - fixtures

ACCOUNT = {"institution": "003", "transit": "01234", "account": "9876543", "reason": "a letter came"}


@pytest.fixture(autouse=True)
def keys(tmp_path: Path) -> None:
    """The key file that payees need."""
    (tmp_path / "keys").write_text(f"k1 {'ab' * 32}\n")


def enter(
    door: TestClient, stored: Database, clock: Clock, role: str = "finance", address: str = "f@clinic.example"
) -> TestClient:
    """A browser of somebody with this role who has just shown a second factor."""
    browser = another(door)
    secret = str(door.app.state.link_secret())  # type: ignore[attr-defined]
    sign_in(browser, stored, role, address)
    with stored.write() as session:
        person = store.by_address(session, address)
        assert person
        totp = pyotp.TOTP(second.begin(session, person, secret=secret))
        assert second.confirm(session, person, totp.at(clock.now), secret=secret, now=clock.now)
        for row in session.exec(select(SignIn).where(SignIn.person_id == person.id)):
            row.proved_at = clock.now
            session.add(row)
    return browser


def test_only_owner_and_finance_with_a_fresh_proof_see_payees(door: TestClient, stored: Database, clock: Clock) -> None:
    sign_in(door, stored, "owner")
    assert door.get("/payees", headers=HTML).headers["location"] == "/account/second-factor"
    assert door.post("/payees", data={"number": "1", "legal_name": "x"}).status_code == 403
    for role in Role:
        browser = enter(door, stored, clock, role, f"{role}@clinic.example")
        assert browser.get("/payees").status_code == (200 if role in {"owner", "finance"} else 403)
    clock.now += stepping.PROOF_LASTS
    stale = enter(door, stored, clock, "finance", "late@clinic.example")
    clock.now += stepping.PROOF_LASTS
    assert stale.get("/payees/1", headers=HTML).headers["location"] == "/account/code?next=%2Fpayees%2F1"
    assert stale.post("/payees", data={"number": "1", "legal_name": "x"}).status_code == 403


def test_the_list_goes_out_masked_and_only_to_who_may_see_it(door: TestClient, stored: Database, clock: Clock) -> None:
    browser = enter(door, stored, clock)
    browser.post("/payees", data={"number": "P-7", "legal_name": "A clinic", "known_phone": "604 555 0100"})
    assert "P-7,A clinic,,,604 555 0100" in browser.get("/payees/export/csv").text
    assert enter(door, stored, clock, "staff", "s@clinic.example").get("/payees/export/csv").status_code == 403


def test_the_local_person_and_a_program_see_none(web: TestClient, door: TestClient, stored: Database) -> None:
    assert web.get("/payees").status_code == 403
    with stored.write() as session:
        key = store.add_key(session, organisation_id=1, person_id=None, name="x", scopes=store.SCOPES, now=NOW)
    assert door.get("/payees", headers={"authorization": f"Bearer {key}"}).status_code == 403


def test_a_change_takes_a_call_a_second_person_and_a_wait(
    door: TestClient, stored: Database, clock: Clock, tmp_path: Path
) -> None:
    asks, decides = enter(door, stored, clock), enter(door, stored, clock, "owner", "o@clinic.example")
    assert asks.post("/payees", data={"number": "P-7", "legal_name": "A clinic"}).status_code == 303
    with stored.write() as session:
        row = payees.payee(session, "P-7", organisation_id=1)
        assert row
        row.known_phone = "604 555 0100"
        session.add(row)
    assert asks.post("/payees/1/changes", data=ACCOUNT).headers["location"] == "/payees/1?done=change_requested"
    assert "9876543" not in asks.get("/payees/1").text
    assert asks.post("/payees/changes/1/approve").status_code == 409
    assert decides.post("/payees/changes/1/approve").status_code == 409  # the call comes first
    wrong = asks.post("/payees/changes/1/call-back", data={"number": "604 555 9999", "spoke_with": "Their office"})
    assert wrong.status_code == 409
    right = {"number": "604-555-0100", "spoke_with": "Their office"}
    assert asks.post("/payees/changes/1/call-back", data=right).status_code == 303
    # another name and address do not make the one who asked a second person
    asks.post("/account/profile", data={"address": "new@clinic.example", "name": "Somebody else"})
    assert asks.post("/payees/changes/1/approve").status_code == 409
    assert "You asked for it" in asks.get("/payees/1").text
    assert decides.post("/payees/changes/1/approve").status_code == 303
    ring = vault.KeyRing.parse((tmp_path / "keys").read_text())
    with stored.write() as session:
        assert not payees.apply_due(session, keys=payees.Vault(ring, 1), now=clock.now)
        assert payees.apply_due(session, keys=payees.Vault(ring, 1), now=clock.now + timedelta(days=2))
    page = decides.get("/payees").text
    assert "543" in page
    assert "9876543" not in page


def test_showing_a_number_wants_a_reason_and_is_in_the_log_first(
    door: TestClient, stored: Database, clock: Clock, tmp_path: Path
) -> None:
    browser = enter(door, stored, clock)
    ring = payees.Vault(vault.KeyRing.parse((tmp_path / "keys").read_text()), 1)
    with stored.write() as session:
        row = payees.create(session, keys=ring, number="P-7", legal_name="A clinic", now=NOW, by="one")
        change, _ = payees.request_change(
            session, row, keys=ring, changes={"gst_number": "123456782RT0001"}, reason="r", by="one", now=NOW
        )
        payees.approve(session, change, by="two", now=NOW, organisation_id=1, cooling_off=timedelta(0))
        payees.apply_due(session, keys=ring, now=NOW)
    assert browser.post("/payees/1/reveal", data={"field": "gst_number"}).status_code == 409
    assert browser.post("/payees/1/reveal", data={"field": "data_key", "reason": "x"}).status_code == 422
    page = browser.post("/payees/1/reveal", data={"field": "gst_number", "reason": "the annual return"})
    assert "123456782RT0001" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "123456782RT0001" not in browser.get("/payees/1").text
    with stored.read() as session:
        entry = audit.entries(session, organisation_id=1)[0]
    assert (entry.action, entry.detail["reason"]) == ("payee.revealed", "the annual return")
    assert entry.actor.startswith("person ")


@pytest.mark.parametrize("changed", [{"account": "12"}, {"institution": "x"}, {"gst_number": "123456789RT0001"}])
def test_a_number_that_can_not_be_is_refused_without_repeating_it(
    door: TestClient, stored: Database, clock: Clock, changed: dict[str, str]
) -> None:
    browser = enter(door, stored, clock)
    browser.post("/payees", data={"number": "P-7", "legal_name": "A clinic"})
    answer = browser.post("/payees/1/changes", data=ACCOUNT | changed)
    assert answer.status_code == 422
    assert not any(value in answer.text for value in changed.values() if len(value) > 2)
    with stored.read() as session:
        assert not session.exec(select(PayeeChange)).all()


def test_another_organisations_payees_and_changes_are_not_there(
    door: TestClient, stored: Database, clock: Clock, tmp_path: Path
) -> None:
    theirs = payees.Vault(vault.KeyRing.parse((tmp_path / "keys").read_text()), 2)
    with stored.write() as session:
        row = payees.create(session, keys=theirs, number="T-1", legal_name="Theirs", now=NOW, by="one")
        payees.request_change(session, row, keys=theirs, changes={"address": "x"}, reason="r", by="one", now=NOW)
    browser = enter(door, stored, clock)
    assert "Theirs" not in browser.get("/payees").text
    assert browser.get("/payees/1").status_code == 404
    for path in ("1/reveal", "1/changes"):
        assert browser.post(f"/payees/{path}", data={"field": "gst_number", "reason": "x"}).status_code == 404
    for act in ("call-back", "approve", "refuse"):
        assert browser.post(f"/payees/changes/1/{act}", data={"note": "x"}).status_code == 404


def test_without_a_key_file_the_page_says_what_to_run(door: TestClient, stored: Database, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "keys").unlink()
    browser = enter(door, stored, clock)
    assert "bidkeeper payees new-key" in browser.get("/payees").text
    assert browser.post("/payees", data={"number": "1", "legal_name": "x"}).status_code == 409


def test_the_clock_puts_what_has_cooled_off_into_effect_for_every_organisation(stored: Database, tmp_path: Path) -> None:
    ring = vault.KeyRing.parse((tmp_path / "keys").read_text())
    with stored.write() as session:
        for organisation_id in (1, 2):
            own = payees.Vault(ring, organisation_id)
            row = payees.create(session, keys=own, number="P-7", legal_name="A clinic", now=NOW, by="one")
            change, _ = payees.request_change(session, row, keys=own, changes={"address": "x"}, reason="r", by="one", now=NOW)
            payees.approve(session, change, by="two", now=NOW, organisation_id=organisation_id)
    given = settings(tmp_path)
    assert paying.apply_due(stored, given, now=NOW + payees.COOLING_OFF - timedelta(seconds=1)) == 0
    assert paying.apply_due(stored, given, now=NOW + payees.COOLING_OFF) == 2
    assert paying.apply_due(stored, given, now=NOW + payees.COOLING_OFF) == 0
