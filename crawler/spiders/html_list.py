"""Any page that lists postings as repeated rows, read with the selectors of its source: what a small own site needs.

    [name.options]          rows (CSS or XPath of one posting), next (link to the next page), total (element with the number of
                            postings), none (text shown when nothing is open), header (table header cells that must be there),
                            files (links of a row to its files), status, date_order = "dmy" | "mdy",
                            ends_with (end mark of a whole page, "</html" unless said)
    [name.options.fields]   id, number, title, status, buyer, published, closes, url, type, description, addenda, amendments,
                            documents, rationale (of the last amendment), supplier and value (of an award): each relative to a row;
                            `::text` and `::attr(href)` as in Scrapy, XPath when it begins with . or /

Traps: a page may omit its ids (then the address of the posting, else its number, is the id); header and spacer rows match broad
selectors (a row with neither title nor number is not counted when it is a table's header). Zone: the source's, else the printed one.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from crawler.items import LayoutChanged, Listing, Page, PostedDocument, Posting
from crawler.sources import SourceConfig
from crawler.spiders import answers, rows
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
        found = [row for row in every(tree, options["rows"]) if not (row.tag == "tr" and row.find("td") is None)]
        columns = tuple(answers.clean(th.text_content()) for th in tree.iterfind(".//th"))
        if missing := [name for name in options.get("header", ()) if name not in columns]:
            raise answers.absent(missing, list(columns), expected)
        none = (
            bool(options.get("none"))
            and answers.clean(options["none"]).casefold() in answers.clean(tree.text_content()).casefold()
        )
        if not found and not none:
            raise answers.strange(page, f"{expected} with rows at {options['rows']}")
        total = answers.count(first(tree, options["total"]).replace(",", "")) if options.get("total") else None
        following = first(tree, options["next"]) if options.get("next") else ""
        next_url = web(following, base)
        if total is not None and not next_url and page.url == source.address and len(found) < total:
            raise LayoutChanged(
                f"{expected}; it says it has {total} rows and shows {len(found)}: it was cut short or its paging changed"
            )
        read = self._postings(found, base, source)
        return Listing(read, rows=len(found), total=total, columns=columns, says_none=none and not found, next_url=next_url)

    def _postings(self, found: list[Any], base: str, source: SourceConfig) -> tuple[Posting, ...]:
        fields, files = source.options["fields"], source.options.get("files")
        said = [rows.cells({field: first(row, how) for field, how in fields.items()}) for row in found]
        order, zone = rows.orders(said, source), self.zone_of(source)
        links = [web(cells.get("url", ""), base) for cells in said]
        postings = (
            rows.posting(
                cells,
                source,
                zone,
                native=cells.get("id") or _path(url),
                url=url,
                order=order,
                description=cells.get("description") or None,
                files=_files(row, files, base) if files else (),
            )
            for row, cells, url in zip(found, said, links, strict=True)
        )
        return tuple(filter(None, postings))


def _files(row: Any, how: str, base: str) -> tuple[PostedDocument, ...]:
    """The files that a row links to, each address once."""
    links = {web(link.get("href", ""), base): answers.clean(link.text_content()) for link in every(row, how)}
    return tuple(PostedDocument(title or url.rsplit("/", 1)[-1], url) for url, title in links.items() if url)


def _path(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    return (parts.path + (f"?{parts.query}" if parts.query else "")) or None


portal = HtmlList()
