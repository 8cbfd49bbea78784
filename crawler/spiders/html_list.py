"""Any page that lists postings as repeated rows, read with the selectors of its source: what a small own site needs.

    [name.options]          rows (CSS or XPath of one posting), next (link to the next page), total (element with the number of
                            postings), none (text shown when nothing is open), header (table header cells that must be there),
                            status, date_order = "dmy" | "mdy", ends_with (end mark of a whole page, "</html" unless said)
    [name.options.fields]   id, number, title, status, buyer, published, closes, url, type, description, addenda, amendments,
                            documents: each relative to a row; `::text` and `::attr(href)` as in Scrapy, XPath when it begins with . or /

Traps: a page may omit its ids (then the address of the posting, else its number, is the id); header and spacer rows match broad
selectors (a row with neither title nor number is not counted when it is a table's header). Zone: the source's, else the printed one.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from crawler.items import LayoutChanged, Listing, Page, Posting
from crawler.sources import SourceConfig
from crawler.spiders import answers, times
from crawler.spiders.markup import every, first, web
from crawler.spiders.portal import Portal


class HtmlList(Portal):
    """Reads rows by configured selectors, compiled once."""

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        options, expected = source.options, f"the list of {source.title or source.name} was expected"
        fields: Mapping[str, str] = options.get("fields", {})
        if not options.get("rows") or not {"title"} <= set(fields):
            raise LayoutChanged(f"{expected}; its source names no selector for rows and fields.title (options)")
        tree = answers.html_of(page, expected, ends_with=options.get("ends_with", "</html"))
        base = page.url or source.address
        rows = [row for row in every(tree, options["rows"]) if not (row.tag == "tr" and row.find("td") is None)]
        columns = tuple(answers.clean(th.text_content()) for th in tree.iterfind(".//th"))
        if missing := [name for name in options.get("header", ()) if name not in columns]:
            raise answers.absent(missing, list(columns), expected)
        none = (
            bool(options.get("none"))
            and answers.clean(options["none"]).casefold() in answers.clean(tree.text_content()).casefold()
        )
        if not rows and not none:
            raise answers.strange(page, f"{expected} with rows at {options['rows']}")
        total = answers.count(first(tree, options["total"]).replace(",", "")) if options.get("total") else None
        following = first(tree, options["next"]) if options.get("next") else ""
        next_url = web(following, base)
        if total is not None and not next_url and page.url == source.address and len(rows) < total:
            raise LayoutChanged(
                f"{expected}; it says it has {total} rows and shows {len(rows)}: it was cut short or its paging changed"
            )
        found = tuple(p for row in rows if (p := self._posting({f: first(row, how) for f, how in fields.items()}, base, source)))
        return Listing(found, rows=len(rows), total=total, columns=columns, says_none=none and not rows, next_url=next_url)

    def _posting(self, raw: Mapping[str, str], base: str, source: SourceConfig) -> Posting | None:
        said = {field: answers.clean(value) for field, value in raw.items()}
        url, zone, order = web(said.get("url", ""), base), self.zone_of(source), source.options.get("date_order")
        native = said.get("id") or _path(url) or said.get("number")
        if not native or not said["title"]:
            return None
        closes = times.moment(times.ordered(said.get("closes"), order), zone)
        return Posting(
            id=native,
            number=said.get("number") or None,
            title=said["title"],
            status=answers.status_of(said.get("status") or source.options.get("status")),
            buyer=said.get("buyer") or source.buyer,
            published=times.start_of_day(times.ordered(said.get("published"), order), zone),
            closes=closes.at,
            closes_text=said.get("closes") or None,
            closes_precision=closes.precision,
            url=url,
            amendments=answers.count(said.get("amendments")),
            addenda=answers.count(said.get("addenda")),
            documents=answers.count(said.get("documents")),
            type=said.get("type") or None,
            description=said.get("description") or None,
        )


def _path(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    return (parts.path + (f"?{parts.query}" if parts.query else "")) or None


portal = HtmlList()
