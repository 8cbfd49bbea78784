"""Dates as contracts print them → `datetime.date`, only when day, month and year are all there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    name: index
    for index, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sept sep", "october oct", "november nov", "december dec",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_DAY = r"(?P<day>[0-3]?\d)\s?(?:s\s?t|n\s?d|r\s?d|t\s?h)?\b"
_YEAR = r"(?P<year>(?:19|20)\d\d)\b"
_SPELLED = (
    re.compile(rf"\b{_MONTH}\s*{_DAY}\s*[,.]?\s*(?:of\s+)?{_YEAR}", re.IGNORECASE),
    re.compile(rf"(?<!\d)(?<!\d[.,/]){_DAY}[\s,-]*(?:day\s+)?(?:of\s+)?(?:the\s+month\s+of\s+)?{_MONTH}[\s,-]*(?:of\s+)?{_YEAR}", re.IGNORECASE),
)  # fmt: skip
_ISO = re.compile(rf"(?<![\d-]){_YEAR}-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?![\d-])")
_NUMERIC = re.compile(r"(?<![\d/.-])(?P<a>[0-3]?\d)(?P<sep>[/.-])(?P<b>[0-3]?\d)(?P=sep)(?P<year>(?:19|20)?\d\d)(?![\d/-])")
_FOOTER = re.compile(r"^[ \t]*Source:[^\n]*$", re.MULTILINE)
_REACH = 45


@dataclass(frozen=True)
class DateMention:
    """A date and where it stands in the text (code points)."""

    start: int
    end: int
    date: date


def dates(text: str) -> list[DateMention]:
    """Every complete date in reading order.

    A numeric date such as 3/5/98 may be two days; it is read in the order that the text's other numeric dates prove
    (12/23/2019 → month first), as day first when written with points, and else month first, the order of the filings
    and forms at hand; the quote always stands beside it. A line "Source: ACME INC, 10-K, 3/21/2019" was printed on every page
    by the service that filed the contract, and dates the filing: it is not read.
    """
    text = _FOOTER.sub(lambda match: " " * len(match[0]), text)  # nor does it prove in which order numbers stand
    found = [*_spelled(text), *_iso(text), *_numeric(text)]
    found.sort(key=lambda each: (each.start, -each.end))
    return [each for n, each in enumerate(found) if n == 0 or each.start >= found[n - 1].end]


def _spelled(text: str) -> Iterator[DateMention]:
    """Month names are looked for only in the line's reach before a year: a long text has few of them."""
    for start, end in _before_years(text):
        for pattern in _SPELLED:
            for match in pattern.finditer(text, start, end):
                yield from _mention(match, match["year"], _MONTHS[match["month"].lower()], match["day"])


def _before_years(text: str) -> Iterator[tuple[int, int]]:
    last = (0, 0)
    for year in re.finditer(r"(?<!\d)(?:19|20)\d\d(?!\d)", text):
        start = max(0, year.start() - _REACH)
        if start <= last[1]:
            last = (last[0], year.end())
        else:
            yield last
            last = (start, year.end())
    yield last


def _iso(text: str) -> Iterator[DateMention]:
    for match in _ISO.finditer(text):
        yield from _mention(match, match["year"], match["month"], match["day"])


def _numeric(text: str) -> Iterator[DateMention]:
    matches = list(_NUMERIC.finditer(text))
    day_first = any(int(m["a"]) > 12 >= int(m["b"]) for m in matches) and not any(
        int(m["b"]) > 12 >= int(m["a"]) for m in matches
    )
    for match in matches:
        if len(match["year"]) == 2 and match["sep"] == ".":
            continue  # 4.2.19 is a section
        first = day_first or match["sep"] == "."
        month, day = (match["b"], match["a"]) if first else (match["a"], match["b"])
        yield from _mention(match, match["year"], month, day)


def _mention(match: re.Match[str], year: str, month: int | str, day: str) -> Iterator[DateMention]:
    whole = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 69 else 1900)  # POSIX's two-digit years
    try:
        yield DateMention(match.start(), match.end(), date(whole, int(month), int(day)))
    except ValueError:
        return
