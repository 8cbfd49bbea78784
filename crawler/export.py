"""Tenders in other people's formats: OCDS release packages, CSV, calendar. Pure: rows come in, text or plain values go out."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from contracts.vocabulary import ReleaseTag, TenderStatus
from crawler.models import Release, Tender
from crawler.normalise import number_key

CSV_COLUMNS = (
    "ocid", "number", "title", "status", "buyer", "type", "published", "closes", "closes_text", "zone", "url", "amendments",
    "addenda", "documents", "programs", "source", "first_seen", "changed",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
FORMATS = {"pdf": "application/pdf", "doc": "application/msword", "zip": "application/zip", "html": "text/html"}


def ocds_package(
    history: Iterable[tuple[Tender, Sequence[Release]]], *, uri: str, publisher: str, now: datetime
) -> dict[str, Any]:
    """An OCDS 1.1 release package: each release with the values its tender had then.

    `history` gives each tender with all its releases in the order they happened.
    https://standard.open-contracting.org/1.1/en/schema/release_package/
    """
    releases = [release for tender, told in history for release in _releases(tender, told)]
    return {
        "uri": uri,
        "version": "1.1",
        "publishedDate": _time(now),
        "publisher": {"name": publisher},
        "releases": releases,
    }


def csv_text(tenders: Iterable[Tender]) -> str:
    """One row a tender under `CSV_COLUMNS`, RFC 4180; what a spreadsheet would run as a formula is text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    writer.writerows([disarmed(value) for value in row(tender)] for tender in tenders)
    return out.getvalue()


def disarmed(value: Any) -> str:
    """A cell's text; one that begins like a formula gets an apostrophe before it, which spreadsheets show as text."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def calendar(tenders: Iterable[Tender], *, now: datetime) -> bytes:
    """An iCalendar file (RFC 5545) with one event a tender that closes; its UID is the ocid, so that imports replace."""
    found = Calendar()
    found.add("prodid", "-//Bidkeeper//Tenders//EN")
    found.add("version", "2.0")
    for tender in tenders:
        if tender.closes_at is not None:
            found.add_component(_event(tender, now))
    return bytes(found.to_ical())


def _event(tender: Tender, now: datetime) -> Event:
    assert tender.closes_at is not None
    event = Event()
    event.add("uid", tender.ocid)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("last-modified", tender.changed_at.astimezone(UTC))
    event.add("sequence", max(0, int((tender.changed_at - tender.first_seen_at).total_seconds()) // 60))
    event.add("dtstart", tender.closes_at.astimezone(UTC))
    event.add("dtend", tender.closes_at.astimezone(UTC) + timedelta(minutes=1))
    event.add("summary", f"Closes: {tender.number or ''} {tender.title}"[:250].replace("  ", " "))
    event.add("status", "CANCELLED" if tender.status is TenderStatus.CANCELLED else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    said = [tender.buyer, f"Printed closing: {tender.closes_text}" if tender.closes_text else None]
    event.add("description", "\n".join(filter(None, said)))
    if tender.url:
        event.add("url", tender.url)
    return event


def row(tender: Tender) -> tuple[Any, ...]:
    """The tender under `CSV_COLUMNS`, times in ISO 8601."""
    return (
        tender.ocid, tender.number, tender.title, tender.status.value, tender.buyer, tender.type, _time(tender.published_at),
        _time(tender.closes_at), tender.closes_text, tender.zone, tender.url, tender.amendments, tender.addenda, tender.documents,
        " ".join(tender.programs), tender.source, _time(tender.first_seen_at), _time(tender.changed_at),
    )  # fmt: skip


def _releases(tender: Tender, told: Sequence[Release]) -> list[dict[str, Any]]:
    """The tender's releases; walking back from what is known now, each gives the next older its values."""
    values = _values(tender)
    made: list[dict[str, Any]] = []
    for at in range(len(told) - 1, -1, -1):
        release = told[at]
        made.append(_release(tender, release, values, told[: at + 1]))
        values = {**values, **{change["field"]: change["old"] for change in release.changes if change["field"] in values}}
    return made[::-1]


def _release(tender: Tender, release: Release, values: dict[str, Any], until: Sequence[Release]) -> dict[str, Any]:
    buyer = (
        {"id": f"buyer-{number_key(values['buyer']) or values['buyer']}", "name": values["buyer"]} if values["buyer"] else None
    )
    said: dict[str, Any] = _without_nothing(
        {
            "ocid": tender.ocid,
            "id": release.release_id,
            "date": _time(release.date),
            "tag": [release.tag.value if release.tag is not ReleaseTag.PROGRAM_UPDATE else ReleaseTag.TENDER_UPDATE.value],
            "initiationType": "tender",
            "language": "en",
            "parties": [{**buyer, "roles": ["buyer"]}] if buyer else None,
            "buyer": buyer,
            "tender": _tender(tender, values, until),
        }
    )
    return said


def _tender(tender: Tender, values: dict[str, Any], until: Sequence[Release]) -> dict[str, Any]:
    """The tender block; documents as they are known now, since a change names their titles alone."""
    return {
        "id": values["number"] or tender.ocid,
        "title": values["title"],
        "description": values["description"],
        "status": TenderStatus(values["status"]).ocds,
        "procuringEntity": None,
        "tenderPeriod": {"startDate": values["published"], "endDate": values["closes"]},
        "documents": [
            {
                "id": str(number),
                "title": file.get("title"),
                "url": file.get("url"),
                "format": FORMATS.get(str(file.get("url") or "").rsplit(".", 1)[-1].lower()),
            }
            for number, file in enumerate(tender.files, 1)
        ],
        "amendments": [
            {
                "id": release.release_id,
                "date": _time(release.date),
                "description": "; ".join(f"{c['field']}: {c['old']} → {c['new']}" for c in release.changes),
                "releaseID": release.release_id,
            }
            for release in until
            if release.tag is ReleaseTag.TENDER_AMENDMENT
        ],
    }


def _values(tender: Tender) -> dict[str, Any]:
    """What a release's changes can speak of, as they speak of it: times in ISO 8601."""
    return {
        "number": tender.number,
        "title": tender.title,
        "description": tender.description,
        "status": tender.status.value,
        "buyer": tender.buyer,
        "published": _time(tender.published_at),
        "closes": _time(tender.closes_at),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def _without_nothing(value: Any) -> Any:
    """The value without null, empty text, empty list or object anywhere in it: the standard asks to leave such keys out."""
    if isinstance(value, dict):
        kept = {key: _without_nothing(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner not in (None, "", [], {})}
    return [_without_nothing(inner) for inner in value] if isinstance(value, list) else value
