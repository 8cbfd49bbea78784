"""Payees as a CSV file: out with every number masked, and in as new payees whose secrets wait for a call and a second person.

The first row names the columns. A row of a payee that is on file already is refused, and with it the whole file: what is on record
changes by a request alone.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from contracts import documents
from contracts.digits import BadNumber, BankAccount, gst_number
from contracts.export import disarmed
from contracts.models import Payee
from contracts.payees import records, sealing, steps
from contracts.refusals import Unreadable

SHOWN = ("number", "legal_name", "address", "remittance_email", "known_phone", "direct_deposit", "form_status")
NEEDED = ("number", "legal_name")
CONTACTS = ("address", "remittance_email", "known_phone")
ACCOUNT = ("institution", "transit", "account")


class BadSheet(ValueError):
    """Raised when a file of payees can't be taken; the text names the row and never repeats a number."""


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One payee of a file: what is no secret, and what waits to be confirmed."""

    row: int  # as a spreadsheet counts
    plain: Mapping[str, str]
    account: BankAccount | None
    gst: str | None


def write(session: Session, *, organisation_id: int) -> str:
    """The organisation's payees as CSV, bank and tax numbers masked."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow((*SHOWN, *sealing.SECRET))
    for row in records.payees(session, organisation_id=organisation_id):
        cells = [*(getattr(row, name) for name in SHOWN), *records.masked(session, row).values()]
        writer.writerow("" if cell is None else disarmed(cell) for cell in cells)
    return out.getvalue()


def read(data: bytes, name: str) -> list[Line]:
    """The file's payees; raises BadSheet."""
    try:
        rows = csv.DictReader(io.StringIO(documents.decode(data).lstrip("\ufeff"), newline=""))
    except Unreadable as refusal:
        raise BadSheet(f"{name} is no CSV file") from refusal
    heading = [" ".join(str(cell).lower().replace("_", " ").split()).replace(" ", "_") for cell in rows.fieldnames or ()]
    if missing := [column for column in NEEDED if column not in heading]:
        raise BadSheet(f"{name} lacks the column {', '.join(missing)}: its first row must name number and legal_name")
    rows.fieldnames = heading
    return [
        _line(cells, number, name)
        for number, cells in enumerate(rows, start=2)
        if any((text or "").strip() for text in _texts(cells))
    ]


def store(session: Session, lines: Sequence[Line], *, keys: sealing.Vault, by: str, reason: str, now: datetime) -> list[Payee]:
    """The payees with their contacts, and a request for each that brings numbers; raises Refused, and then nothing may be committed."""
    stored = []
    for line in lines:
        row = records.create(session, keys=keys, number=line.plain["number"], legal_name=line.plain["legal_name"], now=now, by=by)
        for name in CONTACTS:
            setattr(row, name, line.plain.get(name) or None)
        session.add(row)
        session.flush()
        sealing.log(session, row, now, by, "payee.imported", row=line.row)
        secrets = {"bank_account": line.account, "gst_number": line.gst}
        if wanted := {name: value for name, value in secrets.items() if value is not None}:
            steps.request_change(session, row, keys=keys, changes=wanted, reason=reason, by=by, now=now)
        stored.append(row)
    return stored


def _line(cells: Mapping[str, str | None], row: int, name: str) -> Line:
    plain = {key: (cells.get(key) or "").strip() for key in (*NEEDED, *CONTACTS)}
    if lacking := [column for column in NEEDED if not plain[column]]:
        raise BadSheet(f"row {row} of {name} has no {lacking[0].replace('_', ' ')}")
    account = [(cells.get(part) or "").strip() for part in ACCOUNT]
    tax = (cells.get("gst_number") or "").strip()
    try:
        return Line(row, plain, BankAccount.parse(*account) if any(account) else None, gst_number(tax) if tax else None)
    except BadNumber as wrong:
        raise BadSheet(f"row {row} of {name}: {wrong}") from None


def _texts(cells: Mapping[str, str | None]) -> list[str | None]:
    return [text for text in cells.values() if isinstance(text, str)]
