"""Reading a closing time as a portal prints it: the instant where the words give one, never a guessed zone.

Wordings met on Canadian portals: "before 2:00 PM Pacific Time", "15:00 hours PST", "12:00 noon Pacific Daylight Time",
"4:00 PM MDT", "Wed Oct 7, 2026 3:00 PM (PDT)", "2026-10-09 4:00:00 PM". A label such as PST is the offset it names, printed in
summer or not; "Pacific Time" is whatever America/Vancouver observes that day.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv",
            "february feb février fevrier févr",
            "march mar mars",
            "april apr avril avr",
            "may mai",
            "june jun juin",
            "july jul juillet juil",
            "august aug août aout",
            "september sep sept septembre",
            "october oct octobre",
            "november nov novembre",
            "december dec décembre decembre déc",
        ),
        start=1,
    )
    for name in names.split()
}
OFFSETS = {  # hours from UTC that a printed label names
    "PST": -8, "PDT": -7, "MST": -7, "MDT": -6, "CST": -6, "CDT": -5, "EST": -5, "EDT": -4, "AST": -4, "ADT": -3,
    "NST": -3.5, "NDT": -2.5, "UTC": 0, "GMT": 0, "Z": 0,
    # heure normale, avancée: du Pacifique, des Rocheuses, du Centre, de l'Est, de l'Atlantique, de Terre-Neuve
    "HNP": -8, "HAP": -7, "HNR": -7, "HAR": -6, "HNC": -6, "HAC": -5, "HNE": -5, "HAE": -4, "HNA": -4, "HAA": -3,
    "HNT": -3.5, "HAT": -2.5,
}  # fmt: skip
REGIONS = {
    "PACIFIC": ("America/Vancouver", "P"),
    "MOUNTAIN": ("America/Edmonton", "M"),
    "CENTRAL": ("America/Winnipeg", "C"),
    "EASTERN": ("America/Toronto", "E"),
    "ATLANTIC": ("America/Halifax", "A"),
    "NEWFOUNDLAND": ("America/St_Johns", "N"),
}
SHORT_REGIONS = {"PT": "PACIFIC", "MT": "MOUNTAIN", "CT": "CENTRAL", "ET": "EASTERN"}  # only as capitals: "et" is French
OPEN_ENDED = 9000  # a year from here on is a portal's way to say "no closing"

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_MONTH_FIRST = re.compile(rf"\b({_MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(\d{{4}})\b", re.IGNORECASE)
_DAY_FIRST = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er)?[\s-]+(?:of\s+)?({_MONTH})\.?,?[\s-]+(\d{{4}})\b", re.IGNORECASE)
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_CLOCK = re.compile(
    r"(?<![\d:.])(\d{1,2})(?:(?::|\s?h\s?)(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\s*(a\.?\s?m\.?|p\.?\s?m\.?|noon|midnight|hours|hrs|h(?![a-z]))?(?![\d:])",
    re.IGNORECASE,
)
_MILITARY = re.compile(r"(?<!\d)([01]\d|2[0-3])([0-5]\d)\s*(?:hours|hrs|h)\b", re.IGNORECASE)
_NUMERIC_OFFSET = re.compile(r"(?<=[\d\s(TZC])(?:UTC|GMT)?\s?([+-])(\d{1,2})(?::?([0-5]\d))?(?!\d)")
_LABEL = re.compile(rf"\b({'|'.join(OFFSETS)})\b")
_LONG_REGION = re.compile(rf"\b({'|'.join(REGIONS)})(?:\s+(STANDARD|DAYLIGHT))?\s+(?:LOCAL\s+)?TIME\b")
_SHORT_REGION = re.compile(rf"\b({'|'.join(SHORT_REGIONS)})\b")


@dataclass(frozen=True, slots=True)
class Closing:
    """A closing as read: `at` aware or None; `precision` "minute" or "date"; `zone` an IANA name or the printed label."""

    at: datetime | None
    precision: str
    zone: str | None
    text: str


@lru_cache(maxsize=16384)
def parse_closing(text: str, zone: str | None) -> Closing:
    """What `text` says, in the source's `zone` where it names none itself.

    A day alone is that day's last second in the zone, precision "date". Without any zone, or without a day, `at` is None.
    """
    words = " ".join(text.replace("\u202f", " ").replace("\xa0", " ").split())
    day, rest = _day(words)
    if day is None or day.year >= OPEN_ENDED:
        return Closing(None, "minute", None, words)
    clock, rest = _clock(rest)
    named, label = zone_in(rest)
    where: tzinfo | None = named or (ZoneInfo(zone) if zone else None)
    precision = "date" if clock is None else "minute"
    if where is None:
        return Closing(None, precision, None, words)
    moment = datetime.combine(day, clock or time(23, 59, 59), where)
    return Closing(moment, precision, label or zone, words)


def _day(words: str) -> tuple[date | None, str]:
    """The one day the words name, and the words without it. Two-digit orders that could be read both ways name none."""
    for pattern, order in ((_ISO, "ymd"), (_MONTH_FIRST, "mdy"), (_DAY_FIRST, "dmy"), (_SLASHED, "?")):
        if not (match := pattern.search(words)):
            continue
        parts = dict(zip(order if order != "?" else "mdy", match.groups(), strict=True))
        month = MONTHS.get(parts["m"].lower()) or (int(parts["m"]) if parts["m"].isdigit() else 0)
        day_of_month = int(parts["d"])
        if order == "?":
            if month <= 12 and day_of_month <= 12 and month != day_of_month:
                return None, words
            if month > 12:
                month, day_of_month = day_of_month, month
        try:
            found = date(int(parts["y"]), month, day_of_month)
        except ValueError:
            return None, words
        rest = words[: match.start()] + " ; " + re.sub(r"^T(?=\d)", " ", words[match.end() :])
        return found, rest
    return None, words


def _clock(words: str) -> tuple[time | None, str]:
    """The time of day the words name, and the words after it; a bare number is no time."""
    if match := _MILITARY.search(words):
        return time(int(match[1]), int(match[2])), words[: match.start()] + " " + words[match.end() :]
    for match in _CLOCK.finditer(words):
        hour, minute, second = int(match[1]), match[2], match[3]
        half = (match[4] or "").lower().replace(".", "").replace(" ", "")
        if minute is None and not half:
            continue
        if half in {"am", "pm", "noon", "midnight"} and not (half in {"am", "pm"} and hour > 12):
            hour = hour % 12 + (12 if half in {"pm", "noon"} else 0)
        if hour > 23 or int(minute or 0) > 59 or int(second or 0) > 59:
            continue
        rest = words[: match.start()] + " " + words[match.end() :]
        return time(hour, int(minute or 0), int(second or 0)), rest
    if match := re.search(r"\bnoon\b", words, re.IGNORECASE):
        return time(12), words[: match.start()] + words[match.end() :]
    return None, words


def zone_in(words: str) -> tuple[tzinfo | None, str | None]:
    """The zone the words name beside the time: an offset, a label, or a region's time."""
    upper = words.upper()
    if match := _NUMERIC_OFFSET.search(upper):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        if minutes <= 14 * 60:
            offset = timedelta(minutes=minutes if match[1] == "+" else -minutes)
            return (timezone(offset) if offset else UTC), match[0].strip()
    if match := _LONG_REGION.search(upper):
        name, letter = REGIONS[match[1]]
        if match[2]:
            label = f"{letter}{match[2][0]}T"
            return timezone(timedelta(hours=OFFSETS[label]), label), label
        return ZoneInfo(name), name
    if match := _LABEL.search(words):  # only as capitals: "est" is French
        hours = OFFSETS[match[1]]
        return (timezone(timedelta(hours=hours), match[1]) if hours else UTC), match[1]
    if match := _SHORT_REGION.search(words):
        name = REGIONS[SHORT_REGIONS[match[1]]][0]
        return ZoneInfo(name), name
    return None, None
