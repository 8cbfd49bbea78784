"""News as Atom (RFC 4287) and JSON Feed 1.1: one entry a release, the newest first, named by its release id for ever."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from feedgen.feed import FeedGenerator

from notifier.headers import one_line
from notifier.links import tender_url
from notifier.news import News
from notifier.phrases import closing, headline, steps, translator


def atom(news: Iterable[News], *, title: str, feed_url: str, public_url: str, updated: datetime, language: str = "en") -> bytes:
    """An Atom document; `updated` stands for an empty feed."""
    ordered = _newest_first(news)
    feed = FeedGenerator()
    feed.id(_identity(feed_url))
    feed.title(_plain(title))
    feed.language(language)
    feed.author({"name": "Bidkeeper"})
    feed.link(href=feed_url, rel="self")
    feed.link(href=public_url, rel="alternate")
    feed.updated(max((one.date for one in ordered), default=updated))
    for one in ordered:
        entry = feed.add_entry(order="append")
        entry.id(_identity(f"{feed_url.partition('?')[0]}#{one.release_id}"))
        entry.title(_plain(_title(one, language)))
        entry.link(href=tender_url(public_url, one.ocid))
        entry.updated(one.date)
        entry.published(one.date)
        entry.summary(_plain(_summary(one, language)))
    return bytes(feed.atom_str(pretty=True))


def json_feed(news: Iterable[News], *, title: str, feed_url: str, public_url: str, language: str = "en") -> str:
    """A JSON Feed document."""
    document: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": one_line(title),
        "home_page_url": public_url,
        "feed_url": feed_url,
        "language": language,
        "items": [
            {
                "id": _identity(f"{feed_url.partition('?')[0]}#{one.release_id}"),
                "url": tender_url(public_url, one.ocid),
                "title": _title(one, language),
                "content_text": _summary(one, language),
                "date_published": one.date.isoformat(),
                "tags": list(one.programs),
                "_ocds": {"ocid": one.ocid, "tag": one.tag.value, "release": one.release_id},
            }
            for one in _newest_first(news)
        ],
    }
    return json.dumps(document, ensure_ascii=False)


def _newest_first(news: Iterable[News]) -> Sequence[News]:
    return sorted(news, key=lambda one: (one.date, one.release_id), reverse=True)


def _title(news: News, language: str) -> str:
    return one_line(f"{headline(news, language)}: {' '.join(filter(None, (news.number, news.title)))}")


def _summary(news: News, language: str) -> str:
    say = translator(language)
    lines = [one_line(news.buyer)] if news.buyer else []
    lines.append(f"{say('Closes')}: {one_line(closing(news, language))}")
    lines += [f"{step.name}: {one_line(step.old)} → {one_line(step.new)}" for step in steps(news, language)]
    return "\n".join(lines)


def _identity(address: str) -> str:
    return uuid5(NAMESPACE_URL, address).urn


def _plain(text: str) -> str:
    """Text that XML can carry: the few code points it has no way to write are left out."""
    return "".join(letter for letter in text if letter == "\n" or (letter >= " " and letter not in "\ufffe\uffff"))
