"""The people at a desk: how to reach them, when they are there, where we know it from. What is not known is None.

`shipped()` reads `contacts.toml`; an operator's file of the same shape replaces a desk's contact. `is_open` follows
the clock of America/Vancouver and British Columbia's holidays; for a desk without published hours it answers None.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import vobject

SHIPPED = Path(__file__).parent / "contacts.toml"
PACIFIC = ZoneInfo("America/Vancouver")
CONFIDENCES = ("high", "medium", "low")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class ContactsRefused(ValueError):
    """Raised by `load` when a contacts file can't be used; the message names the file and what to mend."""


@dataclass(frozen=True)
class Hours:
    """Open from `opens` to `closes` (Pacific clock) on these days (1 = Monday)."""

    days: tuple[int, ...]
    opens: time
    closes: time

    def __str__(self) -> str:
        first, last = _DAYS[self.days[0] - 1], _DAYS[self.days[-1] - 1]
        run = len(self.days) > 1 and self.days == tuple(range(self.days[0], self.days[-1] + 1))
        days = f"{first}-{last}" if run else ", ".join(_DAYS[day - 1] for day in self.days)
        return f"{days} {self.opens:%H:%M}-{self.closes:%H:%M} Pacific"


@dataclass(frozen=True)
class ContactPoint:
    """One way to reach a desk, with its source, the date it was last verified (as precise as known) and confidence
    (high, medium, low)."""

    desk: str
    name: str
    phone: str | None = None
    toll_free: str | None = None
    toll_free_within: str | None = None
    email: str | None = None
    hours: tuple[Hours, ...] = ()
    closed_on_holidays: bool = True
    source: str | None = None
    verified: str | None = None
    confidence: str | None = None
    others: tuple["ContactPoint", ...] = ()

    @property
    def reachable(self) -> bool:
        """Whether anything at all is known to reach this desk by."""
        return bool(self.phone or self.toll_free or self.email)


@cache
def shipped() -> tuple[ContactPoint, ...]:
    """The contacts that come with the product."""
    return load(SHIPPED)


def load(*paths: Path) -> tuple[ContactPoint, ...]:
    """Contacts of these files; a later one replaces an earlier one of the same desk."""
    found: dict[str, ContactPoint] = {}
    for path in paths:
        found |= {contact.desk: contact for contact in _read(path)}
    return tuple(found.values())


def contact_for(desk: str, contacts: Iterable[ContactPoint] | None = None) -> ContactPoint | None:
    """The contact of a desk, None when there is no such desk (`none` has no contact)."""
    return next((contact for contact in (shipped() if contacts is None else contacts) if contact.desk == desk), None)


def is_open(contact: ContactPoint, now: datetime) -> bool | None:
    """Whether somebody answers at `now` (aware); None when the hours are not published."""
    if not contact.hours:
        return None
    here = now.astimezone(PACIFIC)
    return any(opens <= here < closes for opens, closes in _openings(contact, here.date()))


def next_opening(contact: ContactPoint, now: datetime) -> datetime | None:
    """When the desk next opens after `now`, in Pacific time; None when it is open or its hours are not published."""
    if not contact.hours or is_open(contact, now):
        return None
    here = now.astimezone(PACIFIC)
    for ahead in range(15):
        for opens, _ in _openings(contact, here.date() + timedelta(days=ahead)):
            if opens > here:
                return opens
    return None


def holiday_name(day: date) -> str | None:
    """The British Columbia statutory holiday of a day, None on any other."""
    name = holidays.country_holidays("CA", subdiv="BC", years=day.year).get(day)
    return str(name) if name else None


def as_object(contact: ContactPoint, *, now: datetime | None = None, at_hand: Iterable[str] = ()) -> dict[str, Any]:
    """For JSON: every key always there, null where unknown; `open_now` only when a time is given."""
    return {
        "desk": contact.desk,
        "name": contact.name,
        "phone": contact.phone,
        "toll_free": contact.toll_free,
        "toll_free_within": contact.toll_free_within,
        "email": contact.email,
        "hours": "; ".join(map(str, contact.hours)) or None,
        "open_now": is_open(contact, now) if now else None,
        "source": contact.source,
        "verified": contact.verified,
        "confidence": contact.confidence,
        "at_hand": list(at_hand),
        "others": [as_object(other, now=now) for other in contact.others],
    }


def vcard(contact: ContactPoint) -> str:
    """One desk as a vCard 3.0 (RFC 2426); only what is known is in it, the source in its note."""
    card = vobject.vCard()
    card.add("fn").value = f"{contact.name} (WorkSafeBC)"
    card.add("n").value = vobject.vcard.Name(family=contact.name)
    card.add("org").value = ["WorkSafeBC", contact.name]
    card.add("uid").value = f"bidkeeper-desk-{contact.desk}"
    for number, kinds in ((contact.phone, ["WORK", "VOICE", "PREF"]), (contact.toll_free, ["WORK", "VOICE"])):
        if number:
            line = card.add("tel")
            line.value = "+" + _digits(number)
            line.type_param = kinds
    if contact.email:
        line = card.add("email")
        line.value = contact.email
        line.type_param = ["INTERNET", "WORK"]
    card.add("note").value = "; ".join(_notes(contact))
    return str(card.serialize())


def vcards(contacts: Iterable[ContactPoint]) -> str:
    """Every reachable desk in one file."""
    return "".join(vcard(contact) for contact in contacts if contact.reachable)


def corrected(contact: ContactPoint, *, source: str, verified: str, **fields: Any) -> ContactPoint:
    """A contact with an operator's correction; who says so and when are part of it."""
    return replace(contact, source=source, verified=verified, confidence="high", **fields)


def _openings(contact: ContactPoint, day: date) -> list[tuple[datetime, datetime]]:
    if contact.closed_on_holidays and holiday_name(day):
        return []
    return sorted(
        (datetime.combine(day, hours.opens, PACIFIC), datetime.combine(day, hours.closes, PACIFIC))
        for hours in contact.hours
        if day.isoweekday() in hours.days
    )


def _digits(number: str) -> str:
    digits = "".join(filter(str.isdigit, number))
    return digits if len(digits) != 10 else f"1{digits}"


def _notes(contact: ContactPoint) -> Iterable[str]:
    if contact.toll_free and contact.toll_free_within:
        yield f"Toll-free {contact.toll_free_within}"
    yield "Hours: " + ("; ".join(map(str, contact.hours)) or "not published")
    yield f"Source: {contact.source or 'not published'}"
    yield f"Verified: {contact.verified or 'date not known'}, confidence {contact.confidence or 'not known'}"


def _read(path: Path) -> list[ContactPoint]:
    try:
        rows = tomllib.loads(path.read_text("utf-8")).get("contact", [])
        return [_contact(row) for row in rows]
    except FileNotFoundError:
        raise ContactsRefused(f"{path}: no such contacts file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise ContactsRefused(f"{path}: not a contacts file as contacts.toml shows it: {error}.") from None


def _contact(row: dict[str, Any]) -> ContactPoint:
    fields = {key: value for key, value in row.items() if key not in {"hours", "other"}}
    if fields.get("confidence") not in {None, *CONFIDENCES}:
        raise ValueError(f"confidence of {fields.get('desk')} is high, medium or low")
    hours = tuple(
        Hours(tuple(span["days"]), time.fromisoformat(span["opens"]), time.fromisoformat(span["closes"]))
        for span in row.get("hours", [])
    )
    others = tuple(_contact({"desk": row["desk"], "name": row["name"], **other}) for other in row.get("other", []))
    return ContactPoint(**fields, hours=hours, others=others)
