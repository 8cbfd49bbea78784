"""A row of named cells → a posting: what the platforms share whose sources say themselves which cell means what.

Cells may hold `None`, `null` or a dash where they hold nothing. Days in digits alone are read in the order that the source states,
else in the order that the whole column shows (13/02/2026 can only be day first). A listing that has no word for a cancelled
posting writes it into the title.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from contracts.vocabulary import TenderStatus
from crawler.items import PostedDocument, Posting
from crawler.normalise import text_key
from crawler.sources import SourceConfig
from crawler.spiders import answers, times

NOTHING = frozenset({"none", "null", "nan", "n/a", "na", "nil", "-", "--", "\N{EN DASH}", "\N{EM DASH}"})
DATES = ("published", "closes")
WHAT = r"(?:n?rf\w{1,4}|it[tqb]|tender|bid|solicitation|competition|opportunity|procurement|posting|appel d'offres|avis)"
CALLED_OFF = re.compile(
    rf"^\W*(?:cancell?ed|annulée?)\b(?=\W*[:\-\u2013\u2014*\])])"
    rf"|\b(?:this|the|cet?|cette|l[ea']|le présent)\s*{WHAT}(?:\s+\S+)?\s+(?:has been|is|was|est|a été)\s+(?:cancell?ed|annulée?)",
    re.IGNORECASE,
)


def cells(raw: Mapping[str, str]) -> dict[str, str]:
    """What the cells say, "" for one that only says that it says nothing."""
    said = {field: answers.clean(value) for field, value in raw.items()}
    return {field: "" if value.casefold() in NOTHING else value for field, value in said.items()}


def orders(rows: Iterable[Mapping[str, str]], source: SourceConfig) -> dict[str, str | None]:
    """For each date field "dmy" or "mdy": what the source states, else what its column shows; None where neither tells."""
    stated = source.options.get("date_order")
    found = list(rows) if not stated else []
    return {field: stated or times.order_of(row.get(field, "") for row in found) for field in DATES}


def posting(
    said: Mapping[str, str],
    source: SourceConfig,
    zone: ZoneInfo | None,
    *,
    native: str | None,
    url: str | None = None,
    order: Mapping[str, str | None],
    description: str | None = None,
    files: tuple[PostedDocument, ...] = (),
) -> Posting | None:
    """The posting of a row under `native`, else its number; None for a row without either or without a title."""
    native = native or said.get("number")
    if not native or not said.get("title"):
        return None
    closes = times.moment(times.ordered(said.get("closes"), order["closes"]), zone)
    counts: dict[str, Any] = {name: answers.count(said.get(name)) for name in ("amendments", "addenda", "documents")}
    return Posting(
        id=native,
        number=said.get("number") or None,
        title=said["title"],
        status=status(said, source),
        buyer=said.get("buyer") or source.buyer,
        published=times.start_of_day(times.ordered(said.get("published"), order["published"]), zone),
        closes=closes.at,
        closes_text=said.get("closes") or None,
        closes_precision=closes.precision,
        url=url,
        type=said.get("type") or None,
        description=description,
        supplier=said.get("supplier") or None,
        value=said.get("value") or None,
        rationale=said.get("rationale") or None,
        files=files,
        **counts,
    )


def status(said: Mapping[str, str], source: SourceConfig) -> TenderStatus:
    """What the row's own word says; without one what the title says of being called off, else what every row of the source is."""
    if said.get("status"):
        return answers.status_of(said["status"])
    if CALLED_OFF.search(said["title"]):
        return TenderStatus.CANCELLED
    return answers.status_of(source.options.get("status"))


def title_id(title: str) -> str:
    """An id for a row of a listing that gives its rows none."""
    return hashlib.blake2b(text_key(title).casefold().encode(), digest_size=8).hexdigest()
