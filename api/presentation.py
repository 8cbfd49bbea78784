"""How values read on a page, in the language of the answer: times in Vancouver with their zone's name, spans in words."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from api.languages import FIRST, N_, _, counted, gettext, language, locale, number

HOME_ZONE = "America/Vancouver"
NOT_STATED = N_("not stated")


def moment(at: datetime | None, zone: str | None = None, precision: str = "minute") -> str:
    """`Tue 14 Jul 2026, 2:00 pm PDT` in `zone` (IANA name; Vancouver without one); only the day at the precision `date`.

    In French `mar. 14 juill. 2026, 14 h 00 HAP`, with the zone's own name in that language.
    """
    if at is None:
        return gettext(NOT_STATED)
    local = at.astimezone(ZoneInfo(zone or HOME_ZONE))
    weekday = f"{_day_names(language())[local.weekday()]} {calendar_day(local)}"
    return weekday if precision == "date" else f"{weekday}, {clock_time(local)} {_zone_name(local)}"


@lru_cache(4096)
def _moment(at: datetime, zone: str | None, precision: str, _language: str) -> str:
    return moment(at, zone, precision)


def clock_time(local: datetime) -> str:
    """`2:00 pm`, `14 h 00`; midday and midnight by their names, which 12-hour clocks leave in doubt."""
    if (local.hour, local.minute) in {(0, 0), (12, 0)}:
        return _("noon") if local.hour else _("midnight")
    return CLOCKS[language()](local)


CLOCKS: dict[str, Callable[[datetime], str]] = {
    "en": lambda local: f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}",
    "fr": lambda local: f"{local.hour} h {local:%M}",
}


def day(at: datetime | None, zone: str | None = None) -> str:
    """`14 Jul 2026`, the day of a moment in `zone`."""
    return gettext(NOT_STATED) if at is None else calendar_day(at.astimezone(ZoneInfo(zone or HOME_ZONE)))


def calendar_day(on: date | None) -> str:
    """`14 Jul 2026`, `14 juill. 2026`: a day of the calendar as it is."""
    return gettext(NOT_STATED) if on is None else f"{on.day} {_month_names(language())[on.month]} {on.year}"


def last_day(end: date) -> str:
    """The last day of a span whose `end` is the first day after it, as people name it."""
    return calendar_day(end - timedelta(days=1))


def day_month(on: date) -> str:
    """`14 Jul`, `14 juill.`: where the year goes without saying."""
    return f"{on.day} {_month_names(language())[on.month]}"


def month_name(on: date) -> str:
    """`July 2026`, `juillet 2026`."""
    name = locale(language()).months["stand-alone"]["wide"][on.month]
    return f"{name[:1].upper()}{name[1:]} {on.year}"


def weekday_name(on: date) -> str:
    """`Tue`, `mar.`."""
    return _day_names(language())[on.weekday()]


# by table, since a list shows a hundred times and the CLDR patterns cost a page of them a millisecond or two
@cache
def _day_names(wanted: str) -> dict[int, str]:
    return dict(locale(wanted).days["format"]["abbreviated"])


@cache
def _month_names(wanted: str) -> dict[int, str]:
    return dict(locale(wanted).months["format"]["abbreviated"])


def _zone_name(local: datetime) -> str:
    name = local.strftime("%Z")
    return name if language() == FIRST else _translated_zone(str(local.tzinfo), name, local.dst(), language())


@cache
def _translated_zone(zone: str, name: str, dst: timedelta | None, wanted: str) -> str:
    """`HAP` for the PDT of Vancouver; the name that the zone gives itself where the language has none of its own."""
    at = datetime(2026, 7 if dst else 1, 1, tzinfo=ZoneInfo(zone))
    found = str(get_timezone_name(at, "short", locale=locale(wanted)))
    return name if found[:1] in "+-" else found


def relative(at: datetime | None, now: datetime, zone: str | None = None) -> str:
    """`in 6 days`, `tomorrow`, `in 3 hours`, `2 days ago`: whole calendar days of `zone`, hours only within today."""
    if at is None:
        return ""
    place = ZoneInfo(zone or HOME_ZONE)
    days = (_day_in(at, place) - _day_in(now, place)).days
    return _whole_days(days) if days else _within_the_day(at - now)


def days_away(on: date, today: date) -> str:
    """`today`, `in 6 days`, `yesterday`: how far a day of the calendar is."""
    return _whole_days((on - today).days) if on != today else _("today")


def _whole_days(days: int) -> str:
    if abs(days) == 1:
        return _("tomorrow") if days > 0 else _("yesterday")
    if days > 0:
        return counted("in %(count)s day", "in %(count)s days", days)
    return counted("%(count)s day ago", "%(count)s days ago", -days)


@lru_cache(4096)  # one closing day is shown by many rows, and today by all of them
def _day_in(at: datetime, place: ZoneInfo) -> date:
    return at.astimezone(place).date()


def _within_the_day(span: timedelta) -> str:
    minutes = round(abs(span.total_seconds()) / 60)
    if minutes < 1:
        return _("now")
    if span > timedelta(0):
        if minutes < 60:
            return counted("in %(count)s minute", "in %(count)s minutes", minutes)
        return counted("in %(count)s hour", "in %(count)s hours", round(minutes / 60))
    if minutes < 60:
        return counted("%(count)s minute ago", "%(count)s minutes ago", minutes)
    return counted("%(count)s hour ago", "%(count)s hours ago", round(minutes / 60))


def duration(span: timedelta) -> str:
    """`15 minutes`, `6 hours`, `2 days`: the largest unit that divides it."""
    seconds = int(span.total_seconds())
    if seconds % 86_400 == 0:
        return counted("%(count)s day", "%(count)s days", seconds // 86_400)
    if seconds % 3_600 == 0:
        return counted("%(count)s hour", "%(count)s hours", seconds // 3_600)
    if seconds % 60 == 0:
        return counted("%(count)s minute", "%(count)s minutes", seconds // 60)
    return counted("%(count)s second", "%(count)s seconds", seconds)


def money(amount: Any, currency: str = "CAD") -> str:
    """`145.00 CAD`, `145,00 CAD`: the amount as the language writes it, the currency by its code."""
    return f"{format_decimal(amount, format='#,##0.00', locale=locale(language()))} {currency}"


def urgency(at: datetime | None, now: datetime) -> str:
    """`past`, `soon` (within three days), `near` (within fourteen), `later`, or `none` without a time."""
    if at is None:
        return "none"
    left = at - now
    steps = ((timedelta(0), "past"), (timedelta(days=3), "soon"), (timedelta(days=14), "near"))
    return next((name for limit, name in steps if left < limit), "later")


FIELD_WORDS = {
    "closes": N_("Closing time"),
    "closes_text": N_("Closing time as printed"),
    "closes_precision": N_("Precision of the closing time"),
    "title": N_("Title"),
    "status": N_("Status"),
    "buyer": N_("Buyer"),
    "number": N_("Number"),
    "published": N_("Published"),
    "amendments": N_("Amendments"),
    "addenda": N_("Addenda"),
    "documents": N_("Documents"),
    "files": N_("Files"),
    "description": N_("Description"),
    "url": N_("Address"),
    "type": N_("Type"),
    "supplier": N_("Awarded to"),
    "value": N_("Value of the award"),
    "rationale": N_("Reason of the amendment"),
    "resubmission": N_("New submission"),
    "document": N_("Document"),
}


def field_words(field: str) -> str:
    """The name a person knows a posting's field by; `resource: Report template` keeps the name that its page gives."""
    kind, mark, own = field.partition(": ")
    return (gettext(FIELD_WORDS.get(kind, "")) or kind.replace("_", " ").capitalize()) + mark + own


