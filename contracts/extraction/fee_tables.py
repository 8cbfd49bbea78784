"""Lines of a fee schedule → code, description, amount, unit; ruled, unruled, tab-separated, piped or comma-separated.

A row is a line that holds a sum and a description. Cells come from its separators (tab, pipe, two or more blanks, the
commas of a CSV row) or, where a PDF printed single blanks, from the code at its start and the sum at its end. A heading
row, when one is printed, says which column is the code, the unit and the amount. A total is not a fee.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts.extraction.money import decimal
from contracts.extraction.proposal import ProposedFee

_AMOUNT = re.compile(r"(?<![\w.,/-])(?:C|CA|CAD|CDN|US)?\s?\$\s?(\d{1,3}(?:,\d{3})+(?:\.\d{2})?|\d+(?:\.\d{1,4})?)(?![\d,]*\d)")
_BARE = re.compile(r"^\$?\s?(\d{1,3}(?:,\d{3})+\.\d{2}|\d+\.\d{2})\s?(?:CAD)?$")
_WHOLE = re.compile(r"^\$?\s?(\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{2})?$")
_CODE = re.compile(r"(?=[A-Z0-9.-]*\d)[A-Z]{0,5}-?\d{1,7}[A-Z]{0,3}(?:[.-][A-Z0-9]{1,5})?|[A-Z]{1,4}-[A-Z0-9]{1,6}")
_UNIT = re.compile(
    r"\b(?:(?:per|each|a|/)\s*(?P<per>(?:\d+[\s-]?)?(?:client|worker|treatment\s+)?(?:sessions?|visits?|hours?|days?|weeks?|months?|minutes?|min|reports?|assessments?|"
    r"blocks?|clients?|workers?|kilomet(?:re|er)s?|km|pages?|calls?|programs?|units?|items?|years?|treatments?|referrals?|claims?|trips?|copy))"
    r"|(?P<rate>hourly|daily|weekly|monthly|annual(?:ly)?|flat(?:\s+(?:fee|rate))?|one[\s-]time|lump\s+sum|maximum))\b"
    r"|/\s?(?P<slash>hr|hour|day|week|wk|month|mo|km|session|visit|report|unit)\b",
    re.IGNORECASE,
)
_ROLES = (
    ("code", re.compile(r"\b(?:code|item\s*(?:no|#|number)|fee\s*(?:no|#)|billing\s+code)\b|^(?:item|#|no\.?)$", re.IGNORECASE)),
    ("amount", re.compile(r"\b(?:fee|rate|amount|price|cost|charge|\$)|\$", re.IGNORECASE)),
    ("unit", re.compile(r"\b(?:unit|per|basis|frequency|uom)\b", re.IGNORECASE)),
    ("description", re.compile(r"\b(?:description|service|item|report|deliverable|type)\b", re.IGNORECASE)),
)  # fmt: skip
_TOTAL = re.compile(r"^\W*(?:sub-?)?\s?total\b|^\W*(?:gst|pst|hst|tax(?:es)?)\b|^\W*grand\s+total", re.IGNORECASE)
_PROSE = re.compile(
    r"\b(?:shall|must|agrees?|hereby|pursuant|provided\s+that|thereof|herein|liabilit|insurance|coverage)\b",
    re.IGNORECASE,
)
_CSV = re.compile(r"^[^,]*(?:,(?!\s|\d{3}(?:\D|$))[^,]*){2,}$")
LONGEST_ROW = 220
"""Characters after which a line is prose and no row of a table."""


@dataclass(frozen=True)
class _Columns:
    """Which cell is what, as a heading row says."""

    roles: tuple[str, ...]

    def cell(self, role: str, cells: Sequence[str]) -> str:
        return cells[self.roles.index(role)] if role in self.roles and len(cells) == len(self.roles) else ""


def fees(pages: Sequence[str]) -> list[ProposedFee]:
    """Every fee line of a document's pages in reading order, each once (the first page wins); never raises."""
    found: dict[tuple[str, str, Decimal], ProposedFee] = {}
    for page, text in enumerate(pages, 1):
        for fee in _page(text, page):
            found.setdefault((fee.code, fee.description, fee.amount), fee)
    return list(found.values())


def _page(text: str, page: int) -> Iterator[ProposedFee]:
    columns: _Columns | None = None
    for line in re.split(r"[\r\n]+", text):
        if not line.strip() or len(line) > LONGEST_ROW:
            continue
        cells = _cells(line)
        heading = _heading(cells)
        if heading:
            columns = heading
            continue
        fee = _row(line, cells, columns, page)
        if fee:
            yield fee


