"""Everything of one organisation as an open folder, and back in, identical.

`rows/<table>.json` holds every row as it is stored (secrets stay ciphertext, the key is never in it), `tables/<table>.csv`
the same for a spreadsheet, `originals/` the signed files byte for byte, `renditions/` what was recognised from scans, `ocds.json` the
contracts and their implementation in OCDS 1.1, and `manifest.json` the digest of each file. Reading back refuses a folder in which anything was changed.
"""

import base64
import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Date, LargeBinary, Numeric, Table, func, insert, text
from sqlalchemy import select as select_rows
from sqlmodel import Session, SQLModel, select

from contracts import originals
from contracts.models import Contract, ContractAmendment, Document, Obligation
from contracts.vocabulary.columns import UTCDateTime

FORMAT = "bidkeeper-organisation/1"
TABLES = (
    "contract", "contractparty", "contractsite", "credential", "renewaloption", "document", "contractamendment", "documentpage",
    "clause", "term", "feeitem", "obligation", "payee", "secret", "payeechange", "auditentry", "audithead", "legalhold", "retentionrule",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ZONE = ZoneInfo("America/Vancouver")


class BadFolder(ValueError):
    """Raised when a folder is no export, or not as it was written; the text names the file."""


class NotEmpty(ValueError):
    """Raised when rows would land on rows that are there already."""


def write(session: Session, folder: Path, *, organisation_id: int, originals_folder: Path, now: datetime) -> Path:
    """The organisation as files in `folder`, which must not exist yet; returns the manifest's path."""
    folder.mkdir(parents=True)
    digests: dict[str, str] = {}

    def put(name: str, data: bytes) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        digests[name] = hashlib.sha256(data).hexdigest()

    for name in TABLES:
        rows = list(_rows(session, _table(name), organisation_id))
        put(f"rows/{name}.json", _json(rows))
        put(f"tables/{name}.csv", _csv(_table(name), rows))
    for sha256 in sorted(set(session.exec(select(Document.sha256).where(Document.organisation_id == organisation_id)).all())):
        put(f"originals/{sha256}", originals.fetch(originals_folder, sha256))
        if (recognised := originals.rendition(originals_folder, sha256)) is not None:
            put(f"renditions/{sha256}", recognised)
    put("ocds.json", _json(_ocds(session, organisation_id)))
    manifest = folder / "manifest.json"
    manifest.write_bytes(_json({"format": FORMAT, "organisation": organisation_id, "written": now.isoformat(), "files": digests}))
    return manifest


def read(session: Session, folder: Path, *, originals_folder: Path) -> int:
    """Put an export back, rows and originals as they were; the organisation's id. Raises BadFolder, NotEmpty.

    Ids stay as they are, for ciphertext is bound to them; so it goes into an installation that does not have them yet.
    """
    manifest = _manifest(folder)
    files = {name: _checked(folder, name, digest) for name, digest in manifest["files"].items()}
    for name in TABLES:
        _insert(session, _table(name), json.loads(files[f"rows/{name}.json"]), manifest["organisation"])
    for name, data in files.items():
        place, _, sha256 = name.partition("/")
        if keep := {"originals": originals.put, "renditions": originals.put_rendition}.get(place):
            keep(originals_folder, sha256, data)
    session.flush()
    return int(manifest["organisation"])


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError) as error:
        raise BadFolder(f"{folder} holds no manifest.json of an export") from error
    if manifest.get("format") != FORMAT:
        raise BadFolder(f"{folder} is written as “{manifest.get('format')}”, and {FORMAT} is read")
    wanted = {f"rows/{name}.json" for name in TABLES}
    if missing := wanted - set(manifest["files"]):
        raise BadFolder(f"{folder} lacks {', '.join(sorted(missing))}")
    return manifest


