"""The command line keeps, shows, asks and refuses; every refusal is one sentence and exit status 2."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlmodel import SQLModel, select
from typer.testing import CliRunner, Result

from api.cli import CommandError, audit, contract_tools, contract_work, contracts, payees
from api.database import Database
from contracts import documents
from contracts.models import FeeItem
from tests.contracts import samples

Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A data folder with an empty database, which the commands find through the environment."""
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'data' / 'bidkeeper.db'}")
    SQLModel.metadata.create_all(database.engine)
    for module in (contracts, contract_work, contract_tools, payees, audit):
        monkeypatch.setattr(module, "open_database", lambda _settings: database)
    yield database
    database.close()


@pytest.fixture
def run(data: Database) -> Run:
    app = typer.Typer()
    app.add_typer(contracts.app, name="contracts")
    return lambda *words: CliRunner().invoke(app, ["contracts", *map(str, words)])


@pytest.fixture
def pay(data: Database) -> Run:
    app = typer.Typer()
    app.add_typer(payees.app, name="payees")
    app.add_typer(audit.app, name="audit")
    return lambda *words, typed="": CliRunner().invoke(app, [*map(str, words)], input=typed)


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def agreement(tmp_path: Path) -> Path:
    return samples.written(tmp_path, "or2.pdf", samples.pdf(*samples.AGREEMENT))


def test_a_signed_file_is_kept_and_answers(run: Run, agreement: Path, tmp_path: Path) -> None:
    added = said(run("add", agreement, "--number", "OR-7741", "--program", "or2", "--json"))
    assert added["new"]
    assert added["pages"] == 3
    kept = tmp_path / "data" / "originals" / added["sha256"][:2] / added["sha256"]
    assert kept.read_bytes() == agreement.read_bytes()
    answer = said(run("ask", "how long do we have to send the discharge report", "--as-of", "2020-01-01", "--json"))
    assert list(answer) == ["value", "quote", "contract", "document", "page", "as_of", "confidence", "alternatives"]
    assert "within 5 business days" in answer["quote"]
    assert (answer["value"], answer["contract"], answer["document"], answer["page"]) == (None, "OR-7741", "or2.pdf", 1)
    assert "page 1, characters" in run("ask", "how long do we have to send the discharge report").stdout
    assert run("ask", "what is the parental leave policy").stdout.startswith("not recorded")


def test_adding_the_same_file_again_changes_nothing(run: Run, agreement: Path) -> None:
    run("add", agreement)
    again = run("add", agreement)
    assert "already here as document 1 of contract 1" in again.stdout
    assert len(said(run("list", "--json"))) == 1


def test_an_amendment_joins_the_contract_of_its_number(run: Run, agreement: Path, tmp_path: Path) -> None:
    run("add", agreement, "--number", "OR-7741")
    more = samples.written(tmp_path, "amendment.txt", b"Amendment 1. Discharge reports are due within 3 days.")
    assert said(run("add", more, "--number", "OR-7741", "--kind", "amendment", "--json"))["contract_id"] == 1
    shown = said(run("show", "OR-7741", "--json"))
    assert [document["kind"] for document in shown["documents"]] == ["agreement", "amendment"]


def test_a_fee_is_proposed_then_confirmed_from_a_day(run: Run, agreement: Path, data: Database) -> None:
    run("add", agreement)
    fee = said(run("fees", "or220", "--json"))["fees"][0]
    assert (fee["code"], fee["description"], fee["amount"], fee["page"], fee["status"]) == (
        "OR220",
        "Treatment day",
        "138.00",
        3,
        "proposed",
    )
    with data.read() as session:
        number = session.exec(select(FeeItem.id).where(FeeItem.code == "OR220")).one()
    confirmed = run("confirm-fee", number, "--by", "Ada", "--valid-from", "2026-04-01")
    assert confirmed.exit_code == 0, confirmed.output
    assert "confirmed" in run("fees", "OR220", "--as-of", "2026-04-01").stdout
    assert run("fees", "OR220", "--as-of", "2026-03-31").stdout.startswith("not recorded: no fee OR220 holds on 2026-03-31")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["add", "gone.pdf"], "gone.pdf can't be opened (no such file or directory): check the path."),
        (["add", "{page}"], "page.pdf is not a PDF although its name says so"),
        (["add", "{locked}"], "locked.pdf is encrypted"),
        (["add", "{page}", "--kind", "poem"], "“poem” is no kind of document"),
        (["extract", "{page}", "--json"], "page.pdf is not a PDF"),
        (["ask", "when", "--as-of", "tomorrow"], "“tomorrow” is no day: write it as 2026-04-01"),
        (["ask", "when", "--contract", "none"], "there is no contract “none”"),
        (["ask", " "], "the question is empty"),
        (["show", "7"], "there is no contract “7”"),
        (["confirm", "7", "--by", "Ada"], "there is no term 7"),
        (["confirm-fee", "7", "--by", "Ada"], "there is no fee 7"),
    ],
)
def test_bad_input_is_refused_in_one_sentence_and_nothing_is_stored(
    run: Run, tmp_path: Path, words: list[str], says: str
) -> None:
    files = {
        "page": samples.written(tmp_path, "page.pdf", b"<html><body>Please sign in</body></html>"),
        "locked": samples.written(tmp_path, "locked.pdf", samples.pdf("secret", password="x")),
    }
    refused = run(*[word.format(**files) for word in words])
    assert isinstance(refused.exception, CommandError)
    assert refused.exception.status == 2
    assert says in str(refused.exception)
    assert said(run("list", "--json")) == []
    assert not (tmp_path / "data" / "originals").exists()


