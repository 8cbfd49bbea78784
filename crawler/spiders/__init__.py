"""One file a platform: how its answers are read, and the conversation that leads to them.

`read` turns one saved or fetched answer into a Listing, without network, clock or database: `parse`, `import`, `replay` and
the crawl process all call it. A platform's `visit` is a generator that says what to ask next and is sent each answer; the
process that has a network drives it. A new platform is one module and one line in `PLATFORMS`.
"""

from collections.abc import Iterable
from functools import cache
from importlib import import_module

from crawler.items import LayoutChanged, Listing, Page
from crawler.sources import SourceConfig
from crawler.spiders.portal import Portal

PLATFORMS = {
    "bids-and-tenders": "crawler.spiders.bids_and_tenders",
    "canadabuys-csv": "crawler.spiders.canadabuys_csv",
    "html-list": "crawler.spiders.html_list",
    "csv-dataset": "crawler.spiders.csv_dataset",
    "canadabuys-search": "crawler.spiders.canadabuys_search",
    "bcbid": "crawler.spiders.bcbid",
    "bonfire": "crawler.spiders.bonfire",
    "ocds": "crawler.spiders.ocds",
    "feed": "crawler.spiders.feed",
    "sam-gov": "crawler.spiders.sam_gov",
    "ted": "crawler.spiders.ted",
    "merx": "crawler.spiders.merx",
    "program-page": "crawler.spiders.program_page",
}

BY_OPTIONS = frozenset({"html-list", "csv-dataset"})
"""Platforms whose answers can't be read without a source's options (selectors, column map)."""


class UnknownPlatform(Exception):
    """Raised by `portal` for a platform nobody reads; the sentence lists those that can be read."""


@cache
def portal(platform: str) -> Portal:
    """The reader of a platform, imported when first asked for. Raises UnknownPlatform."""
    if platform not in PLATFORMS:
        raise UnknownPlatform(f'no platform is called "{platform}"; known are: {", ".join(PLATFORMS)}')
    found = import_module(PLATFORMS[platform]).portal
    assert isinstance(found, Portal)
    return found


def read(page: Page, source: SourceConfig) -> Listing:
    """What one answer of a source holds. Raises LayoutChanged, Refused or EmptyAnswer with a sentence, UnknownPlatform."""
    return portal(source.platform).read(page, source)


def read_by_any(page: Page, candidates: Iterable[SourceConfig]) -> tuple[Listing, SourceConfig]:
    """The answer by the first source whose options fit it, and that source; a saved file doesn't say whose it is.

    Raises what the first candidate raised when none fits, and ValueError without candidates.
    """
    trouble: LayoutChanged | None = None
    for source in candidates:
        try:
            return read(page, source), source
        except LayoutChanged as error:
            trouble = trouble or error
    raise trouble or ValueError("no source to read by")
