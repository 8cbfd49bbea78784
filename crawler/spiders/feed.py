"""RSS and Atom: any feed of notices, news-like and often of the newest only (`window = true` in its source).

    [name.options]    number, closes (regular expressions with one group, searched in title and description), status

Traps: a feed can answer 200 and hold no item, which is a health event and never "all closed"; a guid may end with the time of the
item's last change, which would make each change a new posting (it is cut off); the same item may come twice (the newest counts);
titles carry markup. External entities are refused. Zone: each date carries its own (RFC 822, RFC 3339).
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from crawler.items import LayoutChanged, Listing, Page, Posting
from crawler.sources import SourceConfig
from crawler.spiders import answers, times
from crawler.spiders.markup import web
from crawler.spiders.portal import Portal

EXPECTED = "an RSS or Atom feed was expected"
CHANGED_AT = re.compile(r"[:#|/-]?\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})?$")
DATES = ("pubDate", "published", "date", "updated")
EARLIEST = datetime.min.replace(tzinfo=UTC)


class Feed(Portal):
    """Reads items by the local names of their elements, whatever the dialect."""

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        root = answers.xml_of(page, EXPECTED)
        if _name(root) not in {"rss", "feed", "RDF"}:
            raise (
                answers.strange(page, EXPECTED)
                if _name(root) == "html"
                else LayoutChanged(f"{EXPECTED}; it is XML of another kind")
            )
        items = [one for one in root.iter() if _name(one) in {"item", "entry"}]
        found: dict[str, Posting] = {}
        unread = 0
        for item in items:
            posting = self._posting(item, page, source)
            if posting is None:
                unread += 1
            elif posting.id not in found or (posting.published or EARLIEST) > (found[posting.id].published or EARLIEST):
                found[posting.id] = posting
        return Listing(tuple(found.values()), rows=len(found) + unread)

    def _posting(self, item: Any, page: Page, source: SourceConfig) -> Posting | None:
        said: dict[str, str] = {}
        for child in item.iterchildren("*"):
            said.setdefault(_name(child), "".join(child.itertext()))
        link = said.get("link") or next((one.get("href", "") for one in item.iterchildren("*") if _name(one) == "link"), "")
        url = web(link, page.url or source.address)
        native = CHANGED_AT.sub("", answers.clean(said.get("guid") or said.get("id"))) or url
        title = answers.prose(said.get("title"))
        if not native or not title:
            return None
        description = answers.prose(said.get("description") or said.get("summary") or said.get("encoded") or said.get("content"))
        printed = _found(source.options.get("closes"), f"{title}\n{description or ''}")
        closes = times.moment(printed, self.zone_of(source))
        return Posting(
            id=native,
            number=_found(source.options.get("number"), f"{title}\n{description or ''}"),
            title=title,
            status=answers.status_of(source.options.get("status")),
            buyer=source.buyer,
            published=next((at for name in DATES if (at := when(said.get(name)))), None),
            closes=closes.at,
            closes_text=printed,
            closes_precision=closes.precision,
            url=url,
            description=description,
        )


def when(text: str | None) -> datetime | None:
    """A feed's date: RFC 822 as in RSS, else RFC 3339 as in Atom; None without a zone or for nonsense."""
    try:
        moment = parsedate_to_datetime(answers.clean(text))
    except (ValueError, IndexError, TypeError):
        return times.moment(text).at
    return moment if moment.tzinfo else None


def _found(pattern: str | None, text: str) -> str | None:
    match = re.search(pattern, text) if pattern else None
    return answers.clean(match[1] if match.groups() else match[0]) if match else None


def _name(element: Any) -> str:
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


portal = Feed()
