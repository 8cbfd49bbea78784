"""Times as portals print them, in English and French, turned into aware ones: by their own label, or by the source's zone.

A label is a fixed offset (`PDT` is UTC-7 on any day) or a region ("Pacific Time" is America/Vancouver). Without label and zone
the time is not placed. Zone words: https://data.iana.org/time-zones/theory.html; French ones from the National Research Council.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from crawler.spiders.answers import clean

MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb fev", "mar", "apr avr", "may mai", "jun juin", "jul juil", "aug aou", "sep sept", "oct", "nov", "dec"), 1
    )
    for name in names.split()
}
# hours from UTC; the French ones: heure (normale | avancée) de Terre-Neuve, de l'Atlantique, de l'Est, du Centre, des Rocheuses, du Pacifique
OFFSETS = {
    **dict.fromkeys(("UTC", "GMT", "Z"), 0.0) | {"BST": 1.0, "AKST": -9.0, "AKDT": -8.0, "HST": -10.0},
    **dict.fromkeys(("NST", "HNT"), -3.5) | dict.fromkeys(("NDT", "HAT"), -2.5),
    **dict.fromkeys(("AST", "HNA"), -4.0) | dict.fromkeys(("ADT", "HAA"), -3.0),
    **dict.fromkeys(("EST", "HNE"), -5.0) | dict.fromkeys(("EDT", "HAE"), -4.0),
    **dict.fromkeys(("CST", "HNC"), -6.0) | dict.fromkeys(("CDT", "HAC"), -5.0),
    **dict.fromkeys(("MST", "HNR"), -7.0) | dict.fromkeys(("MDT", "HAR"), -6.0),
    **dict.fromkeys(("PST", "HNP"), -8.0) | dict.fromkeys(("PDT", "HAP"), -7.0),
}
REGIONS = {
    **dict.fromkeys(("PT", "pacific", "pacifique"), "America/Vancouver"),
    **dict.fromkeys(("MT", "mountain", "rocheuses"), "America/Edmonton"),
    **dict.fromkeys(("CT", "central", "centre"), "America/Winnipeg"),
    **dict.fromkeys(("ET", "eastern", "est de"), "America/Toronto"),
    **dict.fromkeys(("AT", "atlantic", "atlantique"), "America/Halifax"),
    **dict.fromkeys(("NT", "newfoundland", "terre-neuve"), "America/St_Johns"),
    "saskatchewan": "America/Regina",
    "yukon": "America/Whitehorse",
}
CLOCKS = {  # every zone in which a public body of any size may use the label; two where one of them never changes its clocks
    **dict.fromkeys(("NST", "NDT", "HNT", "HAT"), ("America/St_Johns",)),
    **dict.fromkeys(("AST", "ADT", "HNA", "HAA"), ("America/Halifax",)),
    **dict.fromkeys(("EST", "EDT", "HNE", "HAE"), ("America/Toronto",)),
    **dict.fromkeys(("CDT", "HAC"), ("America/Winnipeg",)),
    **dict.fromkeys(("CST", "HNC"), ("America/Winnipeg", "America/Regina")),
    **dict.fromkeys(("MDT", "HAR"), ("America/Edmonton",)),
    **dict.fromkeys(("MST", "HNR"), ("America/Edmonton", "America/Whitehorse")),
    **dict.fromkeys(("PST", "PDT", "HNP", "HAP"), ("America/Vancouver",)),
}
DAY = re.compile(
    r"(?P<iso>\b(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2}))"
    r"|\b(?P<month>[A-Za-zéûôÉ]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})"
    r"|\b(?P<day2>\d{1,2})(?:er|st|nd|rd|th)?[\s-]+(?P<month2>[A-Za-zéûôÉ]{3,9})\.?,?[\s-]+(?P<year2>\d{4})"
)
CLOCK = re.compile(
    r"(?<![\d:.+-])(?P<h>\d{1,2})\s*(?:[:h]\s*(?P<min>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?|h(?![a-z])|(?=\s*[ap]\.?m))"
    r"\s*(?P<half>[ap]\.?\s?m\b\.?)?",
    re.IGNORECASE,
)
OFFSET = re.compile(
    r"(?<=\d)\s?(?P<sign>[+-])(?P<hh>\d{2}):?(?P<mm>\d{2})\b|(?:utc|gmt)\s*(?P<sign2>[+-])\s*(?P<hh2>\d{1,2})\b", re.IGNORECASE
)


class Moment(NamedTuple):
    """A printed time: `at` aware or None where it can't be placed, `precision` "minute" or "date", `wall` as printed."""

    at: datetime | None
    precision: str
    wall: datetime | None


NOWHEN = Moment(None, "minute", None)


