"""Feeds as feed readers read them."""

import json
from datetime import timedelta

import feedparser
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.vocabulary import Change, ReleaseTag
from notifier.feeds import atom, json_feed
from notifier.news import News
from tests.notifier.factories import NOW, news

WHERE = {
    "title": "program:OR2",
    "feed_url": "https://bids.clinic.example/feeds/1.atom",
    "public_url": "https://bids.clinic.example",
}
later = news(
    release_id="r2",
    date=NOW + timedelta(hours=1),
    tag=ReleaseTag.TENDER_AMENDMENT,
    changes=(Change("title", "Old <b>", "New & improved"),),
)


def read(*posted: News) -> feedparser.FeedParserDict:
    return feedparser.parse(atom(posted, updated=NOW, **WHERE))


def test_a_reader_sees_each_release_once_newest_first() -> None:
    feed = read(news(), later)
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == [
        "Amended: 048-2026 Occupational Rehabilitation Services",
        "New: 048-2026 Occupational Rehabilitation Services",
    ]
    assert len({entry.id for entry in feed.entries}) == 2
    assert feed.entries[0].link == "https://bids.clinic.example/tenders/ocds-bids-1"
    assert "Title: Old <b> → New & improved" in feed.entries[0].summary.replace("&lt;", "<").replace("&gt;", ">").replace(
        "&amp;", "&"
    )
    assert feed.feed.updated == "2026-11-20T19:00:00+00:00"


def test_an_entry_keeps_its_name_when_more_news_comes() -> None:
    (alone,) = read(news()).entries
    assert alone.id in {entry.id for entry in read(later, news()).entries}


def test_an_empty_feed_is_a_feed() -> None:
    feed = read()
    assert (feed.bozo, feed.entries, feed.feed.title) == (False, [], "program:OR2")


def test_the_json_feed_says_the_same() -> None:
    feed = json.loads(json_feed([news(), later], **WHERE))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["_ocds"]["release"] for item in feed["items"]] == ["r2", "bids-1:2026-11-20"]
    assert [item["id"] for item in feed["items"]] == [entry.id for entry in read(news(), later).entries]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_title_makes_a_well_formed_feed(title: str) -> None:
    feed = read(news(title=title, buyer=title))
    assert not feed.bozo
    assert len(feed.entries) == 1
