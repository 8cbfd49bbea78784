"""MERX, and other portals built on the same table (`tr.mets-table-row`): solicitations of public bodies across Canada.

Read from saved pages or with a recorded permission. Traps: the row "No results match your criteria" is always in the page and only
its class `visible` says that it is meant; dates are words and a day ("Closing 2026/10/09"), the time stands on the detail page
alone; class names differ between generations of the markup. Zone: the source's; a day ends with its last second there.
"""

import re
from typing import Any

from crawler.items import Listing, Page, Posting
from crawler.sources import SourceConfig
from crawler.spiders import answers, times
from crawler.spiders.markup import every, first, web
from crawler.spiders.portal import Portal

EXPECTED = "a MERX list of solicitations was expected"
ROWS = "tr.mets-table-row:not(.mets-table-row-empty)"
PARTS = {  # the first that has text
    "title": (".rowTitle", "a.solicitationsTitleLink", "a.solicitation-link", "a"),
    "number": (".sol-num", ".solicitationNumber"),
    "buyer": (".buyer-name", ".buyerIdentification", ".organization"),
    "published": (".publicationDate", ".sol-publication-date"),
    "closes": (".closingDate", ".sol-closing-date"),
}


class Merx(Portal):
    """Reads the result table."""

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        tree = answers.html_of(page, EXPECTED)
        rows = every(tree, ROWS)
        none = not rows and bool(every(tree, "tr.mets-table-row-empty.visible"))
        if not rows and not none:
            raise answers.strange(page, EXPECTED)
        base = page.url or source.address
        postings = tuple(posting for row in rows if (posting := self._posting(row, base, source)))
        total = answers.count(first(tree, ".solicitationCount").replace(",", ""))
        following = web(first(tree, "a.next::attr(href)") or first(tree, ".mets-pagination a[rel=next]::attr(href)"), base)
        return Listing(postings, rows=len(rows), total=total, says_none=none, next_url=following)

    def _posting(self, row: Any, base: str, source: SourceConfig) -> Posting | None:
        said = {name: next((t for how in hows if (t := answers.clean(first(row, how)))), "") for name, hows in PARTS.items()}
        url = web(first(row, "a::attr(href)"), base)
        native = re.search(r"/(\d{5,})(?:[/?#]|$)", url or "")
        if not native or not said["title"] or not said["closes"]:
            return None
        closes = times.moment(said["closes"], self.zone_of(source))
        return Posting(
            id=native[1],
            number=said["number"] or None,
            title=said["title"],
            status=answers.status_of(source.options.get("status", "open")),
            buyer=said["buyer"] or source.buyer,
            published=times.start_of_day(said["published"], self.zone_of(source)),
            closes=closes.at,
            closes_text=re.sub(r"(?i)^(?:closing|closes)(?: date)?:?\s*", "", said["closes"]) or None,
            closes_precision=closes.precision,
            url=url,
        )


portal = Merx()
