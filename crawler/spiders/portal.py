"""What every platform is: a reader of answers and a conversation, with the guards that none may forget."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from crawler.items import EmptyAnswer, LayoutChanged, Listing, Page, Posting, Refused
from crawler.sources import SourceConfig
from crawler.spiders.answers import strange

LONGEST = {"id": 1_000, "number": 1_000, "title": 50_000, "closes_text": 2_000, "url": 4_000, "buyer": 4_000}  # characters
UNREADABLE_SHARE = 0.2  # of a listing's rows; above it the layout is no longer the one that the platform's reader knows
MOST_PAGES = 200  # of one look; a portal that always has a next page is not a listing


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a conversation: a GET, or a POST of a form or of JSON text."""

    url: str
    form: Mapping[str, str] | None = None
    json: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return "GET" if self.form is None and self.json is None else "POST"


Visit = Generator[Ask | Listing, Page, None]
"""A look in steps: yields an Ask and is sent the Page, yields each Listing it made of one (and is sent nothing of use)."""


class Portal:
    """A platform. Subclasses give `parse`, which reads one answer, and, unless one GET tells all, their own `visit`."""

    zone: ClassVar[str | None] = None
    """The IANA zone that the platform prints its times in, for sources that name none."""

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        """What the answer holds. Raises LayoutChanged, Refused or EmptyAnswer."""
        raise NotImplementedError

    def read(self, page: Page, source: SourceConfig) -> Listing:
        """`parse`, with what holds for every platform: no refusal page, no field beyond measure, most rows readable."""
        if page.status in {401, 403}:
            raise Refused(f"the portal refuses us with status {page.status}; open the page in a browser and import what it shows")
        if page.status >= 400:
            raise strange(page, f"a listing was expected, the portal answered with status {page.status}")
        try:
            return sound(self.parse(page, source))
        except (TypeError, ValueError, AttributeError, LookupError, RecursionError, OverflowError) as error:
            # a number where a text was, a list where an object was: no reader asks every value for its kind
            kind = f"{type(error).__name__}: {str(error)[:200]}"
            raise LayoutChanged(f"a part of the answer is of another kind than {source.platform} has there ({kind})") from error

    def visit(self, source: SourceConfig, *, now: datetime) -> Visit:
        """Ask for the address, then for each next page, until the listing says that there is no more."""
        url: str | None = source.address
        asked: set[str] = set()
        rows, total = 0, None
        while url and url not in asked:
            asked.add(url)
            if len(asked) > MOST_PAGES:
                raise LayoutChanged(f"the listing has a next page even after {MOST_PAGES} pages")
            page = yield Ask(url)
            try:
                listing = self.read(page, source)
            except EmptyAnswer:
                if not rows:
                    raise
                break  # the page after the last one
            rows += listing.rows
            total = listing.total if listing.total is not None else total
            yield listing
            url = listing.next_url
        complete(rows, total)

    def paged(self, source: SourceConfig, ask: Callable[[int, int], Ask]) -> Visit:
        """Ask page after page, `ask(pages so far, rows so far)`, until the listing's own total is reached; the answers say nothing of a next page."""
        rows, pages, total = 0, 0, 1
        while rows < total:
            if pages == MOST_PAGES:
                raise LayoutChanged(f"the listing has a next page even after {MOST_PAGES} pages")
            page = yield ask(pages, rows)
            try:
                listing = self.read(page, source)
            except EmptyAnswer:
                if not rows:
                    raise
                break  # it ended before its own total
            yield listing
            rows, pages, total = rows + listing.rows, pages + 1, listing.total or 0
        complete(rows, total)

    def zone_of(self, source: SourceConfig) -> ZoneInfo | None:
        """The zone of times printed without one: the source's, else the platform's, else none."""
        name = source.zone or self.zone
        return ZoneInfo(name) if name else None


def complete(rows: int, total: int | None) -> None:
    """Raise LayoutChanged when a listing showed fewer rows than it says there are."""
    if total is not None and rows < total:
        raise LayoutChanged(f"the listing says it has {total} rows and showed {rows}; it was cut short or its paging changed")


def sound(listing: Listing) -> Listing:
    """The listing, if it can be believed. Raises EmptyAnswer or LayoutChanged."""
    if not listing.rows and not listing.says_none:
        raise EmptyAnswer("the answer holds no posting and does not say that there are none")
    unread = listing.rows - len(listing.postings)
    if unread > UNREADABLE_SHARE * listing.rows:
        raise LayoutChanged(f"{unread} of {listing.rows} rows have no id or title where they are expected")
    for posting in listing.postings:
        _measured(posting)
    return listing


def _measured(posting: Posting) -> None:
    for name, most in LONGEST.items():
        value = getattr(posting, name)
        if value is not None and len(value) > most:
            raise LayoutChanged(f"a posting's {name} is {len(value):,} characters long; {most:,} is the most that can be one")


def site(source: SourceConfig, page: Page | None = None) -> str | None:
    """Scheme and host of the source (or of the page, when the source has no address), None when neither is known."""
    for address in (source.address, page.url if page else ""):
        parts = urlsplit(address)
        if parts.scheme in {"http", "https"} and parts.netloc:
            return f"{parts.scheme}://{parts.netloc}"
    return None
