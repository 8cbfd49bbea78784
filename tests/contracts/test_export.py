"""An organisation leaves as an open folder and comes back identical; a changed folder does not."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from api.database import Database
from contracts import audit, documents, duties, export, lookup, obligations, originals, payees, store
from contracts.days import Span
from contracts.digits import BankAccount
from contracts.vault import KeyRing
from tests.contracts import factories, samples
from tests.contracts.factories import NOW, TODAY

KEYS = payees.Vault(KeyRing("k1", {"k1": b"1" * 32}), 1)
ACCOUNT = BankAccount.parse("004", "10020", "0012345678")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    """Another installation, with nothing in it."""
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    SQLModel.metadata.create_all(database.engine)
    yield database
    database.close()


def filled(database: Database, tmp_path: Path) -> Path:
    """The folder of an organisation with a signed contract, a term, a fee, a payee and its log, beside another organisation."""
    read = documents.read(samples.pdf(*samples.AGREEMENT), "or2.pdf")
    with database.write() as session:
        originals.keep(tmp_path / "kept", read)
        originals.put_rendition(tmp_path / "kept", read.sha256, b"%PDF of recognised text")
        owner = factories.contract(number="=OR-7741", start=TODAY)
        document = store.add(session, organisation_id=1, document=read, contract=owner, now=NOW)
        factories.term(session, document, status="confirmed")
        factories.fee(session, document)
        duty = obligations.arising("report_due", Span(days=5), TODAY, what="Report", subject="file 12")
        duties.close(session, duties.record(session, owner, duty, now=NOW), state="done", by="Ada", now=NOW)
        factories.added(session, owner=factories.contract(2))
        row = payees.create(session, keys=KEYS, number="P-1", legal_name="Shoreline", now=NOW, by="Ada")
        row.known_phone = "6045550142"
        change, _ = payees.request_change(
            session, row, keys=KEYS, changes={"bank_account": ACCOUNT}, reason="form", by="Ada", now=NOW
        )
        payees.call_back(session, change, number="6045550142", spoke_with="M.", by="Bo", now=NOW, organisation_id=1)
        payees.approve(session, change, by="Bo", now=NOW, organisation_id=1)
        payees.apply_due(session, keys=KEYS, now=NOW + payees.COOLING_OFF)
    with database.read() as session:
        export.write(session, tmp_path / "out", organisation_id=1, originals_folder=tmp_path / "kept", now=NOW)
    return tmp_path / "out"


def test_what_leaves_comes_back_identical(database: Database, empty: Database, tmp_path: Path) -> None:
    folder = filled(database, tmp_path)
    with empty.write() as session:
        assert export.read(session, folder, originals_folder=tmp_path / "other") == 1
    with empty.read() as session:
        export.write(session, tmp_path / "again", organisation_id=1, originals_folder=tmp_path / "other", now=NOW)
        answer = lookup.answer(session, "when is the discharge report due", organisation_id=1, as_of=TODAY)
        assert answer.place.value == "P5D"
        assert lookup.answer(session, "how long do we have to bill", organisation_id=1, as_of=TODAY).recorded
        assert audit.verify(session, organisation_id=1).whole
        row = payees.payee(session, "P-1", organisation_id=1)
        assert row
        assert payees.masked(session, row)["bank_account"] == "•••••••678"
    with empty.write() as session:
        row = payees.payee(session, "P-1", organisation_id=1)
        assert row
        assert payees.reveal(session, row, "bank_account", keys=KEYS, by="Ada", reason="check", now=NOW) == ACCOUNT.whole
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(tmp_path / "again") for path in (tmp_path / "again").rglob("*") if path.is_file())
    assert {path.name for path in (folder / "renditions").iterdir()} == {path.name for path in (folder / "originals").iterdir()}
    assert all((folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in files)


def test_an_export_holds_one_organisation_no_digits_and_no_formula(database: Database, tmp_path: Path) -> None:
    folder = filled(database, tmp_path)
    assert len(json.loads((folder / "rows" / "contract.json").read_bytes())) == 1
    everything = b"".join(path.read_bytes() for path in folder.rglob("*.json"))
    assert b"12345678" not in everything
    with (folder / "tables" / "contract.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["number"] == "'=OR-7741"
    contract = json.loads((folder / "ocds.json").read_bytes())[0]
    assert contract["period"] == {"startDate": "2026-04-01T00:00:00-07:00"}
    assert contract["documents"][0]["documentType"] == "contractSigned"
    [milestone] = contract["implementation"]["milestones"]
    assert (milestone["title"], milestone["status"]) == ("Report for file 12", "met")
    assert (milestone["dueDate"], milestone["dateMet"]) == ("2026-04-06T23:59:59-07:00", "2026-04-01T10:00:00-07:00")


def test_the_next_new_row_gets_a_free_id(database: Database, empty: Database, tmp_path: Path) -> None:
    """Both ways: what was written by either database is read into the one under test."""
    folder = filled(empty, tmp_path)
    with database.write() as session:
        export.read(session, folder, originals_folder=tmp_path / "other")
        session.add(factories.contract(title="next"))
        session.flush()
        assert len(store.contracts(session, organisation_id=1)) == 2


@pytest.mark.parametrize("name", ["rows/term.json", "originals", "manifest.json"])
def test_a_changed_or_missing_file_is_named_and_nothing_comes_in(empty: Database, tmp_path: Path, name: str) -> None:
    folder = filled(empty, tmp_path)
    target = next((folder / name).iterdir()) if (folder / name).is_dir() else folder / name
    target.write_bytes(b"{}") if name != "originals" else target.unlink()
    other = Database(f"sqlite:///{tmp_path / 'third.db'}")
    SQLModel.metadata.create_all(other.engine)
    with pytest.raises(export.BadFolder, match=r"changed|missing|is written as"), other.write() as session:
        export.read(session, folder, originals_folder=tmp_path / "other")
    with other.read() as session:
        assert store.contracts(session, organisation_id=1) == []
    other.close()


def test_a_manifest_can_not_reach_outside_its_folder(empty: Database, tmp_path: Path) -> None:
    folder = filled(empty, tmp_path)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"]["../outside"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(export.BadFolder, match="lies outside"), empty.write() as session:
        export.read(session, folder, originals_folder=tmp_path / "other")


def test_rows_never_land_on_rows(empty: Database, tmp_path: Path) -> None:
    folder = filled(empty, tmp_path)
    with pytest.raises(export.NotEmpty, match="into an empty installation"), empty.write() as session:
        export.read(session, folder, originals_folder=tmp_path / "kept")