def _cells(line: str) -> list[str]:
    if "|" in line:
        parts = line.strip().strip("|").split("|")
    elif "\t" in line:
        parts = line.split("\t")
    elif re.search(r"\S {2,}\S", line.strip()):
        parts = re.split(r" {2,}", line.strip())
    elif _CSV.search(re.sub(r'"[^"]*"', "", line)):
        parts = next(csv.reader([line]), [])
    elif line.count(";") >= 2:
        parts = line.split(";")
    else:
        return [line.strip()]
    return [part.strip() for part in parts]


def _heading(cells: Sequence[str]) -> _Columns | None:
    """The columns a heading row names; a row holding a number is none. One cell of words is split at its blanks."""
    if any(re.search(r"\d", cell) for cell in cells) or len(cells) < 2:
        return None
    roles: list[str] = []
    for cell in cells:
        role = next((name for name, pattern in _ROLES if name not in roles and pattern.search(cell)), "other")
        roles.append(role)
    return _Columns(tuple(roles)) if "amount" in roles and len(set(roles) - {"other"}) >= 2 else None


def _row(line: str, cells: Sequence[str], columns: _Columns | None, page: int) -> ProposedFee | None:
    if _TOTAL.search(line) or (len(cells) == 1 and _PROSE.search(line)):
        return None
    by_heading = columns is not None and len(cells) == len(columns.roles)
    amount = _amount(line, cells, columns.cell("amount", cells) if columns and by_heading else "")
    if amount is None:
        return None
    code = columns.cell("code", cells) if columns and by_heading else ""
    code = code if _CODE.fullmatch(code) else _leading_code(cells)
    described = columns.cell("description", cells) if columns and by_heading else ""
    description = _description(described or _longest(cells, code), code)
    if len(re.findall(r"[A-Za-z]", description)) < 3 or (len(cells) == 1 and not code):
        return None
    unit = (columns.cell("unit", cells) if columns and by_heading else "") or _unit(line) or _last_word(cells)
    unit = re.sub(r"^(?:per|each|/)\s+", "", _tidy(unit), flags=re.IGNORECASE)
    return ProposedFee(code=code, description=description, amount=amount, unit=unit or None, page=page)


def _amount(line: str, cells: Sequence[str], cell: str) -> Decimal | None:
    """The row's sum: its amount column's, else the last dollar sum printed, else a last cell with cents."""
    if cell:
        match = _AMOUNT.search(cell) or _BARE.match(cell) or _WHOLE.match(cell)
        return decimal(match[1]) if match else None
    printed = _AMOUNT.findall(line)
    if printed:
        return decimal(printed[-1] if not re.search(r"max", line, re.IGNORECASE) else printed[0])
    bare = [match[1] for each in cells if (match := _BARE.match(each))] if len(cells) > 2 else []
    return decimal(bare[-1]) if bare else None


def _leading_code(cells: Sequence[str]) -> str:
    first = cells[0] if len(cells) > 1 else (cells[0].split(maxsplit=1) or [""])[0]
    return first if _CODE.fullmatch(first) and not _BARE.match(first) else ""


def _longest(cells: Sequence[str], code: str) -> str:
    """The cell with the most letters, the code's own left out."""
    others = [cell for cell in cells if cell != code] or list(cells)
    return max(others, key=lambda cell: len(re.findall(r"[A-Za-z]", _AMOUNT.sub("", cell))), default="")


def _description(text: str, code: str) -> str:
    if code and text.startswith(code):
        text = text[len(code) :]
    text = _AMOUNT.sub(" ", text)
    unit = _UNIT.search(text)
    if unit and not text[unit.end() :].strip(" .):*"):
        text = text[: unit.start()]
    return _tidy(text)


def _unit(line: str) -> str:
    match = _UNIT.search(line)
    return (match["per"] or match["rate"] or match["slash"]) if match else ""


def _last_word(cells: Sequence[str]) -> str:
    """The unit of a row without heading: a last cell of one or two words after the sum's cell."""
    plain = len(cells) > 2 and re.fullmatch(r"[A-Za-z]{3,12}(?:\s[A-Za-z]{2,12})?", cells[-1])
    return cells[-1] if plain and _AMOUNT.search(cells[-2]) else ""


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"(?:\s?\.){3,}|_{3,}", " ", text)).strip(" \t-–—:|,;(.")
