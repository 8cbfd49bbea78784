"""A fee schedule from a spreadsheet (CSV or XLSX) → rows ready to be stored; all of it or nothing.

The first row names the columns: code, description, amount, and if wanted unit, from, to. An XLSX file is unpacked in the
sandbox; only its first sheet is read, and a formula counts as the value it last showed.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree
from sqlmodel import Session

from contracts import documents, fees, sandbox
from contracts.models import Contract, FeeItem
from contracts.refusals import Damaged, TooCostly, Unreadable

COLUMNS = {
    "code": ("code", "fee code", "item"),
    "description": ("description", "service", "name"),
    "amount": ("amount", "fee", "rate", "price"),
    "unit": ("unit", "per"),
    "valid_from": ("from", "valid from", "effective", "effective date", "start"),
    "valid_to": ("to", "valid to", "until", "end"),
}
NEEDED = ("code", "description", "amount")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MOST_UNPACKED = 64 * 1024 * 1024
FIRST_DAY = date(1899, 12, 30)  # day 0 of a spreadsheet's calendar


class BadSchedule(ValueError):
    """Raised when a schedule can't be read; the text names the row and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One fee of a schedule: `valid_to` is the first day on which it no longer holds."""

    row: int  # as a spreadsheet counts
    code: str
    description: str
    amount: Decimal
    unit: str | None
    valid_from: date | None
    valid_to: date | None


def read(data: bytes, name: str) -> list[Line]:
    """The schedule's lines; raises BadSchedule."""
    if data.startswith(b"PK"):
        try:
            rows = sandbox.run("contracts.schedules:sheet", data)
        except sandbox.SandboxError as error:
            raise BadSchedule(f"{name} can't be read as an XLSX workbook: save it again, or as CSV") from error
    else:
        try:
            content = documents.decode(data).lstrip("\ufeff")
        except Unreadable as refusal:
            raise BadSchedule(f"{name} is neither CSV nor XLSX") from refusal
        first = content.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter))
    return list(_lines(rows, name))


def store(session: Session, contract: Contract, lines: Iterable[Line], *, by: str, now: datetime) -> list[FeeItem]:
    """The lines as confirmed fees of the contract; raises fees.Overlap, and then none of them may be committed."""
    items = []
    for line in lines:
        item = FeeItem(
            organisation_id=contract.organisation_id,
            contract_id=contract.id or 0,
            code=fees.code_key(line.code),
            description=line.description,
            amount=line.amount,
            unit=line.unit,
            recorded_at=now,
        )
        session.add(item)
        session.flush()
        items.append(fees.confirm(session, item, by=by, now=now, valid_from=line.valid_from, valid_to=line.valid_to))
    return items


def sheet(data: bytes) -> list[list[str]]:
    """The cells of a workbook's first sheet as text; run in the sandbox. Raises Damaged, TooCostly."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
            raise TooCostly
        names = archive.namelist()
        shared: list[str] = []
        if "xl/sharedStrings.xml" in names:
            shared = ["".join(entry.itertext(f"{MAIN}t")) for entry in _xml(archive, "xl/sharedStrings.xml").iter(f"{MAIN}si")]
        sheets = sorted(
            (one for one in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", one)), key=lambda one: (len(one), one)
        )
        if not sheets:
            raise Damaged(detail=": it has no sheet")
        return [_row(row, shared) for row in _xml(archive, sheets[0]).iter(f"{MAIN}row")]


def _xml(archive: zipfile.ZipFile, name: str) -> Any:
    return etree.fromstring(archive.read(name), etree.XMLParser(resolve_entities=False, no_network=True))


def _row(row: Any, shared: Sequence[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(f"{MAIN}c"):
        column = _column(cell.get("r") or "")
        cells += [""] * max(0, column - len(cells))  # empty cells are left out of the file
        value = cell.findtext(f"{MAIN}v") or ""
        if cell.get("t") == "s":
            value = shared[int(value)]
        elif cell.get("t") == "inlineStr":
            value = "".join(cell.itertext(f"{MAIN}t"))
        cells.append(value)
    return cells


def _column(reference: str) -> int:
    """0 for "A7", 27 for "AB3"."""
    number = 0
    for letter in re.match(r"[A-Z]*", reference)[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - ord("A") + 1
    return max(number - 1, 0)


def _lines(rows: Sequence[Sequence[str]], name: str) -> Iterator[Line]:
    if not rows:
        raise BadSchedule(f"{name} is empty")
    places = _places(rows[0])
    if missing := [column for column in NEEDED if column not in places]:
        raise BadSchedule(f"{name} lacks the column {', '.join(missing)}: its first row must name code, description and amount")
    for number, row in enumerate(rows[1:], start=2):
        cells = {column: row[place].strip() if place < len(row) else "" for column, place in places.items()}
        if not any(cells.values()):
            continue
        if not cells["code"]:
            raise BadSchedule(f"row {number} of {name} has no code")
        yield Line(
            row=number,
            code=cells["code"],
            description=cells["description"],
            amount=_amount(cells["amount"], number, name),
            unit=cells.get("unit") or None,
            valid_from=_day(cells.get("valid_from", ""), number, name),
            valid_to=_day(cells.get("valid_to", ""), number, name),
        )


def _places(heading: Sequence[str]) -> dict[str, int]:
    said = [" ".join(cell.casefold().replace("_", " ").split()) for cell in heading]
    return {column: said.index(word) for column, known in COLUMNS.items() for word in reversed(known) if word in said}


def _amount(cell: str, row: int, name: str) -> Decimal:
    try:
        amount = Decimal(re.sub(r"[$,\s]", "", cell)).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise BadSchedule(f"row {row} of {name} has no amount: “{cell}” is no number") from None
    if amount < 0:
        raise BadSchedule(f"row {row} of {name} has a negative amount")
    return amount


def _day(cell: str, row: int, name: str) -> date | None:
    """A day as 2026-04-01, or as a spreadsheet counts days; empty is open."""
    if not cell:
        return None
    try:
        return (
            FIRST_DAY + timedelta(int(float(cell))) if re.fullmatch(r"\d{5}(?:\.\d+)?", cell) else date.fromisoformat(cell[:10])
        )
    except ValueError:
        raise BadSchedule(f"row {row} of {name} has “{cell}” for a day: write it as 2026-04-01") from None
