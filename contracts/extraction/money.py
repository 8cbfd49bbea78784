"""Sums of money and percentages in clauses and tables, as exact decimals with their currency when one is printed."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_SCALE = {"thousand": Decimal(1000), "million": Decimal(1_000_000), "billion": Decimal(1_000_000_000)}
_MONEY = re.compile(
    r"""(?<![\w.])(?:(?P<before>CAD|USD|EUR|GBP|C|CDN|Cdn|US|U\.S\.|A)?\s?(?P<sign>[$€£¥])\s?|(?P<code>CAD|USD|EUR|GBP|RMB)\s)
        (?P<amount>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,4})?)(?![\d])
        (?:\s?(?P<scale>thousand|million|billion)\b)?(?:\s?(?P<after>CAD|USD|EUR|GBP|Canadian|Cdn)\b)?""",
    re.VERBOSE,
)
_PERCENT = re.compile(r"(?<![\w.,])(?P<amount>\d{1,3}(?:\.\d{1,4})?)\s?(?:%|per\s?cent\b|percent\b)", re.IGNORECASE)
_CURRENCY = {
    "C": "CAD",
    "CDN": "CAD",
    "CANADIAN": "CAD",
    "US": "USD",
    "U.S.": "USD",
    "A": "AUD",
    "€": "EUR",
    "£": "GBP",
}


@dataclass(frozen=True)
class Sum:
    """An amount and where it stands; `currency` is an ISO 4217 code, or None when only a bare "$" is printed."""

    start: int
    end: int
    amount: Decimal
    currency: str | None

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}" if self.currency else f"{self.amount:f}"


def sums(text: str) -> list[Sum]:
    """Every sum of money in reading order: "$1,234.50", "CAD 2 million", "US$5,000.00"."""
    found = []
    for match in _MONEY.finditer(text):
        amount = decimal(match["amount"])
        if amount is not None:
            mark = (match["before"] or match["code"] or match["after"] or match["sign"] or "").upper()
            currency = _CURRENCY.get(mark, mark if len(mark) == 3 else None)
            found.append(Sum(match.start(), match.end(), amount * _SCALE.get(match["scale"], Decimal(1)), currency))
    return found


def percentages(text: str) -> list[Sum]:
    """Every percentage in reading order; `currency` is "%"."""
    return [Sum(m.start(), m.end(), Decimal(m["amount"]), "%") for m in _PERCENT.finditer(text)]


def decimal(text: str) -> Decimal | None:
    """A printed number as an exact decimal, its thousands' commas and blanks taken out; None when it is not one."""
    try:
        value = Decimal(re.sub(r"[,\s$]", "", text))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