def _checked(folder: Path, name: str, digest: str) -> bytes:
    """The file's bytes, if it stands inside the folder and is as it was written."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadFolder(f"the manifest names {name}, which lies outside the folder")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFolder(f"{name} is missing from {folder}") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise BadFolder(f"{name} was changed after the export was written")
    return data


def _insert(session: Session, table: Table, rows: Sequence[dict[str, Any]], organisation_id: int) -> None:
    if any(row["organisation_id"] != organisation_id for row in rows):
        raise BadFolder(f"rows/{table.name}.json holds rows of another organisation")
    if not rows:
        return
    key = next(iter(table.primary_key.columns))
    ids = [row[key.name] for row in rows]
    if session.execute(select_rows(func.count()).select_from(table).where(key.in_(ids))).scalar_one():
        raise NotEmpty(f"{table.name} has rows with these ids already: read the export into an empty installation")
    session.execute(insert(table), [{name: _read(table.c[name], value) for name, value in row.items()} for row in rows])
    if session.get_bind().dialect.name == "postgresql" and key.name == "id":
        session.execute(  # the next new row must not take an id that came with the export
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), (SELECT max(id) FROM " + table.name + "))"),  # noqa: S608
            {"name": table.name},
        )


def _rows(session: Session, table: Table, organisation_id: int) -> Iterator[dict[str, Any]]:
    query = select_rows(table).where(table.c.organisation_id == organisation_id).order_by(*table.primary_key.columns)
    for row in session.execute(query).mappings():
        yield {column.name: _shown(row[column.name]) for column in table.columns}


def _shown(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _read(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value)
    if isinstance(column.type, UTCDateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(column.type, Numeric) else value


def _csv(table: Table, rows: Sequence[dict[str, Any]]) -> bytes:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(column.name for column in table.columns)
    writer.writerows([disarmed(value) for value in row.values()] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def disarmed(value: Any) -> Any:
    """The cell as text that no spreadsheet takes for a formula."""
    cell = json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _ocds(session: Session, organisation_id: int) -> list[dict[str, Any]]:
    """The contracts as OCDS contract objects with their implementation's documents."""
    found = []
    for contract in session.exec(select(Contract).where(Contract.organisation_id == organisation_id).order_by(Contract.id)).all():  # type: ignore[arg-type]
        papers = session.exec(select(Document).where(Document.contract_id == contract.id)).all()
        changes = session.exec(select(ContractAmendment).where(ContractAmendment.contract_id == contract.id)).all()
        due = session.exec(select(Obligation).where(Obligation.contract_id == contract.id)).all()
        found.append(ocds_contract(contract, papers, changes, due))
    return found


def ocds_contract(
    contract: Contract,
    documents: Sequence[Document],
    amendments: Sequence[ContractAmendment],
    obligations: Sequence[Obligation] = (),
) -> dict[str, Any]:
    """One contract in the words of OCDS 1.1 (schema `Contract`); what is not known is left out."""
    last = contract.end - timedelta(1) if contract.end else None  # OCDS names the last day, we the first after it
    whole: dict[str, Any] = {
        "id": contract.number or str(contract.id),
        "awardID": contract.solicitation_number or contract.number or str(contract.id),
        "title": contract.title,
        "dateSigned": _moment(contract.date_signed, time()),
        "period": {"startDate": _moment(contract.start, time()), "endDate": _moment(last, time(23, 59, 59))},
        "value": {"amount": float(contract.maximum_amount), "currency": contract.currency} if contract.maximum_amount else None,
        "documents": [
            {
                "id": document.sha256,
                "documentType": "contractSigned" if document.kind == "agreement" else "contractAnnexe",
                "title": document.title,
                "format": document.media_type,
                "datePublished": document.added_at.astimezone(UTC).isoformat(),
            }
            for document in documents
        ],
        "amendments": [
            {"id": row.number or str(row.id), "rationale": row.rationale, "date": _moment(row.effective, time())}
            for row in amendments
        ],
        "status": "active" if contract.date_signed or contract.start else "pending",
        "implementation": {"milestones": milestones} if (milestones := [_milestone(row) for row in obligations]) else None,
    }
    return {key: kept for key, value in whole.items() if (kept := _known(value))}


def _milestone(row: Obligation) -> dict[str, Any]:
    """What was due, as an OCDS milestone: met where a person said that it is done."""
    met = row.decided_at if row.state == "done" else None
    return {
        "id": str(row.id),
        "title": row.title,
        "type": "reporting" if row.kind == "report_due" else "delivery",
        "description": row.basis,
        "dueDate": _moment(row.due, time(23, 59, 59)),
        "dateMet": met.astimezone(ZONE).isoformat() if met else None,
        "status": "met" if met else "scheduled" if row.state == "open" else "notMet",
    }


def _known(value: Any) -> Any:
    """The value without what is None inside it."""
    if isinstance(value, dict):
        return {key: _known(each) for key, each in value.items() if each is not None}
    return [_known(each) for each in value] if isinstance(value, list) else value


def _moment(day: date | None, at: time) -> str | None:
    return datetime.combine(day, at, ZONE).isoformat() if day else None


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()