def test_extraction_prints_terms_with_offsets_into_the_text_and_stores_nothing(run: Run, agreement: Path) -> None:
    found = said(run("extract", agreement, "--json"))
    assert set(found) == {"pages", "terms", "fees", "signatures"}
    text = "\f".join(documents.read(agreement).pages)
    assert {term["kind"] for term in found["terms"]} >= {"report_due", "invoice_window"}
    assert all(text[term["start"] : term["end"]] == term["quote"] for term in found["terms"])
    assert [fee["code"] for fee in found["fees"]] == ["OR210", "OR220", "OR230"]
    assert said(run("list", "--json")) == []


def test_a_confirmed_proposal_gives_the_value(run: Run, agreement: Path) -> None:
    run("add", agreement)
    question = "how long do we have to invoice"
    assert said(run("ask", question, "--json"))["value"] is None
    proposed = [term for term in said(run("show", "1", "--json"))["terms"] if term["kind"] == "invoice_window"]
    assert run("confirm", proposed[0]["id"], "--by", "Ada").exit_code == 0
    assert said(run("ask", question, "--json"))["value"] == "P90D"
    for other in proposed[1:]:
        assert run("reject", other["id"], "--by", "Ada").exit_code == 0
    refused = run("confirm", proposed[0]["id"], "--by", "Ada")
    assert "is confirmed, not proposed" in str(refused.exception)


def test_a_payee_is_changed_by_two_persons_and_its_digits_are_typed_never_given(pay: Run, tmp_path: Path) -> None:
    assert "make one with `bidkeeper payees new-key`" in str(
        pay("payees", "add", "P-1", "--legal-name", "x", "--by", "Ada").exception
    )
    assert pay("payees", "new-key").exit_code == 0
    keys = tmp_path / "data" / "keys"
    assert keys.stat().st_mode & 0o777 == 0o600
    assert pay("payees", "add", "P-1", "--legal-name", "Shoreline Rehab", "--by", "Ada").exit_code == 0
    contact = ["payees", "request-change", "P-1", "--by", "Ada", "--reason", "from the signed form"]
    asked = pay(*contact, "--bank", typed="004\n10020\n0012345678\n")
    assert asked.exit_code == 0, asked.output
    assert "0012345678" not in asked.output
    assert "has no known number" in str(
        pay("payees", "call-back", 1, "--by", "Bo", "--number", "6045550142", "--spoke-with", "M.").exception
    )
    assert "a second person must" in str(pay("payees", "approve", 1, "--by", "Ada").exception)
    assert pay("payees", "refuse", 1, "--by", "Bo", "--note", "no known number").exit_code == 0
    wrong = pay(*contact, "--gst", typed="123456789RT0001\n")
    assert "check digit is wrong" in str(wrong.exception)
    assert pay("payees", "new-key").exit_code == 0
    assert pay("payees", "rotate", "--by", "Ada").exit_code == 0
    shown = said(pay("payees", "list", "--json"))
    assert [(row["number"], row["bank_account"]) for row in shown["payees"]] == [("P-1", None)]
    assert shown["changes"] == []
    assert said(pay("audit", "verify", "--json"))["whole"]
    assert "payee.key.rotated" in pay("audit", "show").stdout


def test_what_is_due_follows_from_what_was_recorded_and_is_closed_once(run: Run, agreement: Path) -> None:
    run("add", agreement)
    assert "nothing is due" in run("due").stdout
    assert run("set", "1", "--start", "2018-09-27", "--end", "2021-09-27").exit_code == 0
    assert "before it begins" in str(run("set", "1", "--end", "2018-01-01").exception)
    [duty] = said(run("due", "--json"))
    assert (duty["kind"], duty["due"], duty["remind_on"]) == ("expiration_date", "2021-09-27", "2021-09-06")
    assert "say why" in str(run("close", duty["id"], "--by", "Ada", "--waive").exception)
    assert run("close", duty["id"], "--by", "Ada").exit_code == 0
    assert said(run("due", "--json")) == []
    assert "there is no obligation 9" in str(run("close", 9, "--by", "Ada").exception)


def test_versions_are_compared_and_fees_imported(run: Run, tmp_path: Path) -> None:
    for name, days in (("old", 10), ("new", 5)):
        run("add", samples.written(tmp_path, f"{name}.txt", f"1. Reports are due within {days} days.".encode()), "--number", "N")
    assert "[-10-] [+5+]" in run("compare", 1, 2).stdout
    assert [one["what"] for one in said(run("compare", 1, 2, "--json"))] == ["changed"]
    assert "there is no document 7" in str(run("compare", 1, 7).exception)
    sheet = samples.written(tmp_path, "fees.csv", b"code,description,amount\nA100,Assessment,10\n")
    assert run("import-fees", sheet, "--contract", "N", "--by", "Ada").exit_code == 0
    again = run("import-fees", sheet, "--contract", "N", "--by", "Ada")
    assert "would both hold on the same day" in str(again.exception)
    assert [fee["status"] for fee in said(run("fees", "a100", "--json"))["fees"]] == ["confirmed"]


def test_an_organisation_is_written_to_a_folder_and_not_over_one(run: Run, agreement: Path, tmp_path: Path) -> None:
    run("add", agreement)
    assert run("export", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "originals").exists()
    assert "is there already" in str(run("export", tmp_path / "out").exception)
    assert "empty installation" in str(run("import", tmp_path / "out").exception)
    assert "holds no manifest.json" in str(run("import", tmp_path).exception)
