"""TED: the European Union's notices, an anonymous JSON search (https://docs.ted.europa.eu/api/).

`POST https://api.ted.europa.eu/v3/notices/search` with `options.query` in TED's expert language gives `notices` and
`totalNoticeCount`, 250 a page. Traps: texts come by language (three letters), some as lists; deadlines come one a lot, date and
time in two lists of equal length, and the earliest counts; an answer beyond the total is not asked for. Zone: each date carries
its own.
"""

import json
from datetime import datetime
from typing import Any

from crawler.items import LayoutChanged, Listing, Page, Posting, Refused
from crawler.sources import SourceConfig
from crawler.spiders import answers, times
from crawler.spiders.markup import web
from crawler.spiders.portal import Ask, Portal, Visit

EXPECTED = "TED's list of notices was expected"
FIELDS = [
    "publication-number",
    "publication-date",
    "notice-title",
    "notice-type",
    "buyer-name",
    "deadline-receipt-tender-date-lot",
    "deadline-receipt-tender-time-lot",
    "procedure-identifier",
]
PER_PAGE = 250
AWARDED = ("can-", "corr-can")


class Ted(Portal):
    """Reads the search answer, page by page until its total."""

    def visit(self, source: SourceConfig, *, now: datetime) -> Visit:
        if not source.options.get("query"):
            raise Refused('TED wants a query: write one as options.query, such as "buyer-country = IRL"')
        wanted = {"query": source.options["query"], "fields": FIELDS, "limit": PER_PAGE, "scope": "ACTIVE"}
        yield from self.paged(source, lambda page, _: Ask(source.address, json=json.dumps({**wanted, "page": page + 1})))

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        found = answers.json_of(page, EXPECTED)
        rows = found.get("notices") if isinstance(found, dict) else None
        if not isinstance(rows, list):
            raise LayoutChanged(f"{EXPECTED}; the JSON has no notices")
        total = answers.count(found.get("totalNoticeCount"))
        postings = tuple(posting for row in rows if isinstance(row, dict) and (posting := self._posting(row, source)))
        return Listing(postings, rows=len(rows), total=total, says_none=not rows and total == 0)

    def _posting(self, row: dict[str, Any], source: SourceConfig) -> Posting | None:
        native, language = answers.clean(row.get("publication-number")), source.options.get("language", "eng")
        title = spoken(row.get("notice-title"), language)
        if not native or not title:
            return None
        closes, printed = earliest(row)
        kind = answers.clean(row.get("notice-type"))
        links = row.get("links")
        pages = links.get("html", {}) if isinstance(links, dict) else {}
        url = pages.get(language.upper()) or next(iter(pages.values()), "") if isinstance(pages, dict) else ""
        return Posting(
            id=native,
            number=native,
            title=title,
            status=answers.status_of("awarded" if kind.startswith(AWARDED) else source.options.get("status", "open")),
            buyer=spoken(row.get("buyer-name"), language) or source.buyer,
            published=times.start_of_day(answers.clean(row.get("publication-date"))),
            closes=closes.at,
            closes_text=printed or None,
            closes_precision=closes.precision,
            url=web(str(url), "") or f"https://ted.europa.eu/en/notice/-/detail/{native}",
            type=kind or None,
        )


def earliest(row: dict[str, Any]) -> tuple[times.Moment, str]:
    """The first deadline of any lot, and as it was printed."""
    days, hours = (_list(row.get(f"deadline-receipt-tender-{part}-lot")) for part in ("date", "time"))
    printed = [
        f"{str(day)[:10]}T{hours[at]}" if at < len(hours) and hours[at] else str(day) for at, day in enumerate(days) if day
    ]
    known = sorted((found.at, text, found) for text in printed if (found := _deadline(text)).at)
    return (known[0][2], known[0][1]) if known else (times.NOWHEN, printed[0] if printed else "")


def _deadline(text: str) -> times.Moment:
    if "T" in text:
        return times.moment(text)
    if len(text) > 10:  # a day with an offset, as in 2026-10-09+02:00
        return times.moment(f"{text[:10]}T23:59:59{text[10:]}")._replace(precision="date")
    return times.moment(text)


def spoken(value: Any, language: str) -> str:
    """A text in the wanted language, else in English, else in any; the first of a list."""
    if isinstance(value, dict):
        value = value.get(language) or value.get("eng") or next(iter(value.values()), "")
    return answers.clean(next(iter(_list(value)), ""))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


portal = Ted()
