"""Every list to take along: as CSV, as a workbook, and, where rows have a day, as a calendar. One mechanism for all pages."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from fastapi.responses import Response
from icalendar import Alarm, Calendar, Event

from api.languages import N_
from api.problems import Problem
from contracts.export import disarmed

MOST = 5_000  # rows of one file
CELL = 32_767  # characters that a cell of a workbook holds


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that falls on a day or at an aware moment; `uid` stays the same, so that importing again replaces it."""

    uid: str
    at: date | datetime
    title: str
    detail: str = ""
    remind_on: date | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A list as it leaves the house: `name` (of the file), its columns, its rows, and what of it goes into a calendar."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]
    entries: Iterable[Entry] | None = None


def links(address: str, *forms: str, query: str = "") -> list[tuple[str, str]]:
    """What a page offers beside its list: the word for each form, and where it is."""
    return [(FORMS[form].word, f"{address}/export/{form}{query}") for form in forms]


def answer(form: str, table: Table, *, now: datetime) -> Response:
    """The file; raises Problem 404 for a form that this list has not."""
    kind = FORMS.get(form)
    if kind is None or (kind.write is _calendar and table.entries is None):
        raise Problem(404, "A list can be had as csv or xlsx, and as ics where its rows have a day; this is none of them.")
    headers = {"Content-Disposition": f'attachment; filename="{table.name}.{form}"'}
    return Response(kind.write(table, now), media_type=kind.media_type, headers=headers)


def _csv(table: Table, _now: datetime) -> bytes:
    """RFC 4180, with the mark that makes spreadsheets read UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows([disarmed(_plain(cell)) for cell in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def _workbook(table: Table, _now: datetime) -> bytes:
    """One sheet; text stays text: nothing becomes a formula, a link or a number by looking like one."""
    import xlsxwriter  # noqa: PLC0415 - only a workbook needs it

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    sheet, bold = book.add_worksheet(table.name[:31]), book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(table.columns):
        sheet.write_string(0, column, title, bold)
        sheet.set_column(column, column, max(12, min(len(title) + 4, 40)))
    for line, row in enumerate(table.rows, start=1):
        for column, cell in enumerate(row):
            value = _plain(cell)
            if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                sheet.write_number(line, column, value)
            elif value is not None:
                sheet.write_string(line, column, str(value)[:CELL])
    book.close()
    return out.getvalue()


def _calendar(table: Table, now: datetime) -> bytes:
    """RFC 5545: a day as a whole-day event, a moment as a minute in UTC; a reminder as an alarm."""
    whole = Calendar()
    whole.add("prodid", "-//Bidkeeper//Lists//EN")
    whole.add("version", "2.0")
    for entry in table.entries or ():
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", (entry.changed_at or now).astimezone(UTC))
        moment = entry.at.astimezone(UTC) if isinstance(entry.at, datetime) else entry.at
        event.add("dtstart", moment)
        event.add("dtend", moment + (timedelta(minutes=1) if isinstance(moment, datetime) else timedelta(days=1)))
        event.add("summary", entry.title[:250])
        event.add("transp", "TRANSPARENT")
        if entry.detail:
            event.add("description", entry.detail)
        if entry.remind_on is not None and not isinstance(moment, datetime) and entry.remind_on < moment:
            event.add_component(_alarm(entry.title, entry.remind_on - moment))
        whole.add_component(event)
    return bytes(whole.to_ical())


def _alarm(title: str, before: timedelta) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title[:250])
    alarm.add("trigger", before)
    return alarm


def _plain(cell: Any) -> Any:
    """The cell as both formats hold it: times in ISO 8601 (UTC), lists as words, what is blank as None."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, list | tuple):
        return " ".join(map(str, cell))
    return None if cell == "" else cell


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file: the word for it, its media type, and who writes it."""

    word: str
    media_type: str
    write: Callable[[Table, datetime], bytes]


FORMS = {
    "csv": Form(N_("CSV"), "text/csv; charset=utf-8", _csv),
    "xlsx": Form(N_("workbook"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook),
    "ics": Form(N_("calendar"), "text/calendar; charset=utf-8", _calendar),
}
