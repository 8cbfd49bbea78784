"""Particulars, holds, retention, what an event makes due, and payees in and out, on the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from sqlmodel import SQLModel
from typer.testing import CliRunner, Result

from api.cli import CommandError, contract_records, contract_tools, contract_work, contracts, payees
from api.database import Database
from contracts import terms
from tests.contracts import factories
from tests.contracts.factories import NOW

Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A data folder whose database holds one contract, found through the environment, and a key file."""
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "keys").write_text(f"k1 {'ab' * 32}\n")
    database = Database(f"sqlite:///{tmp_path / 'data' / 'bidkeeper.db'}")
    SQLModel.metadata.create_all(database.engine)
    for module in (contracts, contract_work, contract_tools, contract_records, payees):
        monkeypatch.setattr(module, "open_database", lambda _settings: database)
    with database.write() as session:
        factories.added(session, owner=factories.contract(number="77"))
    yield database
    database.close()


@pytest.fixture
def run(data: Database) -> Run:
    app = typer.Typer()
    app.add_typer(contracts.app, name="contracts")
    app.add_typer(payees.app, name="payees")
    return lambda *words: CliRunner().invoke(app, [*map(str, words)])


def done(result: Result) -> str:
    assert result.exit_code == 0, result.exception
    return result.stdout


def refused(result: Result) -> str:
    assert isinstance(result.exception, CommandError)
    return str(result.exception)


def test_particulars_are_recorded_shown_and_taken_off(run: Run) -> None:
    assert "party 1 of OR2 agreement is recorded" in done(
        run("contracts", "record", "77", "party", "role=supplier", "name=Shoreline Rehab", "--by", "Ada")
    )
    done(run("contracts", "record", "77", "option", "months=12", "--by", "Ada"))
    assert "party 1: role supplier, name Shoreline Rehab" in done(run("contracts", "show", "77"))
    shown = json.loads(done(run("contracts", "show", "77", "--json")))
    assert shown["particulars"]["option"][0] | {"id": 0} == {
        "id": 0, "position": 1, "months": 12, "notice_months": None, "exercised_on": None,
    }  # fmt: skip
    assert "was used on 2026-03-01" in done(run("contracts", "exercise", "77", "1", "--on", "2026-03-01", "--by", "Ada"))
    done(run("contracts", "remove", "77", "party", "1", "--by", "Ada"))
    assert "has no party 1" in refused(run("contracts", "remove", "77", "party", "1", "--by", "Ada"))
    assert "“name” is not FIELD=TEXT" in refused(run("contracts", "record", "77", "party", "name", "--by", "Ada"))
    assert "there is no “friend”: use party" in refused(run("contracts", "record", "77", "friend", "name=x", "--by", "Ada"))


def test_an_event_makes_something_due_and_somebody_has_it(run: Run, data: Database) -> None:
    with data.write() as session:
        term = factories.term(
            session, factories.added(session, owner=factories.contract(title="Other"), content="x"), unit="business day"
        )
        terms.confirm(session, term, by="Ada", now=NOW)
        term_id = term.id
    happened = ("contracts", "happened", "Other", term_id, "--on", "2026-12-24", "--what", "Discharge report")
    said = done(run(*happened, "--case", "file 12"))
    # Christmas on a Friday, a weekend and New Year lie between
    assert "obligation 1: Discharge report for file 12, due 2027-01-04 (5 business days after 2026-12-24)" in said
    assert "without the worker's name" in refused(run(*happened, "--case", "claim 12345678 of Mr. John Smith"))
    assert "obligation 1 is Bo's" in done(run("contracts", "assign", "1", "Bo"))
    assert "this contract" in refused(run("contracts", "happened", "77", term_id, "--on", "2026-12-24", "--case", "1"))


def test_what_is_held_is_not_disposed_of(run: Run, data: Database) -> None:
    done(run("contracts", "set", "77", "--start", "2010-01-01", "--end", "2015-01-01"))
    done(run("contracts", "retention", "--months", "84", "--basis", "clause 14", "--by", "Ada"))
    done(run("contracts", "hold", "77", "--reason", "a dispute", "--by", "Ada"))
    assert "due since 2022-01-01: contract 1, OR2 agreement (held)" in done(run("contracts", "retention"))
    assert "lift the hold first" in refused(run("contracts", "dispose", "77", "--reason", "over", "--by", "Ada"))
    done(run("contracts", "lift", "1", "--by", "Bo"))
    assert "OR2 agreement is disposed of" in done(run("contracts", "dispose", "77", "--reason", "over", "--by", "Ada"))
    found = json.loads(done(run("contracts", "retention", "--json")))
    assert found == {"rule": {"months": 84, "basis": "clause 14", "automatic": False}, "due": [], "holds": []}


def test_payees_come_in_by_file_leave_masked_and_are_erased(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("number,legal name,institution,transit,account\nP-1,Shoreline,004,10020,0012345678\n")
    assert "1 payees are on file" in done(run("payees", "import", file, "--by", "Ada", "--reason", "moved"))
    assert "payee P-1 is there already" in refused(run("payees", "import", file, "--by", "Ada", "--reason", "moved"))
    assert "12345678" not in done(run("payees", "export"))
    assert "hold 1 keeps payee P-1" in done(run("payees", "hold", "P-1", "--reason", "an audit", "--by", "Ada"))
    assert "lift the hold first" in refused(run("payees", "erase", "P-1", "--reason", "left", "--by", "Ada"))
    done(run("contracts", "lift", "1", "--by", "Bo"))
    assert "can't be read any more" in done(run("payees", "erase", "P-1", "--reason", "left", "--by", "Ada"))
    assert "check the path" in refused(run("payees", "import", tmp_path / "no.csv", "--by", "Ada", "--reason", "x"))
