"""Open data as CSV (CKAN portals, a city's own site): the source's `options.columns` says which column is which.

    [name.options]            status = "open" (what every row is when no column says it), delimiter, date_order = "dmy" | "mdy"
    [name.options.columns]    id, number, title, status, buyer, published, closes, url, type, description, amendments, addenda, documents

Traps: ids repeat, columns get renamed (a mapped column that is gone is a changed layout), files shrink to a tenth overnight
and come back. A deadline that is a day alone ends with that day in the source's zone.
"""

from collections.abc import Mapping

from crawler.items import LayoutChanged, Listing, Page, Posting
from crawler.sources import SourceConfig
from crawler.spiders import answers, times
from crawler.spiders.portal import Portal


class CsvDataset(Portal):
    """Reads any CSV through a column map; `title` and one of `id` and `number` must be mapped."""

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        expected = f"the CSV of {source.title or source.name} was expected"
        columns: Mapping[str, str] = source.options.get("columns", {})
        if "title" not in columns or not {"id", "number"} & set(columns):
            raise LayoutChanged(f"{expected}; its source maps no column to title, or none to id or number (options.columns)")
        header, rows = answers.table_of(page, expected, delimiter=source.options.get("delimiter", ","))
        if missing := [name for name in columns.values() if name not in header]:
            raise answers.absent(missing, header, expected)
        places = {field: header.index(name) for field, name in columns.items()}
        said = ({field: row[at] for field, at in places.items()} for row in rows if len(row) == len(header))
        postings = tuple(posting for cells in said if (posting := self._posting(cells, source)))
        return Listing(postings, rows=len(rows), columns=tuple(header))

    def _posting(self, raw: Mapping[str, str], source: SourceConfig) -> Posting | None:
        said = {field: answers.clean(value) for field, value in raw.items()}
        native, zone, order = said.get("id") or said.get("number"), self.zone_of(source), source.options.get("date_order")
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
            url=said.get("url") or None,
            amendments=answers.count(said.get("amendments")),
            addenda=answers.count(said.get("addenda")),
            documents=answers.count(said.get("documents")),
            type=said.get("type") or None,
            description=answers.prose(raw.get("description")),
        )


portal = CsvDataset()
