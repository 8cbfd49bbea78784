"""Payees come in by CSV without a number taking effect, and leave masked; a bad row refuses the whole file without repeating it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel

from api.database import Database
from contracts import audit, payees
from contracts.payees import sheets
from contracts.vault import KeyRing
from tests.contracts.factories import NOW

KEYS = payees.Vault(KeyRing("k1", {"k1": b"1" * 32}), 1)
FILE = """Number,Legal name,Address,Remittance email,Known phone,Institution,Transit,Account,GST number
P-1,=Shoreline,1 Front St,books@shoreline.example,604 555 0142,004,10020,0012345678,123456782RT0001
P-2,Harbour,,,,,,,

"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """SQLite alone: nothing here hangs on the database."""
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    SQLModel.metadata.create_all(database.engine)
    with Session(database.engine.execution_options(bidkeeper_write=True), expire_on_commit=False) as session:
        yield session
    database.close()


def store(session: Session, data: str = FILE) -> None:
    sheets.store(session, sheets.read(data.encode(), "p.csv"), keys=KEYS, by="Ada", reason="moved from a spreadsheet", now=NOW)


def test_contacts_come_in_and_numbers_wait_for_a_call_and_a_second_person(session: Session) -> None:
    store(session)
    first, second = payees.payees(session, organisation_id=1)
    assert (first.number, first.known_phone, second.address) == ("P-1", "604 555 0142", None)
    assert payees.masked(session, first) == {"bank_account": None, "gst_number": None}
    [change] = payees.changes(session, organisation_id=1)
    assert (change.payee_id, change.fields, change.state) == (first.id, ["bank_account", "gst_number"], "requested")
    payees.call_back(session, change, number="6045550142", spoke_with="M.", by="Bo", now=NOW, organisation_id=1)
    payees.approve(session, change, by="Bo", now=NOW, organisation_id=1)
    payees.apply_due(session, keys=KEYS, now=NOW + payees.COOLING_OFF)
    written = sheets.write(session, organisation_id=1)
    assert "•••••••678" in written
    assert "12345678" not in written
    assert ",'=Shoreline," in written
    assert audit.verify(session, organisation_id=1).whole


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("Name\nx", "p.csv lacks the column number, legal_name"),
        ("number,legal name\nP-1,\n", "row 2 of p.csv has no legal name"),
        (
            "number,legal name,institution,transit,account\nP-1,x,004,10020,12\n",
            "row 2 of p.csv: the account number has 7 to 12 digits",
        ),
        ("number,legal name,gst number\nP-1,x,123456789RT0001\n", "row 2 of p.csv: the GST number's check digit is wrong"),
        ("a\x00b", "p.csv is no CSV file"),
    ],
)
def test_a_bad_file_is_refused_by_its_row_and_not_repeated(data: str, says: str) -> None:
    with pytest.raises(sheets.BadSheet) as caught:
        sheets.read(data.encode(), "p.csv")
    assert says in str(caught.value)
    assert "123456789" not in str(caught.value)


def test_a_payee_that_is_on_file_is_not_written_over(session: Session) -> None:
    store(session)
    with pytest.raises(payees.Refused, match="payee P-1 is there already"):
        store(session)
