"""Times as portals print them, for the readers: `crawler.closing` says what the words mean, this says what a posting keeps of it.

A posting's times carry the offset that the portal meant, so that they cross a pipe equal to themselves. A day alone ends with its
last second where it is a closing, and begins with its first where it is a publication.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

from crawler.closing import parse_closing, zone_in
from crawler.spiders.answers import clean

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


DIGITS = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b")


class Moment(NamedTuple):
    """A printed time: `at` aware or None where it can't be placed, `precision` "minute" or "date"."""

    at: datetime | None
    precision: str


NOWHEN = Moment(None, "minute")


def moment(text: str | None, zone: ZoneInfo | None = None) -> Moment:
    """The time that `text` prints, by the label in it, else in `zone`; not placed without either."""
    found = parse_closing(clean(text), zone.key if zone else None)
    return Moment(fixed(found.at), found.precision)


def start_of_day(text: str | None, zone: ZoneInfo | None = None) -> datetime | None:
    """A publication time; a day alone is its first second."""
    found = parse_closing(clean(text), zone.key if zone else None)
    whole = found.at.replace(hour=0, minute=0, second=0) if found.at and found.precision == "date" else found.at
    return fixed(whole)


def beside(text: str | None, label: str | None, zone: ZoneInfo | None) -> datetime | None:
    """A time printed without label on a page whose closing carries `label`: placed only where every zone it can mean agrees."""
    if zone is not None:
        return moment(text, zone).at
    place, name = zone_in(clean(label))
    zones = (place.key,) if isinstance(place, ZoneInfo) else CLOCKS.get(name or "", ())
    answers = {moment(text, ZoneInfo(one)).at for one in zones}
    return answers.pop() if len(answers) == 1 else None


def fixed(moment: datetime | None) -> datetime | None:
    """The same instant under its offset alone."""
    if moment is None:
        return None
    offset = moment.utcoffset() or timedelta()
    return moment.replace(tzinfo=timezone(offset) if offset else UTC)


def ordered(text: str | None, order: str | None) -> str | None:
    """A day in digits alone (`09/10/2026`) written year first, by the source's `order` ("dmy" or "mdy"); other text as it is."""
    if not text or order not in {"dmy", "mdy"}:
        return text
    at_month = order.index("m") + 1
    return DIGITS.sub(
        lambda m: f"{m[3]}-{int(m[at_month]):02}-{int(m[3 - at_month]):02}",
        text,
        count=1,
    )


def order_of(printed: Iterable[str]) -> str | None:
    """The order that a column's days in digits can only have: "dmy" or "mdy"; None where none tells or two contradict."""
    found = [(int(match[1]), int(match[2])) for text in printed if (match := DIGITS.search(text))]
    shown = {"dmy" if first > 12 else "mdy" for first, second in found if (first > 12) != (second > 12)}
    return shown.pop() if len(shown) == 1 else None
