"""One tender as a line of the list: made once for all lists that show it, in the words of the hour.

What the line says follows from the values alone that it is made of, so whoever has the same ones gets the same line.
"""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup

from api.languages import language
from api.presentation import relative, urgency
from api.rendering import part
from contracts.vocabulary import TenderStatus

KEPT = 2_000  # lines of less than a kilobyte each


class Listed(NamedTuple):
    """The columns of a tender that its line is made of."""

    ocid: str
    number: str | None
    title: str
    status: TenderStatus
    buyer: str | None
    type: str | None
    closes_at: datetime | None
    closes_text: str | None
    closes_precision: str
    zone: str | None
    addenda: int | None


def line(tender: Listed, now: datetime) -> Markup:
    """The line of a tender."""
    closes = tender.closes_at
    return _line(
        tender, urgency(closes, now), relative(closes, now, tender.zone), closes is not None and closes < now, language()
    )


@lru_cache(KEPT)
def _line(tender: Listed, urgent: str, when: str, closed: bool, _language: str) -> Markup:
    return part("tender_row.html", tender=tender, urgent=urgent, when=when, closed=closed)
