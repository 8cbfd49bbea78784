"""CanadaBuys search pages: what the open data file leaves out, among it the `bc…` notices that BC Bid relays.

`/en/tender-opportunities?words=…&status[87]=87&items_per_page=200`, followed by the pager's link. Columns are known by their
Drupal field class, so their order may change. Traps: the id stands only in the link; the first date is that of publication or,
once amended, of the amendment; closings are days alone here (UTC-5, as in the file); a default client agent gets 403. "No
results found." is said in words. Zone: UTC-5 all year.
"""

from typing import Any

from crawler.items import LayoutChanged, Listing, Page, Posting
from crawler.sources import SourceConfig
from crawler.spiders import answers, times
from crawler.spiders.markup import every, first, web
from crawler.spiders.portal import Portal

EXPECTED = "a CanadaBuys search page was expected"
HOME = "https://canadabuys.canada.ca/en/tender-opportunities"
CELL = "td[contains(concat(' ', @class, ' '), ' views-field-{} ')]"
CELLS = {
    "title": CELL.format("dummy-notice-title"),
    "type": CELL.format("field-term-label-1-1"),
    "published": CELL.format("pub-ifnot-amended"),
    "closes": CELL.format("field-tender-closing-date"),
    "buyer": CELL.format("field-tender-organization"),
}
REQUIRED = ("title", "closes")


class CanadaBuysSearch(Portal):
    """Reads the result table by the class of each cell."""

    zone = "Etc/GMT+5"

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        tree = answers.html_of(page, EXPECTED)
        rows = every(tree, "//tr[td[contains(@class, 'views-field')]]")
        total = answers.count(first(tree, ".search-total-count").replace(",", ""))
        none = not rows and (bool(every(tree, ".no-results-blurb")) or total == 0)
        if not rows and not none:
            raise answers.strange(page, EXPECTED)
        if rows and (missing := [name for name in REQUIRED if not rows[0].xpath(CELLS[name])]):
            raise LayoutChanged(f"{EXPECTED}; its table has no column for {' and '.join(missing)}")
        base = page.url or source.address or HOME
        following = web(
            first(tree, ".pager a[rel=next]::attr(href)") or first(tree, "//nav[contains(@class, 'pager')]//a/@href"), base
        )
        postings = tuple(posting for row in rows if (posting := self._posting(row, base, source)))
        columns = tuple(answers.clean(th.text_content()) for th in tree.iterfind(".//th"))
        return Listing(postings, rows=len(rows), total=total, columns=columns, says_none=none, next_url=following)

    def _posting(self, row: Any, base: str, source: SourceConfig) -> Posting | None:
        said = {name: answers.clean(first(row, f"./{path}")) for name, path in CELLS.items()}
        url = web(first(row, f"./{CELLS['title']}//a/@href"), base)
        native = url.rstrip("/").rsplit("/", 1)[-1].split("?")[0] if url else ""
        if not native or not said["title"]:
            return None
        closes = times.moment(said["closes"], self.zone_of(source))
        return Posting(
            id=native,
            number=None,
            title=said["title"],
            status=answers.status_of("open"),  # the search asks for open notices (status 87) only
            buyer=said["buyer"] or source.buyer,
            published=times.start_of_day(said["published"], self.zone_of(source)),
            closes=closes.at,
            closes_text=said["closes"] or None,
            closes_precision=closes.precision,
            url=url,
            type=said["type"] or None,
        )


portal = CanadaBuysSearch()
