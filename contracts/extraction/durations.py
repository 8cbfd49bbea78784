"""Durations in clauses: "five (5) years", "90 days", "year-to-year" → ISO 8601 (P5Y, P90D, P1Y)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from contracts.extraction.numbers import SPELLED, number

Unit = Literal["hour", "day", "week", "month", "year"]

_COUNT = rf"(?:{SPELLED}|\d{{1,3}})"
_COUNTED = re.compile(
    rf"""(?<![\w$.,/])(?P<count>{_COUNT}(?:\s*[(\[]\s*(?P<digits>\d{{1,3}}|[IlO])\s*[)\]])?|[(\[]\s*\d{{1,3}}\s*[)\]]|\d{{1,3}}\))
        [\s‑–-]*(?:(?:full|consecutive|successive|additional|calendar|whole|further|prior|more|subsequent|contract)[\s-]+){{0,3}}
        (?P<business>(?:business|working)[\s-]+)?
        (?P<unit>hours?|hrs?|days?|weeks?|months?|years?|yrs?)\b(?P<after>\s*[(\[]\s*\d{{1,3}}\s*[)\]])?""",
    re.IGNORECASE | re.VERBOSE,
)
_REPEATED = re.compile(
    r"\b(?P<unit>year|month|week)[\s-]*(?:to|by)[\s-]*(?:year|month|week)\b|\b(?P<adverb>annual(?:ly)?|yearly|monthly)\b",
    re.IGNORECASE,
)
_LETTERS = {"hour": "H", "day": "D", "week": "W", "month": "M", "year": "Y"}
_UNITS: dict[str, Unit] = {"h": "hour", "d": "day", "w": "week", "m": "month", "y": "year"}


@dataclass(frozen=True)
class Duration:
    """A whole number of one unit, where it stands (code points), and whether its days are business days."""

    start: int
    end: int
    count: int
    unit: Unit
    business: bool = False

    @property
    def iso(self) -> str:
        """ISO 8601: P1Y, P3M, P2W, P90D, PT24H. Business days have no letter there: they are written as days."""
        return f"P{'T' if self.unit == 'hour' else ''}{self.count}{_LETTERS[self.unit]}"

    @property
    def days(self) -> float:
        """Its length in days, months of 30.4, for comparing durations only."""
        return self.count * {"hour": 1 / 24, "day": 1, "week": 7, "month": 30.4, "year": 365}[self.unit]


def durations(text: str, *, adverbs: bool = False) -> list[Duration]:
    """Every counted duration in reading order; with `adverbs` also "annual" and "month-to-month" as one of their unit."""
    found = list(_counted(text))
    if adverbs:
        found += [each for each in _repeated(text) if not any(a.start <= each.start < a.end for a in found)]
    return sorted(found, key=lambda each: each.start)


def _counted(text: str) -> Iterator[Duration]:
    for match in _COUNTED.finditer(text):
        written = match["after"] or match["digits"] or match["count"]
        count = 1 if written in {"I", "l"} else number(written)
        if count:
            unit = _UNITS[match["unit"][0].lower()]
            yield Duration(match.start(), match.end(), count, unit, business=bool(match["business"]))


def _repeated(text: str) -> Iterator[Duration]:
    for match in _REPEATED.finditer(text):
        word = (match["unit"] or match["adverb"]).lower()
        yield Duration(
            match.start(), match.end(), 1, "month" if word.startswith("month") else "week" if word == "week" else "year"
        )
