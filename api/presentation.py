"""How values read on a page: times in Vancouver with their zone's name, spans in words, changes as a sentence's halves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from markupsafe import Markup

HOME_ZONE = "America/Vancouver"
NOT_STATED = "not stated"


def moment(at: datetime | None, zone: str | None = None, precision: str = "minute") -> str:
    """`Tue 14 Jul 2026, 2:00 pm PDT` in `zone` (IANA name; Vancouver without one); only the day at the precision `date`."""
    if at is None:
        return NOT_STATED
    local = at.astimezone(ZoneInfo(zone or HOME_ZONE))
    day = f"{local:%a} {local.day} {local:%b %Y}"
    return day if precision == "date" else f"{day}, {clock_time(local)} {local:%Z}"


def clock_time(local: datetime) -> str:
    """`2:00 pm`; midday and midnight by their names, which 12-hour clocks leave in doubt."""
    if (local.hour, local.minute) in {(0, 0), (12, 0)}:
        return "noon" if local.hour else "midnight"
    return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


def day(at: datetime | None, zone: str | None = None) -> str:
    """`14 Jul 2026` in `zone`."""
    if at is None:
        return NOT_STATED
    local = at.astimezone(ZoneInfo(zone or HOME_ZONE))
    return f"{local.day} {local:%b %Y}"


def relative(at: datetime | None, now: datetime, zone: str | None = None) -> str:
    """`in 6 days`, `tomorrow`, `in 3 hours`, `2 days ago`: whole calendar days of `zone`, hours only within today."""
    if at is None:
        return ""
    place = ZoneInfo(zone or HOME_ZONE)
    days = (at.astimezone(place).date() - now.astimezone(place).date()).days
    if days == 0:
        return _within_the_day(at - now)
    named = {1: "tomorrow", -1: "yesterday"}.get(days)
    return named or (f"in {days:,} days" if days > 0 else f"{-days:,} days ago")


def _within_the_day(span: timedelta) -> str:
    minutes = round(abs(span.total_seconds()) / 60)
    if minutes < 1:
        return "now"
    count, unit = (minutes, "minute") if minutes < 60 else (round(minutes / 60), "hour")
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if span > timedelta(0) else f"{words} ago"


def duration(span: timedelta) -> str:
    """`15 minutes`, `6 hours`, `2 days`: the largest unit that divides it."""
    seconds = int(span.total_seconds())
    units = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
    size, unit = next((size, unit) for size, unit in units if seconds % size == 0)
    return plural(seconds // size, unit)


def urgency(at: datetime | None, now: datetime) -> str:
    """`past`, `soon` (within three days), `near` (within fourteen), `later`, or `none` without a time."""
    if at is None:
        return "none"
    left = at - now
    steps = ((timedelta(0), "past"), (timedelta(days=3), "soon"), (timedelta(days=14), "near"))
    return next((name for limit, name in steps if left < limit), "later")


FIELD_WORDS = {
    "closes": "Closing time",
    "closes_text": "Closing time as printed",
    "closes_precision": "Precision of the closing time",
    "title": "Title",
    "status": "Status",
    "buyer": "Buyer",
    "number": "Number",
    "published": "Published",
    "amendments": "Amendments",
    "addenda": "Addenda",
    "documents": "Documents",
    "files": "Files",
    "description": "Description",
    "url": "Address",
    "type": "Type",
}


def field_words(field: str) -> str:
    """The name a person knows a posting's field by; `resource: Report template` keeps the name that its page gives."""
    kind, mark, own = field.partition(": ")
    return (FIELD_WORDS.get(kind) or kind.replace("_", " ").capitalize()) + mark + own


def value_words(value: Any, field: str = "", zone: str | None = None) -> str:
    """One half of a change as text: a time as a moment, a list by its parts, nothing as `not stated`."""
    if value is None or value == "":
        return NOT_STATED
    if field in {"closes", "published"} and isinstance(value, str):
        return _time_words(value, zone)
    if isinstance(value, list | tuple):
        return ", ".join(value_words(item) for item in value) or "none"
    if isinstance(value, dict):
        return str(value.get("title") or value.get("url") or "; ".join(f"{key} {part}" for key, part in value.items()))
    return str(value).replace("_", " ") if field in {"status", "state"} else str(value)


def _time_words(text: str, zone: str | None) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if at.tzinfo is None else moment(at, zone)


TAG_WORDS = {
    "tender": "First seen",
    "tenderAmendment": "Amended",
    "tenderUpdate": "Updated",
    "tenderCancellation": "Cancelled",
    "award": "Awarded",
    "programUpdate": "Program page changed",
}

HEALTH_WORDS = {
    "unseen": ("Not looked at yet", "quiet"),
    "healthy": ("Healthy", "good"),
    "late": ("Late", "warn"),
    "empty": ("Empty answer", "bad"),
    "shrunk": ("Most rows gone", "bad"),
    "layout_changed": ("Layout changed", "bad"),
    "refused": ("Refused us", "bad"),
    "unreachable": ("Unreachable", "bad"),
    "quarantined": ("Held for review", "warn"),
}

DELIVERY_WORDS = {
    "queued": ("Queued", "quiet"),
    "sending": ("Sending", "quiet"),
    "sent": ("Sent", "good"),
    "delayed": ("Delayed, will be tried again", "warn"),
    "failed": ("Failed", "bad"),
    "suppressed": ("Not sent: address suppressed", "warn"),
    "bounced": ("Bounced", "bad"),
}

STATUS_TONES = {
    "planned": "info",
    "open": "good",
    "closed": "quiet",
    "awarded": "info",
    "cancelled": "bad",
    "unknown": "quiet",
}


def web_address(url: str | None) -> str | None:
    """`url` if it is a plain http or https address with a host and no user name in it, else None: the rest is never a link."""
    if not url or any(character.isspace() or ord(character) < 32 or character == "\\" for character in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and host and "@" not in parts.netloc else None


def host(url: str | None) -> str:
    """Where a link leads, as its ASCII host: a look-alike letter can't pose as another host."""
    name = urlsplit(url or "").hostname or ""
    try:
        return name.encode("idna").decode("ascii") if not name.isascii() else name
    except UnicodeError:
        return "an unreadable host"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 tender`, `1,200 tenders`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


@cache
def status_badge(status: str) -> Markup:
    """The badge of a tender's status; a filter, because a macro called for each of fifty rows costs as much as the rest."""
    return Markup('<span class="badge {}">{}</span>').format(STATUS_TONES[str(status)], str(status).capitalize())


def time_tag(at: datetime, zone: str | None = None, precision: str = "minute") -> Markup:
    """A moment as an HTML time element."""
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), moment(at, zone, precision))


FILTERS: dict[str, Callable[..., Any]] = {
    "moment": moment,
    "time_tag": time_tag,
    "status_badge": status_badge,
    "day": day,
    "relative": relative,
    "urgency": urgency,
    "field_words": field_words,
    "value_words": value_words,
    "tag_words": lambda tag: TAG_WORDS.get(tag, str(tag)),
    "duration": duration,
    "health_words": lambda state: HEALTH_WORDS[str(state)][0],
    "health_tone": lambda state: HEALTH_WORDS[str(state)][1],
    "delivery_words": lambda state: DELIVERY_WORDS[str(state)][0],
    "delivery_tone": lambda state: DELIVERY_WORDS[str(state)][1],
    "status_tone": lambda status: STATUS_TONES[str(status)],
    "web_address": web_address,
    "host": host,
    "plural": plural,
}
