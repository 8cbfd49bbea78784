"""bids&tenders: the search answer, the tenant's home page, a detail page, and the conversation between them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import TenderStatus
from crawler.items import EmptyAnswer, LayoutChanged, Page, Refused
from crawler.spiders import read
from crawler.spiders.bids_and_tenders import keys, split
from tests.crawler.reading import bare, by_id, converse, sample, trouble

TENANT = bare("bids-and-tenders")
SEARCH = "bids-and-tenders/search.json"


def native(n: int) -> str:
    return f"00000000-0000-4000-8000-{n:012d}"


def test_number_and_title_stand_apart_and_entities_are_decoded() -> None:
    found = by_id(sample(SEARCH), TENANT)
    assert (found[native(1)].number, found[native(1)].title) == ("26-014", "Snow Clearing & Sanding")
    assert (found[native(2)].number, found[native(2)].title) == ("RFP - 2026-031", "Clinic Flooring - Phase 2")


@pytest.mark.parametrize(
    ("n", "closes"),
    [
        (1, "2026-10-08T14:00:00-07:00"),
        (2, "2026-11-09T11:30:00-08:00"),
        (3, "2026-10-09T14:00:59-04:00"),
        (4, "2026-12-02T13:00:00-03:30"),
        (5, "2026-10-07T15:00:00-04:00"),
    ],
)
def test_closing_is_the_printed_time_under_its_label(n: int, closes: str) -> None:
    assert by_id(sample(SEARCH), TENANT)[native(n)].to_json()["closes"] == closes


def test_the_year_9999_is_no_closing_and_a_time_without_label_is_placed_only_by_the_source() -> None:
    found = by_id(sample(SEARCH), TENANT)
    assert found[native(6)].closes is None
    assert (found[native(7)].closes, found[native(7)].closes_text) == (None, "Wed Oct 7, 2026 3:00 PM")
    zoned = by_id(sample(SEARCH), bare("bids-and-tenders", zone="America/Regina"))
    assert zoned[native(7)].to_json()["closes"] == "2026-10-07T15:00:00-06:00"


def test_the_label_belongs_to_the_closing_and_publication_keeps_its_own_offset() -> None:
    found = by_id(sample(SEARCH), TENANT)
    assert found[native(2)].to_json()["published"] == "2026-09-01T10:00:00-07:00"  # closing is in PST, September is not
    assert found[native(6)].to_json()["published"] == "2026-09-01T10:00:00-04:00"  # EST is Toronto's winter


def test_counts_status_and_address_are_read() -> None:
    found = by_id(sample(SEARCH, url="https://sampleville.bidsandtenders.ca/Module/Tenders/en/Tender/Search/1"), TENANT)
    assert (found[native(1)].addenda, found[native(1)].documents, found[native(1)].amendments) == (2, 4, None)
    assert found[native(6)].status is TenderStatus.PLANNED
    assert found[native(1)].url == f"https://sampleville.bidsandtenders.ca/Module/Tenders/en/Tender/Detail/{native(1)}"


@pytest.mark.parametrize(
    ("title", "number", "name"),
    [
        ("4318 - Filling Station", "4318", "Filling Station"),
        ("2026 - 15 - Gravel", "2026 - 15", "Gravel"),
        ("RFP - 2026-031 - Flooring", "RFP - 2026-031", "Flooring"),
        ("26-05 - RFT - Culverts - North", "26-05 - RFT", "Culverts - North"),
        ("26-05 - Roads - Phase 2", "26-05", "Roads - Phase 2"),
        ("26-05 - Phase 2", "26-05", "Phase 2"),
        ("Q26-1 \N{EN DASH} Paint", "Q26-1", "Paint"),
        ("Well-being study", None, "Well-being study"),
    ],
)
def test_a_number_may_hold_the_separator_and_a_title_may_too(title: str, number: str | None, name: str) -> None:
    assert split(title) == (number, name)


@given(st.integers(min_value=0))
def test_a_cut_answer_is_trouble_and_never_fewer_postings(at: int) -> None:
    body = sample(SEARCH).body
    assert trouble(Page(body[: at % len(body)]), TENANT)


def renamed(old: str, new: str) -> Page:
    return Page(sample(SEARCH).body.replace(f'"{old}"'.encode(), f'"{new}"'.encode()))


@pytest.mark.parametrize("key", ["data", "Id", "Title", "DateClosingDisplay"])
def test_a_renamed_key_is_a_changed_layout(key: str) -> None:
    with pytest.raises(LayoutChanged):
        read(renamed(key, "Renamed"), TENANT)


def test_error_page_challenge_and_refusal_are_told_apart() -> None:
    assert isinstance(trouble(Page(b"<html><head><title>Runtime Error</title></head><body/></html>"), TENANT), LayoutChanged)
    challenge = b"<html><title>Just a moment...</title><script>cf</script></html>"
    assert isinstance(trouble(Page(challenge), TENANT), Refused)
    assert isinstance(trouble(Page(b"{}", status=403), TENANT), Refused)
    assert isinstance(trouble(Page(b"  "), TENANT), EmptyAnswer)


def test_a_total_of_zero_says_that_nothing_is_open_and_rows_without_total_do_not() -> None:
    assert read(Page(b'{"success":true,"data":[],"total":0}'), TENANT).says_none
    with pytest.raises(EmptyAnswer):
        read(Page(b'{"success":true,"data":[]}'), TENANT)


def test_home_page_gives_node_and_the_token_of_the_search_form() -> None:
    home = sample("bids-and-tenders/home.html")
    assert keys(home) == ("11111111-2222-4333-8444-555555555555", "of-the-search-form")
    with pytest.raises(EmptyAnswer, match="home page"):
        read(home, TENANT)


def test_a_home_page_without_its_token_is_a_changed_layout() -> None:
    with pytest.raises(LayoutChanged):
        keys(Page(sample("bids-and-tenders/home.html").body.replace(b"__RequestVerificationToken", b"other")))


def test_detail_page_is_one_posting_with_the_listing_id() -> None:
    listing = read(sample("bids-and-tenders/detail.html"), TENANT)
    (posting,) = listing.postings
    assert (posting.id, posting.number, posting.title) == (native(1), "26-014", "Snow Clearing & Sanding")
    assert posting.to_json()["closes"] == "2026-10-08T14:00:00-07:00"
    assert posting.type == "Request for Proposal"


def paged(rows: list[dict[str, Any]], size: int, total: int) -> dict[str, Page]:
    root = "https://t.bidsandtenders.ca/Module/Tenders/en"
    network = {root: sample("bids-and-tenders/home.html", url=root)}
    search = f"{root}/Tender/Search/11111111-2222-4333-8444-555555555555"
    for start in range(0, len(rows) + 1, size):
        body = json.dumps({"success": True, "data": rows[start : start + size], "total": total}).encode()
        network[f"{search}?status=Open&limit=100&start={start}&dir=ASC&from=&to=&sort=DateClosing%20ASC,Id"] = Page(body)
    return network


def test_the_visit_takes_the_token_and_pages_until_the_total() -> None:
    rows = json.loads(sample(SEARCH).body)["data"]
    asked, listed = converse(bare("bids-and-tenders", address="https://t.bidsandtenders.ca"), paged(rows, 3, 7))
    assert [listing.rows for listing in listed] == [3, 3, 1]
    assert all(ask.form == {"__RequestVerificationToken": "of-the-search-form"} for ask in asked[1:])


def test_a_listing_shorter_than_its_own_total_is_trouble() -> None:
    rows = json.loads(sample(SEARCH).body)["data"]
    with pytest.raises(LayoutChanged, match="says it has 9 rows and showed 7"):
        converse(bare("bids-and-tenders", address="https://t.bidsandtenders.ca"), paged(rows, 7, 9))


@pytest.mark.captures
def test_a_tenant_in_nanaimo_reads_field_by_field(captures: Path) -> None:
    listing = read(Page((captures / "bidsandtenders/nanaimo-Open.json").read_bytes()), TENANT)
    assert (listing.rows, listing.total, len(listing.postings)) == (7, 7, 7)
    first, last = listing.postings[0].to_json(), listing.postings[-1].to_json()
    assert (first["number"], first["addenda"], first["closes"]) == ("4318", 1, "2026-10-07T15:00:00-07:00")
    assert (last["title"], last["closes"]) == ("Water Meter Replacement Strategy", "2026-11-03T15:00:00-08:00")