def value_words(value: Any, field: str = "", zone: str | None = None) -> str:
    """One half of a change as text: a time as a moment, a list by its parts, nothing as `not stated`."""
    if value is None or value == "":
        return gettext(NOT_STATED)
    if field in {"closes", "published"} and isinstance(value, str):
        return _time_words(value, zone)
    if isinstance(value, list | tuple):
        return ", ".join(value_words(item) for item in value) or _("none")
    if isinstance(value, dict):
        return str(value.get("title") or value.get("url") or "; ".join(f"{key} {part}" for key, part in value.items()))
    if field == "status" and value in STATUS_WORDS:
        return gettext(STATUS_WORDS[value]).lower()
    return str(value).replace("_", " ") if field == "state" else str(value)


def _time_words(text: str, zone: str | None) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if at.tzinfo is None else moment(at, zone)


TAG_WORDS = {
    "tender": N_("First seen"),
    "tenderAmendment": N_("Amended"),
    "tenderUpdate": N_("Updated"),
    "tenderCancellation": N_("Cancelled"),
    "award": N_("Awarded"),
    "programUpdate": N_("Program page changed"),
}

HEALTH_WORDS = {
    "unseen": (N_("Not looked at yet"), "quiet"),
    "healthy": (N_("Healthy"), "good"),
    "late": (N_("Late"), "warn"),
    "empty": (N_("Empty answer"), "bad"),
    "shrunk": (N_("Most rows gone"), "bad"),
    "layout_changed": (N_("Layout changed"), "bad"),
    "refused": (N_("Refused us"), "bad"),
    "unreachable": (N_("Unreachable"), "bad"),
    "quarantined": (N_("Held for review"), "warn"),
}

