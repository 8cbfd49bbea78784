"""A page of repeated rows, read with the selectors that its source names."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import TenderStatus
from crawler.items import EmptyAnswer, LayoutChanged, Page, Refused
from crawler.spiders import read
from tests.crawler.reading import bare, by_id, converse, sample, trouble

FIELDS = {
    "number": "td:nth-child(1)",
    "title": "td:nth-child(2)",
    "url": "td a::attr(href)",
    "closes": "td:nth-child(3)",
    "status": "./td[4]",
}
ADDRESS = "https://bids.example.org/list"


def source(**options: Any) -> Any:
    known = {
        "rows": "table.bids tr",
        "fields": FIELDS,
        "next": "a.next::attr(href)",
        "total": "b.total",
        "none": "No opportunities",
    }
    return bare("html-list", address=ADDRESS, zone="America/Vancouver", buyer="WorkSafeBC", options={**known, **options})


def test_rows_read_by_css_and_xpath() -> None:
    first = by_id(sample("html-list/page1.html", url=ADDRESS), source())["/bids/48"]
    assert first.to_json() == {
        "id": "/bids/48",
        "number": "048-2026",
        "title": "Occupational Rehabilitation & Recovery",
        "status": "open",
        "buyer": "WorkSafeBC",
        "published": None,
        "closes": "2026-10-15T14:00:00-07:00",
        "closes_text": "before 2:00 PM Pacific Time, October 15, 2026",
        "url": "https://bids.example.org/bids/48",
        "amendments": None,
        "addenda": None,
        "documents": None,
    }


def test_header_rows_are_not_postings_and_next_pages_are_followed() -> None:
    network = {
        ADDRESS: sample("html-list/page1.html", url=ADDRESS),
        f"{ADDRESS}?page=2": sample("html-list/page2.html", url=f"{ADDRESS}?page=2"),
    }
    asked, listed = converse(source(), network)
    assert [ask.url for ask in asked] == [ADDRESS, f"{ADDRESS}?page=2"]
    assert [posting.number for listing in listed for posting in listing.postings] == ["048-2026", "051-2026", "052-2026"]


def test_a_link_that_a_browser_would_run_is_no_address() -> None:
    (posting,) = read(sample("html-list/page2.html", url=f"{ADDRESS}?page=2"), source()).postings
    assert (posting.url, posting.id, posting.status) == (None, "052-2026", TenderStatus.CANCELLED)
    assert (posting.to_json()["closes"], posting.closes_precision) == ("2026-12-01T23:59:59-08:00", "date")


def test_fewer_rows_than_the_page_counts_are_trouble_when_no_page_follows() -> None:
    body = sample("html-list/page1.html").body.replace(b'class="next"', b"")
    with pytest.raises(LayoutChanged, match="3 rows and show"):
        converse(source(), {ADDRESS: Page(body, url=ADDRESS)})


def test_no_rows_are_nothing_open_only_when_the_page_says_so() -> None:
    empty = b"<html><body><p>%s</p></body></html>"
    assert read(Page(empty % b"No opportunities at this time"), source()).says_none
    with pytest.raises(LayoutChanged):
        read(Page(empty % b"Welcome"), source())
    with pytest.raises(EmptyAnswer):
        read(Page(b""), source())


def test_a_check_for_people_is_a_refusal_and_an_error_page_a_changed_layout() -> None:
    assert isinstance(trouble(Page(b"<html><title>Attention Required!</title></html>"), source()), Refused)
    error = trouble(Page(b"<html><title>Server Error in '/' Application.</title></html>"), source())
    assert isinstance(error, LayoutChanged)
    assert "reports an error" in str(error)


@pytest.mark.parametrize("how", ["td:::", "//td["])
def test_a_selector_that_is_none_is_told(how: str) -> None:
    with pytest.raises(LayoutChanged, match="neither a CSS selector nor an XPath"):
        read(sample("html-list/page1.html"), source(rows=how))


@given(st.integers(min_value=0))
def test_a_page_cut_anywhere_before_its_end_is_trouble(at: int) -> None:
    body = sample("html-list/page1.html").body
    assert trouble(Page(body[: at % body.index(b"</html>")], url=ADDRESS), source())


def test_renamed_header_cells_are_a_changed_layout_where_the_source_names_them() -> None:
    with pytest.raises(LayoutChanged, match='"Closing"'):
        read(sample("html-list/page1.html"), source(header=["Number", "Closing"]))