def start_of_day(text: str | None, zone: tzinfo | None = None) -> datetime | None:
    """A publication time; a day alone is its first second."""
    found = moment(text, zone)
    return _placed(datetime.combine(found.wall, time()), zone) if found.wall and zone and found.precision == "date" else found.at


@lru_cache(maxsize=8192)
def moment(text: str | None, zone: tzinfo | None = None) -> Moment:
    """The time that `text` prints, by the label in it, else in `zone`. A day alone ends with its last second.

    The year 9999 is a portal's way to say "none". Days as 03/04/2026 are not read: nobody can tell which is the month.
    """
    printed = clean(text)
    day = DAY.search(printed)
    if not day or not (found := _day(day)) or found.year >= 9000:
        return NOWHEN
    rest = printed[: day.start()] + " " + printed[day.end() :].removeprefix("T").removeprefix("t")
    clock = CLOCK.search(rest)
    hour = _clock(clock) if clock else None
    label = rest[: clock.start()] + " " + rest[clock.end() :] if clock else rest
    place = _offset(rest) or (labelled(label) if hour else None) or zone
    wall = datetime.combine(found, hour or time(23, 59, 59))
    precision = "minute" if hour else "date"
    if place is None:
        return Moment(None, precision, wall)
    return Moment(_placed(wall, place), precision, wall)


def labelled(label: str | None) -> tzinfo | None:
    """The zone that a printed label means, None for no or an unknown one."""
    printed = clean(label)
    for word in re.findall(r"\b[A-Z]{1,4}\b", printed):
        if word in OFFSETS:
            return UTC if not OFFSETS[word] else timezone(timedelta(hours=OFFSETS[word]), word)
    words = re.findall(r"[a-zé-]+", printed.casefold())
    for name, region in REGIONS.items():
        if re.search(rf"\b{name}\b", printed if name.isupper() else " ".join(words)):
            hours = {"standard": 0, "daylight": 1}.get(next((w for w in words if w in {"standard", "daylight"}), ""))
            winter = ZoneInfo(region).utcoffset(datetime(2026, 1, 15)) or timedelta()  # noqa: DTZ001 - a wall time of that zone
            return ZoneInfo(region) if hours is None else timezone(winter + timedelta(hours=hours))
    return None


def beside(text: str | None, label: str | None, zone: tzinfo | None) -> datetime | None:
    """A time printed without label on a page whose closing carries `label`: placed only where every zone it can mean agrees."""
    if zone is not None:
        return moment(text, zone).at
    place = labelled(label)
    if isinstance(place, ZoneInfo):
        return moment(text, place).at
    zones = CLOCKS.get((place.tzname(None) or "") if place else "", ())
    answers = {moment(text, ZoneInfo(name)).at for name in zones}
    return answers.pop() if len(answers) == 1 else None


def _day(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            return date(int(match["y"]), int(match["m"]), int(match["d"]))
        name = _plain(match["month"] or match["month2"])
        month = MONTHS.get(name) or MONTHS.get(name[:4]) or MONTHS.get(name[:3])
        return date(int(match["year"] or match["year2"]), month, int(match["day"] or match["day2"])) if month else None
    except ValueError:
        return None


def _plain(word: str) -> str:
    return word.casefold().replace("é", "e").replace("û", "u").replace("ô", "o")


def _clock(match: re.Match[str]) -> time | None:
    hour, half = int(match["h"]), (match["half"] or "")[:1].casefold()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(match["min"] or 0), int(match["s"] or 0))
    except ValueError:
        return None


def _offset(text: str) -> tzinfo | None:
    match = OFFSET.search(text)
    if match:
        sign = -1 if (match["sign"] or match["sign2"]) == "-" else 1
        return timezone(sign * timedelta(hours=int(match["hh"] or match["hh2"]), minutes=int(match["mm"] or 0)))
    return UTC if re.search(r"\d\s*Z\b", text) else None


def _placed(wall: datetime, place: tzinfo) -> datetime:
    """The aware time, with its fixed offset: a value that crosses a pipe equal to itself."""
    aware = wall.replace(tzinfo=place)
    offset = aware.utcoffset() or timedelta()
    return wall.replace(tzinfo=timezone(offset) if offset else UTC)


def ordered(text: str | None, order: str | None) -> str | None:
    """A day in digits alone (`09/10/2026`) written year first, by the source's `order` ("dmy" or "mdy"); other text as it is."""
    if not text or order not in {"dmy", "mdy"}:
        return text
    at_month = order.index("m") + 1
    return re.sub(
        r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b",
        lambda m: f"{m[3]}-{int(m[at_month]):02}-{int(m[3 - at_month]):02}",
        text,
        count=1,
    )
