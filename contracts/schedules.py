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
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

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
MOST_UNPACKED = 64 * 1024 * 1024


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
    import openpyxl  # noqa: PLC0415 - with numpy, in the sandbox alone

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
            raise TooCostly
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    if not book.worksheets:
        raise Damaged(detail=": it has no sheet")
    return [[_text(cell) for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell)


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
    """A day as 2026-04-01; empty is open."""
    try:
        return date.fromisoformat(cell) if cell else None
    except ValueError:
        raise BadSchedule(f"row {row} of {name} has “{cell}” for a day: write it as 2026-04-01") from None