DELIVERY_WORDS = {
    "queued": (N_("Queued"), "quiet"),
    "sending": (N_("Sending"), "quiet"),
    "sent": (N_("Sent"), "good"),
    "delayed": (N_("Delayed, will be tried again"), "warn"),
    "failed": (N_("Failed"), "bad"),
    "suppressed": (N_("Not sent: address suppressed"), "warn"),
    "bounced": (N_("Bounced"), "bad"),
}

STATUS_WORDS = {
    "planned": N_("Planned"),
    "open": N_("Open"),
    "closed": N_("Closed"),
    "awarded": N_("Awarded"),
    "cancelled": N_("Cancelled"),
    "unknown": N_("Unknown"),
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
        return _("an unreadable host")


def status_badge(status: str) -> Markup:
    """The badge of a tender's status; a filter, because a macro called for each of fifty rows costs as much as the rest."""
    return _status_badge(str(status), language())


@cache
def _status_badge(status: str, _language: str) -> Markup:
    return Markup('<span class="badge {}">{}</span>').format(STATUS_TONES[status], gettext(STATUS_WORDS[status]))


def time_tag(at: datetime, zone: str | None = None, precision: str = "minute") -> Markup:
    """A moment as an HTML time element."""
    words = escape(_moment(at.astimezone(UTC), zone, precision, language()))
    return Markup(f'<time datetime="{at.isoformat()}">{words}</time>')  # noqa: S704 - escaped above


def options(pairs: Iterable[tuple[Any, str]], chosen: Any) -> Markup:
    """The options of a select, value and word, with the chosen one selected."""
    return _options(tuple((str(value), word) for value, word in pairs), str(chosen), language())


@lru_cache(512)  # forms offer the same choices on every page
def _options(pairs: tuple[tuple[str, str], ...], chosen: str, _language: str) -> Markup:
    plain, selected = Markup('<option value="{}">{}</option>\n'), Markup('<option value="{}" selected>{}</option>\n')
    return Markup("").join((selected if value == chosen else plain).format(value, gettext(word)) for value, word in pairs)


FILTERS: dict[str, Callable[..., Any]] = {
    "moment": moment,
    "time_tag": time_tag,
    "status_badge": status_badge,
    "status_words": lambda status: gettext(STATUS_WORDS[str(status)]),
    "day": day,
    "calendar_day": calendar_day,
    "last_day": last_day,
    "day_month": day_month,
    "month_name": month_name,
    "weekday_name": weekday_name,
    "relative": relative,
    "days_away": days_away,
    "urgency": urgency,
    "field_words": field_words,
    "value_words": value_words,
    "tag_words": lambda tag: gettext(TAG_WORDS.get(tag, str(tag))),
    "duration": duration,
    "health_words": lambda state: gettext(HEALTH_WORDS[str(state)][0]),
    "health_tone": lambda state: HEALTH_WORDS[str(state)][1],
    "delivery_words": lambda state: gettext(DELIVERY_WORDS[str(state)][0]),
    "delivery_tone": lambda state: DELIVERY_WORDS[str(state)][1],
    "status_tone": lambda status: STATUS_TONES[str(status)],
    "web_address": web_address,
    "host": host,
    "number": number,
    "money": money,
    "words": gettext,
}
