"""Tenders as a table and as a calendar. Pure: rows come in, text goes out."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from contracts.vocabulary import TenderStatus
from crawler.models import Tender

CSV_COLUMNS = (
    "ocid", "number", "title", "status", "buyer", "type", "published", "closes", "closes_text", "zone", "url", "amendments",
    "addenda", "documents", "programs", "source", "first_seen", "changed",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
