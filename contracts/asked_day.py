"""The day that a question names in its own words ("since April", "as of 1 May 2026"); pure.

Only wordings that ask for a state of things count: a date that is merely mentioned is part of the question.
"""

import re
from datetime import date

MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = rf"(?P<month>{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in MONTHS)})\.?"
_DAY = re.compile(
    r"\b(?:since|as\s+of|as\s+at|as\s+from)\s+(?:the\s+)?"
    rf"(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|(?:(?P<before>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?)?{_MONTH}(?:\s+(?P<after>\d{{1,2}})(?:st|nd|rd|th)?\b)?"
    r"(?:,?\s+(?P<year>(?:19|20)\d\d))?|(?P<only>(?:19|20)\d\d))\b",
    re.IGNORECASE,
)


def taken_out(question: str, as_of: date) -> tuple[str, date]:
    """The question without the day it names, and that day; `as_of` where it names none.

    A month without a year is the last one that had begun by `as_of`; a month or year alone is its first day.
    """
    match = _DAY.search(question)
    day = _read(match, as_of) if match else None
    if match is None or day is None:
        return question, as_of
    return " ".join((question[: match.start()] + question[match.end() :]).split()), day


def _read(match: re.Match[str], as_of: date) -> date | None:
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        if match["only"]:
            return date(int(match["only"]), 1, 1)
        month = [name[:3] for name in MONTHS].index(match["month"][:3].lower()) + 1
        number = int(match["before"] or match["after"] or 1)
        if match["year"]:
            return date(int(match["year"]), month, number)
        this = date(as_of.year, month, number)
        return this if this <= as_of else date(as_of.year - 1, month, number)
    except ValueError:  # 31 June, 29 February
        return None
