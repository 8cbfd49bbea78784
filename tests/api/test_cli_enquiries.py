"""Enquiries and route proposals from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel, select
from typer.testing import CliRunner

from api import journeys
from api.cli import CommandError, enquiries, routes
from api.database import Database
from api.desks import Book
from notifier.models import Delivery
from tests.api.service import NOW

PAGE = "<table><tr><th>Question about</th><th>Please contact</th></tr><tr><td>Invoices</td><td>Payment Services 604.555.0101</td></tr></table>"
TOKEN = "0123456789abcdef0123"


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Where the commands find their database; made from the models, so that migrations have their own tests."""
    database = Database(f"sqlite:///{tmp_path / 'bidkeeper.db'}")
    SQLModel.metadata.create_all(database.engine)
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path))
    for module in (enquiries, routes):
        monkeypatch.setattr(module, "open_database", lambda settings: database)
    with database.write() as session:
        enquiry = journeys.open_enquiry(
            session,
            "Which form changes our bank account?",
            organisation_id=1,
            book=Book.open(None),
            asker="office@clinic.example",
            asker_name="Harbour Clinic",
            by="someone",
            token=TOKEN,
            now=NOW,
        )
        assert enquiry.desk == "procurement"
    return database


def run(module: Any, *words: str) -> str:
    result = CliRunner().invoke(module.app, [*words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def refused(module: Any, *words: str) -> str:
    result = CliRunner().invoke(module.app, words)
    assert isinstance(result.exception, CommandError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_an_asked_enquiry_is_put_off(stored: Database) -> None:
    assert "is draft" in refused(enquiries, "put-off", "1", "--days", "5")
    run(enquiries, "send", "1")
    assert "5 business days" in run(enquiries, "put-off", "1", "--days", "5")


def test_a_draft_is_listed_sent_answered_and_closed(stored: Database, tmp_path: Path) -> None:
    (row,) = json.loads(run(enquiries, "list", "bank", "--json"))
    assert (row["state"], row["overdue"], row["flags"]) == ("draft", False, [])
    run(enquiries, "send", "1")
    mail = tmp_path / "answer.eml"
    mail.write_text(f"From: desk@board.example\nIn-Reply-To: <enquiry.{TOKEN}.1@localhost>\n\nUse form 1234.\n")
    assert "filed with enquiry 1 as in" in run(enquiries, "receive", str(mail))
    shown = json.loads(run(enquiries, "show", "1", "--json"))
    assert [one["kind"] for one in shown["messages"]] == ["out", "in"]
    assert "Use form 1234." in run(enquiries, "show", "1")
    run(enquiries, "close", "1", "--outcome", "answered")
    assert json.loads(run(enquiries, "list", "--state", "closed", "--json"))[0]["outcome"] == "answered"
    (record,) = json.loads(run(enquiries, "statistics", "--json"))
    assert (record["desk"], record["asked"], record["answered"]) == ("procurement", 1, 1)


def test_what_can_t_be_done_is_one_sentence(stored: Database, tmp_path: Path) -> None:
    assert "no enquiry 9" in refused(enquiries, "show", "9")
    assert "no state" in refused(enquiries, "list", "--state", "lost")
    assert "an outcome is one of" in refused(enquiries, "close", "1", "--outcome", "meh")
    (tmp_path / "stray.eml").write_text("From: a@b.example\n\nhello\n")
    assert "answers no enquiry" in refused(enquiries, "receive", str(tmp_path / "stray.eml"))
    assert "can't be read" in refused(enquiries, "receive", str(tmp_path / "missing.eml"))


def test_flagged_data_is_named_and_sent_only_when_let_pass(stored: Database) -> None:
    with stored.write() as session:
        row = enquiries.enquiries.find_one(session, 1, organisation_id=1)
        assert row is not None
        enquiries.enquiries.edit(session, row, subject="A form", body="Her PHN is 9123 456 789.")
    assert "phn '9123 456 789'" in refused(enquiries, "send", "1")
    with stored.read() as session:
        assert session.exec(select(Delivery)).all() == []
    run(enquiries, "send", "1", "--let-pass", "phn")


def test_a_saved_page_proposes_and_a_person_decides(stored: Database, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    words = ("import", str(page), "--page", "https://board.example/program", "--as-of", "2026-07-01", "--json")
    found = json.loads(run(routes, *words))
    assert [(one["kind"], one["desk"], one["new"]) for one in found] == [
        ("added", "payment", "Payment Services"),
        ("phone", "payment", "604.555.0101"),
    ]
    assert json.loads(run(routes, *words)) == []
    run(routes, "accept", "2")
    run(routes, "reject", "1")
    assert "nothing is left to decide" in refused(routes, "accept", "1")
    assert json.loads(run(routes, "list", "--json")) == []
    with stored.read() as session:
        card = Book.open(None).of(session, 1).contacts
        assert next(one for one in card if one.desk == "payment").phone == "604.555.0101"


def test_a_page_without_the_table_changes_nothing(stored: Database, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>We moved.</p>")
    assert "has the page changed" in refused(routes, "import", str(page), "--page", "https://board.example/")
    assert "no page's address" in refused(routes, "import", str(page), "--page", "board")
    assert "no proposal 7" in refused(routes, "reject", "7")
