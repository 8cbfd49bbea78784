"""What is due, when contracts end, and the audit log, as pages."""

from datetime import date

import icalendar
import pytest
from sqlalchemy import text
from sqlmodel import select

from api.accounts.roles import Role
from api.database import Database
from contracts import audit
from contracts.models import Contract, Obligation
from tests.api.service import NOW, TestClient
from tests.api.test_accounts import _cheap_passwords, another, clock, door, sign_in  # noqa: F401 - fixtures


def add_contract(stored: Database, organisation_id: int = 1, **changed: object) -> None:
    values: dict[str, object] = {"title": "Hand therapy agreement", "start": date(2025, 8, 1), "end": date(2026, 8, 1)}
    with stored.write() as session:
        session.add(Contract(organisation_id=organisation_id, created_at=NOW, **(values | changed)))


def add_obligation(stored: Database, organisation_id: int = 1, **changed: object) -> None:
    values: dict[str, object] = {
        "contract_id": 1,
        "key": "1:x",
        "kind": "insurance_evidence",
        "title": "Certificate of insurance",
        "due": date(2026, 7, 10),
        "remind_on": date(2026, 6, 19),
        "basis": "yearly from 2025-07-10",
    }
    with stored.write() as session:
        session.add(Obligation(organisation_id=organisation_id, created_at=NOW, **(values | changed)))


def test_what_is_confirmed_is_laid_out_listed_and_on_today(web: TestClient, stored: Database) -> None:
    add_contract(stored)
    assert "Nothing is due" in web.get("/obligations").text
    for _ in range(2):  # twice is once
        assert web.post("/obligations/plan").status_code == 303
    with stored.read() as session:
        assert len(session.exec(select(Obligation)).all()) == 1
    page = web.get("/obligations").text
    assert "its last day is 31 Jul 2026" in page
    assert '<td data-label="Last day">31 Jul 2026</td>' in page
    assert "no earlier round of this program is known" in page
    assert "its last day is 31 Jul 2026" in web.get("/").text


def test_the_calendar_keeps_the_events_name_and_warns_in_time(web: TestClient, stored: Database) -> None:
    add_contract(stored)
    add_obligation(stored)
    (event,) = icalendar.Calendar.from_ical(web.get("/obligations/export/ics").content).walk("VEVENT")
    assert (event["uid"], event.decoded("dtstart")) == ("obligation-1@127.0.0.1", date(2026, 7, 10))
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("trigger").days == -21


def test_closing_is_once_needs_a_reason_to_waive_and_is_logged(web: TestClient, stored: Database) -> None:
    add_contract(stored)
    add_obligation(stored)
    assert web.post("/obligations/1/waived").status_code == 422
    assert web.post("/obligations/1/eaten").status_code == 404
    assert web.post("/obligations/1/waived", data={"note": "the insurer sends it"}).status_code == 303
    assert web.post("/obligations/1/done").status_code == 409
    assert "obligation.waived" in web.get("/audit").text


def test_another_organisations_obligations_are_not_there(web: TestClient, stored: Database) -> None:
    add_contract(stored, 2)
    add_obligation(stored, 2)
    for path in ("/", "/obligations", "/obligations/export/ics"):
        assert "insurance" not in web.get(path).text
    assert web.post("/obligations/1/done").status_code == 404


def test_the_log_says_whether_it_is_whole_and_names_the_broken_entry(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        for subject in ("payee:1", "payee:2"):
            audit.record(session, organisation_id=1, at=NOW, actor="one", action="payee.revealed", subject=subject, reason="<b>")
        audit.record(session, organisation_id=2, at=NOW, actor="one", action="foreign", subject="payee:9")
    page = web.get("/audit").text
    assert "The chain is whole: 2 entries" in page
    assert "&lt;b&gt;" in page
    assert "foreign" not in page
    assert "payee:1" not in web.get("/audit?subject=payee:2").text
    with stored.write() as session:
        session.execute(text("DROP TRIGGER auditentry_no_update"))
        session.execute(text("UPDATE auditentry SET actor = 'two' WHERE sequence = 1 AND organisation_id = 1"))
    assert "entry 1 was changed after it was written" in web.get("/audit").text


@pytest.mark.parametrize("role", Role)
def test_the_log_is_for_owners_and_auditors(door: TestClient, stored: Database, role: Role) -> None:  # noqa: F811
    sign_in(door, stored, role)
    assert door.get("/audit").status_code == (200 if role in {Role.OWNER, Role.AUDITOR} else 403)
