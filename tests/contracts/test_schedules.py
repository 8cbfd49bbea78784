"""A fee schedule comes in from CSV or XLSX as a whole, or not at all."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from sqlmodel import Session

from contracts import fees, schedules, store
from tests.contracts import factories
from tests.contracts.factories import NOW, TODAY

CSV = 'Code,Description,Amount,Unit,From,To\nor210,Initial assessment,"$1,412.50",each,2026-04-01,2027-04-01\nOR210,Initial assessment,1450,each,2027-04-01,\n'


def workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(0, 0, ["Fee code", "Service", "Rate", "", "Valid from"])
        page.write_row(1, 0, ["OR220", "Treatment day", 138.1])
        page.write_datetime(1, 4, datetime(2026, 4, 1), day)
    return out.getvalue()


def test_a_csv_schedule_with_two_spans_of_one_code() -> None:
    first, second = schedules.read(CSV.encode("utf-8-sig"), "fees.csv")
    assert (first.code, first.amount, first.valid_from, first.valid_to) == (
        "or210",
        Decimal("1412.50"),
        date(2026, 4, 1),
        date(2027, 4, 1),
    )
    assert (second.row, second.amount, second.valid_to) == (3, Decimal("1450.00"), None)


def test_an_excel_schedule_with_gaps_and_dates() -> None:
    [line] = schedules.read(workbook(), "fees.xlsx")
    assert (line.code, line.description, line.amount, line.unit, line.valid_from) == (
        "OR220", "Treatment day", Decimal("138.10"), None, date(2026, 4, 1),
    )  # fmt: skip


def sheets_swapped(workbook: io.BytesIO) -> bytes:
    """The workbook as after dragging its second sheet to the front: the files keep their names, the list of sheets changes."""
    out = io.BytesIO()
    with zipfile.ZipFile(workbook) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/workbook.xml":
                data = data.replace(b"rId1", b"rId0").replace(b"rId2", b"rId1").replace(b"rId0", b"rId2")
            new.writestr(name, data)
    return out.getvalue()


def test_the_first_sheet_is_the_one_that_a_person_sees_first_and_a_formula_is_what_it_showed() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        notes, shown = book.add_worksheet("Notes"), book.add_worksheet("Fees")
        notes.write_row(0, 0, ["not this one"])
        shown.write_row(0, 0, ["code", "description", "amount"])
        shown.write_row(1, 0, ["OR230", "Report"])
        shown.write_formula(1, 2, "=2*41.25", None, 82.5)
    [line] = schedules.read(sheets_swapped(out), "fees.xlsx")
    assert (line.code, line.amount) == ("OR230", Decimal("82.50"))


def test_imported_fees_are_confirmed_and_overlaps_refused_naming_both(session: Session) -> None:
    document = factories.added(session)
    contract = store.contract(session, document.contract_id, organisation_id=1)
    assert contract
    schedules.store(session, contract, schedules.read(CSV.encode(), "fees.csv"), by="Ada", now=NOW)
    assert fees.as_of(session, "OR210", organisation_id=1, day=TODAY)[0].amount == Decimal("1412.50")
    clash = schedules.read(b"code;description;fee;from\nOR210;Again;1;2027-03-31\n", "more.csv")
    with pytest.raises(fees.Overlap, match=r"fee \d+ .* and fee \d+ "):
        schedules.store(session, contract, clash, by="Ada", now=NOW)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"number,what,price\n", "lacks the column code, description"),
        (b"code,description,amount\n,x,1\n", "row 2 of f.csv has no code"),
        (b"code,description,amount\nA1,x,soon\n", "“soon” is no number"),
        (b"code,description,amount\nA1,x,-5\n", "a negative amount"),
        (b"code,description,amount,from\nA1,x,5,1 April\n", "“1 April” for a day"),
        (b"\x00\x01\x02", "is neither CSV nor XLSX"),
        (b"PK\x03\x04nonsense", "can't be read as an XLSX"),
    ],
)
def test_a_bad_schedule_is_told_by_row(data: bytes, says: str) -> None:
    with pytest.raises(schedules.BadSchedule, match=says):
        schedules.read(data, "f.csv")


def test_a_workbook_that_unpacks_to_a_huge_one_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (schedules.MOST_UNPACKED + 1))
    with pytest.raises(schedules.BadSchedule):
        schedules.read(out.getvalue(), "bomb.xlsx")
