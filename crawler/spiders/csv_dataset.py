"""Open data as CSV (CKAN portals, a city's own site): the source's `options.columns` says which column is which.

    [name.options]            status = "open" (what every row is when no column says it), delimiter, date_order = "dmy" | "mdy"
    [name.options.columns]    id, number, title, status, buyer, published, closes, url, type, description, amendments, addenda,
                              documents, rationale (of the last amendment), supplier and value (of an award)

A column is named as in the file, or by a list of the names that it has had; case, spaces and punctuation in a name don't count.
Traps: ids repeat, or their column goes (then the number is the id); columns get renamed (a title or closing that is gone is a
changed layout, any other column only tells less); files shrink to a tenth overnight and come back; the heading stands in the file
twice. A deadline that is a day alone ends with that day in the source's zone.
"""

import re
from collections.abc import Mapping

from crawler.items import LayoutChanged, Listing, Page
from crawler.sources import SourceConfig
from crawler.spiders import answers, rows
from crawler.spiders.portal import Portal

NEEDED = ("title", "closes")  # where they are mapped


class CsvDataset(Portal):
    """Reads any CSV through a column map; `title` and one of `id` and `number` must be mapped."""

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        expected = f"the CSV of {source.title or source.name} was expected"
        columns: Mapping[str, str | list[str]] = source.options.get("columns", {})
        if "title" not in columns or not {"id", "number"} & set(columns):
            raise LayoutChanged(f"{expected}; its source maps no column to title, or none to id or number (options.columns)")
        header, lines = answers.table_of(page, expected, delimiter=source.options.get("delimiter", ","))
        places = found(columns, header)
        gone = [field for field in columns if field not in places]
        if [field for field in gone if field in NEEDED] or not {"id", "number"} & set(places):
            raise answers.absent([_names(columns[field])[0] for field in gone], header, expected)
        lines = [line for line in lines if [answers.clean(cell) for cell in line] != header]
        raw = [{field: line[at] for field, at in places.items()} for line in lines if len(line) == len(header)]
        said = [rows.cells(cells) for cells in raw]
        order, zone = rows.orders(said, source), self.zone_of(source)
        postings = [
            rows.posting(
                row,
                source,
                zone,
                native=row.get("id") or (None if "id" in places or row.get("number") else rows.title_id(row["title"])),
                url=row.get("url") or None,
                order=order,
                description=answers.prose(cells.get("description")),
            )
            for row, cells in zip(said, raw, strict=True)
        ]
        return Listing(tuple(filter(None, postings)), rows=len(lines), columns=tuple(header))


def found(columns: Mapping[str, str | list[str]], header: list[str]) -> dict[str, int]:
    """Where each mapped field stands: by its column's exact name, else by any of its names however it is written."""
    folded = [_folded(name) for name in header]
    places: dict[str, int] = {}
    for field, wanted in columns.items():
        names = _names(wanted)
        exact = next((header.index(name) for name in names if name in header), None)
        place = exact if exact is not None else next((folded.index(_folded(n)) for n in names if _folded(n) in folded), None)
        if place is not None:
            places[field] = place
    return places


def _names(wanted: str | list[str]) -> list[str]:
    return [wanted] if isinstance(wanted, str) else list(wanted)


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


portal = CsvDataset()
