"""`bidkeeper contracts` over the API: filing, reading, asking and deciding."""

from datetime import date
from pathlib import Path
from typing import Any

from api.cli import CommandError
from api.cli.common import NO_CONTRACT, opened
from api.cli.contract_work import CONTRACT, DOCUMENT, FEE, NONE, TERM
from api.cli.far import known, path, picked
from api.cli.place import client
from api.client import Refused


def contract_named(name: str) -> dict[str, Any]:
    """The contract with this id, number or title; raises CommandError."""
    if (found := _named(name)) is None:
        raise CommandError(NO_CONTRACT.format(name=name))
    return found


def filed(
    file: Path, facts: dict[str, str | None], *, kind: str, contract: str | None, version: date | None, replaces: int | None
) -> dict[str, Any]:
    """The document that a file became, or was."""
    data = opened(file)
    owner = contract_named(contract) if contract else _numbered(facts["number"])
    made = client().upload(
        "documents",
        file.name,
        data,
        **(facts | {"title": facts["title"] or file.stem}),
        kind=kind,
        contract=owner and owner["id"],
        version_date=version and version.isoformat(),
        replaces=replaces,
    )
    counts = {"new": made["new"], "proposed": {"terms": made["terms"], "fees": made["fees"]}}
    return picked(made["document"], DOCUMENT) | counts


def listed() -> list[dict[str, Any]]:
    """The contracts on file."""
    return [picked(one, CONTRACT) for one in client().all("contracts")]


def whole(contract: str) -> dict[str, Any]:
    """One contract with its documents, terms, fees and particulars."""
    row = contract_named(contract)
    here = path("contracts", row["id"])
    return picked(row, CONTRACT) | {
        "documents": [picked(one, DOCUMENT) for one in client().all(f"{here}/documents")],
        "terms": [picked(one, TERM) for one in client().all(f"{here}/terms")],
        "fees": [_fee(one, row, None) for one in client().all(f"{here}/fees")],
        "particulars": client().get(f"{here}/particulars"),
    }


def answered(
    question: str, contract: str | None, as_of: date, program: str | None, site: str | None
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What is on file about a question, and where it stands."""
    chosen = contract_named(contract)["id"] if contract else None
    asked = {"question": question, "contract": chosen, "as_of": as_of.isoformat(), "program": program, "site": site}
    found = client().get("contracts/ask", **asked)
    place = found.pop("place")
    found["alternatives"] = [_place(one) for one in found["alternatives"]]
    return found, place


def paid(code: str, contract: str | None, as_of: date) -> list[dict[str, Any]]:
    """The fee lines of a code that hold on the day."""
    chosen = contract_named(contract)["id"] if contract else None
    rows = [one for one in client().all(path("fees", code), as_of=as_of.isoformat()) if chosen in {None, one["contract_id"]}]
    owners = {number: client().get(path("contracts", number)) for number in {one["contract_id"] for one in rows}}
    papers = {one["id"]: one["file_name"] for number in owners for one in client().all(path("contracts", number, "documents"))}
    return [_fee(one, owners[one["contract_id"]], papers.get(one["document_id"])) for one in rows]


def confirmed(term: int, corrections: dict[str, Any], by: str) -> dict[str, Any]:  # noqa: ARG001 - the service knows who it is
    """The term as it answers from now on."""
    said = {name: value.isoformat() if isinstance(value, date) else value for name, value in corrections.items()}
    return picked(client().post(f"{_term(term)}/confirm", said), TERM)


def rejected(term: int, by: str) -> None:  # noqa: ARG001 - as above
    """Mark a proposed term as wrong."""
    client().post(f"{_term(term)}/reject")


def _term(number: int) -> str:
    found = known("terms", number, otherwise=NONE.format(what="term", number=number))
    return path("contracts", found["contract_id"], "terms", number)


def _named(name: str) -> dict[str, Any] | None:
    """As contracts.store.contract_named finds it: by id, else by number, else by title."""
    if name.isascii() and name.isdigit() and len(name) < 10:
        try:
            return dict(client().get(path("contracts", name)))
        except Refused as refusal:
            if refusal.status not in {404, 422}:
                raise
    return _numbered(name)


def _numbered(name: str | None) -> dict[str, Any] | None:
    everything = list(client().all("contracts")) if name else []
    return next((one for key in ("number", "title") for one in everything if one[key] == name), None)


def _fee(item: dict[str, Any], owner: dict[str, Any], document: str | None) -> dict[str, Any]:
    return picked(item, FEE) | {
        "amount": item["amount"],
        "contract": owner["number"] or owner["title"],
        "document": document,
    }


def _place(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "paragraph" or value}
