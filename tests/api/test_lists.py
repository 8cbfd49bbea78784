"""Every list as a file, by one mechanism: complete, disarmed, and only one's own organisation's."""

import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from api import exports
from api.accounts.roles import Principal, Role
from api.database import Database
from api.exports import Entry, Table
from api.lists import Asked
from api.pages.lists import LISTS
from api.problems import Problem
from contracts.models import Contract
from notifier.models import Enquiry
from tests.api.service import HTML, NOW, TestClient
from tests.api.test_pages_alerts import add_delivery, add_subscription

HOSTILE = ('=HYPERLINK("http://x")', "+1", "-1", "@sum", "\tx", "\rx")


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_each_list_is_a_table_and_a_workbook(web: TestClient, name: str, form: str) -> None:
    answer = web.get(f"/{name}/export/{form}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{name.rpartition("/")[2]}.{form}"'
    if form == "csv":
        assert answer.content.startswith(b"\xef\xbb\xbf")  # spreadsheets read UTF-8 by it
    else:
        assert load_workbook(io.BytesIO(answer.content)).active.max_row == (1 if name != "sources" else 6)


@pytest.mark.parametrize("name", ["alerts", "deliveries", "contracts"])
def test_a_list_holds_what_is_the_organisations_own(web: TestClient, stored: Database, name: str) -> None:
    with stored.write() as session:
        for organisation, word in ((1, "ours"), (2, "theirs")):
            one = add_subscription(session, query=word, address=f"{word}@clinic.example", organisation_id=organisation)
            add_delivery(session, one, key=word, title=word, organisation_id=organisation)
            session.add(Contract(organisation_id=organisation, title=word, created_at=NOW))
    text = web.get(f"/{name}/export/csv").text
    assert "ours" in text
    assert "theirs" not in text


def test_last_days_of_contracts_and_days_to_ask_again_go_into_a_calendar(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        session.add(Contract(organisation_id=1, title="Ours", end=date(2029, 7, 1), created_at=NOW))
        session.add(Contract(organisation_id=1, title="Without an end", created_at=NOW))
        session.add(Contract(organisation_id=2, title="Theirs", end=date(2029, 7, 1), created_at=NOW))
        row = Enquiry(
            organisation_id=1,
            token="t" * 20,
            question="Which form?",
            routed_to="procurement",
            desk="procurement",
            subject="A form",
            body="",
            created_at=NOW,
        )
        row.state, row.follow_up_at = "asked", NOW
        session.add(row)
    ends = web.get("/contracts/export/ics").text
    assert ends.count("BEGIN:VEVENT") == 1
    assert "DTSTART;VALUE=DATE:20290630" in ends
    again = web.get("/enquiries/export/ics").text
    assert "SUMMARY:A form" in again
    assert "DTSTART;VALUE=DATE:20260708" in again


def test_a_calendar_is_only_where_rows_have_a_day(web: TestClient) -> None:
    assert web.get("/sources/export/ics", headers=HTML).status_code == 404
    with pytest.raises(Problem, match="csv or xlsx"):
        exports.answer("pdf", Table("x", ("a",), []), now=NOW)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    table = Table("x", ("a", "b"), [(text, Decimal("1.50"))])
    assert f"'{text[0]}" in bytes(exports.answer("csv", table, now=NOW).body).decode()
    cells = load_workbook(io.BytesIO(bytes(exports.answer("xlsx", table, now=NOW).body))).active[2]
    assert cells[0].data_type in {"s", "n"}  # a lone tab or return is kept as nothing
    assert cells[0].hyperlink is None
    assert cells[1].value == 1.5


def test_an_entry_warns_before_its_day_and_keeps_its_name() -> None:
    entry = Entry("one@x", date(2026, 7, 20), "Report", "yearly", remind_on=date(2026, 7, 13))
    text = bytes(exports.answer("ics", Table("x", (), [], [entry]), now=NOW).body).decode()
    assert "UID:one@x" in text
    assert "TRIGGER:-P7D" in text
    assert "DTEND;VALUE=DATE:20260721" in text


def test_the_log_is_for_those_who_audit(web: TestClient, stored: Database) -> None:
    assert web.get("/audit/export/csv").status_code == 200
    with stored.read() as session, pytest.raises(Problem, match="owner and auditor"):
        LISTS["audit"](session, Asked(Principal(1, Role.STAFF), NOW, {}))
