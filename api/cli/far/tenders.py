"""`bidkeeper tenders` over the API."""

from typing import Any

from api.cli import CommandError
from api.cli.far import moment, path, picked
from api.cli.place import client
from api.cli.tenders import NAMES, filters_of, not_one
from api.client import Refused
from contracts.vocabulary import TenderStatus

CHOICES = ("named", "program", "status", "source")


def listed(
    words: str, program: str | None, status: TenderStatus | None, source: str | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """The tenders last changed, and how many there are."""
    line = filters_of(program, status, source).program
    asked = {"named": words, "program": line, "status": status and status.value, "source": source}
    given = {name: value for name, value in asked.items() if value}
    found = [_told(item) for item in client().all("tenders", most=limit, sort="changed", **given)]
    return found, client().get("tenders/count", **given)["count"]


def whole(tender: str, *, evidence: bool) -> dict[str, Any]:
    """One tender by its ocid or number."""
    found = _one(tender)
    ocid = found["tender"]["ocid"]
    history = client().all(f"{path('tenders', ocid)}/releases")
    files = client().all(f"{path('tenders', ocid)}/documents")
    return _told(found["tender"]) | {
        "history": [_entry(entry, evidence=evidence) for entry in history],
        "sightings": [picked(one, ("source", "id", "reasons"), ("missing_since",)) for one in found["sightings"]],
        "files": [picked(one, ("title", "sha256", "scan", "trouble")) for one in files if one["superseded"] is None],
    }


def _one(words: str) -> dict[str, Any]:
    try:
        return dict(client().get(path("tenders", words)))
    except Refused as refusal:
        if refusal.status != 404:
            raise
    found, total = listed(words, None, None, None, 1)
    if total != 1:
        raise CommandError(not_one(total, words))
    return dict(client().get(path("tenders", found[0]["ocid"])))


def _told(item: dict[str, Any]) -> dict[str, Any]:
    times = picked(item, (), ("published", "closes", "first_seen"))
    return picked(item, NAMES) | times | picked(item, ("programs", "source"), ("changed",))


def _entry(item: dict[str, Any], *, evidence: bool) -> dict[str, Any]:
    told = {"date": moment(item["date"])} | picked(item, ("tag", "news", "source", "changes"))
    if not evidence:
        return told
    kept = item["evidence"]
    return told | {"evidence": kept and kept | {"taken_at": moment(kept["taken_at"])}}
