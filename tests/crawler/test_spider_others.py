"""The platforms beside the first four, each on a sample in its own shape, and what holds for all of them when an answer is cut."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import TenderStatus
from crawler.items import EmptyAnswer, LayoutChanged, Page, Refused
from crawler.sources import SourceConfig
from crawler.spiders import PLATFORMS, UnknownPlatform, portal, read, read_by_any
from crawler.spiders.ocds import merged
from crawler.spiders.portal import Portal
from tests.crawler.reading import NOW, bare, by_id, converse, sample, trouble

SAMPLES = {
    "bids-and-tenders": "bids-and-tenders/search.json",
    "canadabuys-search": "canadabuys-search/results.html",
    "bcbid": "bcbid/grid.html",
    "bonfire": "bonfire/open.json",
    "ocds": "ocds/package.json",
    "feed": "feed/notices.rss",
    "sam-gov": "sam-gov/search.json",
    "ted": "ted/search.json",
    "merx": "merx/list.html",
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_is_a_portal_whose_docstring_tells_its_zone_and_traps(platform: str) -> None:
    module = __import__(PLATFORMS[platform], fromlist=["portal"])
    assert isinstance(portal(platform), Portal)
    assert "rap" in module.__doc__
    assert "one" in module.__doc__


def test_an_unknown_platform_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownPlatform, match="bids-and-tenders, canadabuys-csv, html-list, csv-dataset"):
        read(Page(b""), bare("gopher"))


@given(platform=st.sampled_from(sorted(SAMPLES)), at=st.integers(min_value=0))
def test_an_answer_cut_anywhere_is_trouble_and_never_a_shorter_list(platform: str, at: int) -> None:
    body = sample(SAMPLES[platform]).body.rstrip()
    end = body.rfind(b"</html>") if b"</html>" in body else len(body) - 1
    assert trouble(Page(body[: at % end]), bare(platform))


@pytest.mark.parametrize("platform", [*SAMPLES, "canadabuys-csv"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            b"<html><head><title>Server Error</title></head><body><h1>Server Error in '/' Application.</h1></body></html>",
            LayoutChanged,
        ),
        (b"<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>", Refused),
        (b"<html><head><title>Human?</title></head><body><div class='g-recaptcha'></div></body></html>", Refused),
        (b"", EmptyAnswer),
        (b"\x89PNG\r\n\x1a\n\x00\x00", LayoutChanged),
        (b"[]", None),
        (b"{}", None),
        (b"null", None),
    ],
)
def test_what_is_no_answer_of_the_platform_is_told_in_a_sentence(
    platform: str, body: bytes, kind: type[Exception] | None
) -> None:
    error = trouble(Page(body), bare(platform))
    assert error is not None
    assert kind is None or isinstance(error, kind)
    assert len(str(error)) > 20
    assert "\n" not in str(error)


@given(platform=st.sampled_from([*sorted(SAMPLES), "canadabuys-csv"]), body=st.binary(max_size=200))
def test_no_bytes_break_a_reader(platform: str, body: bytes) -> None:
    trouble(Page(body), bare(platform))


@given(platform=st.sampled_from(sorted(SAMPLES)), at=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_one_wrong_byte_breaks_no_reader(platform: str, at: int, byte: int) -> None:
    body = bytearray(sample(SAMPLES[platform]).body)
    body[at % len(body)] = byte
    trouble(Page(bytes(body)), bare(platform))


@given(platform=st.sampled_from(["bids-and-tenders", "bonfire", "ocds", "sam-gov", "ted"]), data=st.data())
def test_a_value_of_another_kind_breaks_no_reader(platform: str, data: st.DataObject) -> None:
    body = sample(SAMPLES[platform]).body
    values = list(re.finditer(rb'("(?:[^"\\\\]|\\\\.)*"|\d+|null|true)(?=\s*[,\]}])', body))
    for _ in range(2):
        value = data.draw(st.sampled_from(values))
        other = data.draw(st.sampled_from([b"null", b"[]", b"{}", b'""', b"0", b"true", b"1e999", b'"http://["', b"[null]"]))
        trouble(Page(body[: value.start()] + other + body[value.end() :]), bare(platform))


# CanadaBuys search


def test_search_columns_are_known_by_class_and_notices_by_their_link() -> None:
    page = sample("canadabuys-search/results.html", url="https://canadabuys.canada.ca/en/tender-opportunities?words=x")
    listing = read(page, bare("canadabuys-search"))
    assert listing.postings[0].to_json() == {
        "id": "bc048-2026",
        "number": None,
        "title": "Rehabilitation & recovery services",
        "status": "open",
        "buyer": "Example Compensation Board",
        "published": "2026-09-01T00:00:00-05:00",
        "closes": "2026-10-15T23:59:59-05:00",
        "closes_text": "2026/10/15",
        "url": "https://canadabuys.canada.ca/en/tender-opportunities/tender-notice/bc048-2026",
        "amendments": None,
        "addenda": None,
        "documents": None,
    }
    assert listing.next_url == "https://canadabuys.canada.ca/en/tender-opportunities?words=x&page=%2C1%2C0%2C0"


def test_search_that_finds_nothing_says_so() -> None:
    body = b'<html><span class="search-total-count">0</span><div class="no-results-blurb">No results found.</div></html>'
    assert read(Page(body), bare("canadabuys-search")).says_none


# BC Bid


def test_grid_columns_are_matched_by_meaning_in_any_order() -> None:
    grid = sample("bcbid/grid.html")
    first = by_id(grid, bare("bcbid"))["900001"]
    assert (first.number, first.title, first.buyer) == ("048-2026", "Occupational Rehabilitation Services", "Example Board")
    assert first.to_json()["closes"] == "2026-11-05T16:00:00-08:00"
    assert (first.amendments, first.type, first.extra) == (2, "Request for Proposal (BPS)", {"commodities": "Health Therapy"})
    older = Page(grid.body.replace(b"<br>and Time<br>(Pacific Time) ", b""))
    assert by_id(older, bare("bcbid"))["900001"].closes == first.closes
    assert by_id(grid, bare("bcbid"))["900002"].status is TenderStatus.CLOSED


@pytest.mark.parametrize("said", ["No results found.", "No records available", "No opportunities match"])
def test_a_grid_that_says_it_holds_nothing_is_believed_and_one_that_does_not_is_not(said: str) -> None:
    grid = re.sub(rb"<tbody>.*</tbody>", b"<tbody>%b</tbody>", sample("bcbid/grid.html").body, flags=re.DOTALL)
    row = f'<tr><td colspan="13">{said}</td></tr>'.encode()
    assert read(Page(grid % row), bare("bcbid")).says_none
    assert isinstance(trouble(Page(grid % b""), bare("bcbid")), EmptyAnswer)
    assert isinstance(trouble(Page(grid % b"<tr><td>Loading</td></tr>"), bare("bcbid")), LayoutChanged)


def test_grid_without_a_meant_column_is_a_changed_layout() -> None:
    with pytest.raises(LayoutChanged, match='"closes" is gone'):
        read(Page(sample("bcbid/grid.html").body.replace(b"Closing Date", b"Zzz")), bare("bcbid"))


def test_opportunity_page_is_read_without_the_leftovers_of_its_form() -> None:
    url = "https://www.bcbid.gov.bc.ca/page.aspx/en/bpm/process_manage_extranet/900001"
    posting = by_id(sample("bcbid/opportunity.html", url=url), bare("bcbid"))["900001"]
    assert (posting.number, posting.title, posting.type) == (
        "048-2026",
        "Occupational Rehabilitation Services",
        "Invitation to Quote",
    )
    assert (posting.addenda, posting.documents, posting.description) == (1, 1, "Services for workers.")
    assert posting.files[0].url.endswith("/fil/download_public/p1")
    assert posting.to_json()["closes"] == "2026-11-05T16:00:00-08:00"


def test_browser_check_is_recognised_and_never_bypassed() -> None:
    with pytest.raises(Refused, match="check for people"):
        read(sample("bcbid/browser-check.html"), bare("bcbid"))
    with pytest.raises(Refused, match="bidkeeper import bcbid"):
        next(portal("bcbid").visit(bare("bcbid", address="https://www.bcbid.gov.bc.ca/"), now=NOW))


def test_forwarded_mail_names_its_opportunities() -> None:
    found = by_id(sample("bcbid/notification.eml"), bare("bcbid"))
    assert set(found) == {"900001", "900003"}
    assert read(sample("bcbid/notification.eml"), bare("bcbid")).announces
    assert (found["900001"].number, found["900001"].title) == ("048-2026", "Occupational Rehabilitation Services")
    assert found["900001"].to_json()["closes"] == "2026-11-05T16:00:00-08:00"
    assert (found["900003"].title, found["900003"].closes) == ("Boilers & pumps", None)
    with pytest.raises(EmptyAnswer):
        read(Page(b"From: a@b.example\nSubject: Hello\n\nNothing here.\n"), bare("bcbid"))


def test_a_mail_attached_to_another_is_read_and_an_unknown_character_set_breaks_nothing() -> None:
    outer = b"From: a@b.example\nSubject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
    inner = sample("bcbid/notification.eml").body.replace(b"charset=utf-8", b"charset=klingon")
    page = Page(
        outer + b"--x\nContent-Type: text/plain\n\nsee below\n--x\nContent-Type: message/rfc822\n\n" + inner + b"\n--x--\n"
    )
    assert set(by_id(page, bare("bcbid"))) == {"900001", "900003"}


# Bonfire


def test_bonfire_closes_in_utc_and_an_empty_collection_is_a_list() -> None:
    source = bare("bonfire", address="https://example.bonfirehub.com")
    posting = by_id(sample("bonfire/open.json"), source)["500"]
    assert (posting.number, posting.to_json()["closes"]) == ("EX-26-1", "2026-10-29T21:00:00+00:00")
    assert (posting.url, posting.extra) == ("https://example.bonfirehub.com/opportunities/500", {"department": "Facilities"})
    assert read(Page(b'{"success":1,"payload":{"projects":[],"departments":[]}}'), source).says_none
    with pytest.raises(LayoutChanged):
        read(Page(b'{"success":1,"payload":{}}'), source)
    ((asked,), _) = converse(
        source, {"https://example.bonfirehub.com/PublicPortal/getOpenPublicOpportunitiesSectionData": sample("bonfire/open.json")}
    )
    assert asked.method == "GET"


# OCDS


@pytest.mark.parametrize("name", ["ocds/package.json", "ocds/releases.jsonl"])
def test_releases_of_one_process_are_merged_in_the_order_of_their_dates(name: str) -> None:
    posting = by_id(sample(name), bare("ocds"))["ocds-x1-1"]
    assert posting.to_json() == {
        "id": "ocds-x1-1",
        "number": "T-1",
        "title": "Cycle lanes",
        "status": "awarded",
        "buyer": "Example Borough",
        "published": "2026-09-01T09:00:00+00:00",
        "closes": "2026-10-08T18:00:00+01:00",
        "closes_text": "2026-10-08T18:00:00+01:00",
        "url": "https://p.example/1.html",
        "amendments": 1,
        "addenda": None,
        "documents": 2,
    }
    assert (posting.supplier, posting.value) == ("AnyCorp", "11 GBP")


def test_records_are_read_compiled_versioned_or_release_by_release() -> None:
    found = by_id(sample("ocds/records.json"), bare("ocds"))
    assert found["ocds-x1-1"].status is TenderStatus.OPEN
    assert (found["ocds-x1-3"].title, found["ocds-x1-3"].status) == ("New", TenderStatus.CANCELLED)
    assert found["ocds-x1-4"].amendments == 1


def test_packages_are_followed_until_one_is_empty() -> None:
    first, second = (
        "https://p.example/pkg?since=2026-09-13T12:00:00Z&until=2026-09-15T12:00:00Z",
        "https://p.example/pkg?cursor=2",
    )
    source = bare("ocds", address="https://p.example/pkg?since={from}&until={to}")
    network = {
        first: sample("ocds/package.json", url=first),
        second: Page(b'{"releases":[],"links":{"next":"/pkg?cursor=2"}}', url=second),
    }
    asked, listed = converse(source, network)
    assert ([ask.url for ask in asked], [listing.rows for listing in listed]) == ([first, second], [2])


@given(st.permutations(range(3)))
def test_the_order_in_which_releases_come_changes_nothing(order: list[int]) -> None:
    releases: list[dict[str, Any]] = [
        {
            "id": str(n),
            "date": f"2026-09-0{n + 1}",
            "tag": [f"t{n}"],
            "tender": {"title": f"v{n}", "list": [{"id": n % 2, "v": n}]},
        }
        for n in range(3)
    ]
    assert merged([releases[at] for at in order]) == merged(releases)
    assert merged(releases)["tender"] == {"title": "v2", "list": [{"id": 0, "v": 2}, {"id": 1, "v": 1}]}


def test_a_null_takes_a_field_away() -> None:
    assert merged([{"date": "1", "tender": {"a": 1, "b": 2}}, {"date": "2", "tender": {"a": None}}])["tender"] == {"b": 2}


# feeds


def test_an_item_that_changed_is_the_same_posting_and_its_newest_word_counts() -> None:
    options = {"number": r"\(([A-Z]+-[\d/]+)\)", "closes": r"Closing date: ([^<]+)"}
    found = by_id(sample("feed/notices.rss", url="https://feeds.example/rss"), bare("feed", options=options))
    assert set(found) == {"notice:14", "https://feeds.example/notice/15"}
    assert (found["notice:14"].title, found["notice:14"].number) == ("Clinic flooring, amended (EX-26/014)", "EX-26/014")
    assert found["notice:14"].to_json()["closes"] == "2026-10-22T14:00:00-04:00"
    assert found["notice:14"].to_json()["published"] == "2026-09-10T10:00:00-04:00"
    assert found["https://feeds.example/notice/15"].to_json()["published"] == "2026-09-02T08:00:00-07:00"


def test_atom_is_read_alike() -> None:
    posting = by_id(sample("feed/notices.atom"), bare("feed"))["tag:feeds.example,2026:7"]
    assert (posting.title, posting.url, posting.description) == (
        "Boilers & pumps",
        "https://feeds.example/notice/7",
        "Two boilers.",
    )


def test_a_feed_without_items_is_an_empty_answer_and_never_all_closed() -> None:
    with pytest.raises(EmptyAnswer):
        read(Page(b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>'), bare("feed"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_feed_that_brings_entities_of_its_own_gets_none_resolved(tmp_path: Path, encoding: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("do not tell", "utf-8")
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY l "lol">]>'
        "<rss><channel><item><title>A &x; &l; title</title><link>https://a.example/1</link></item></channel></rss>"
    )
    page = Page(text.encode(encoding))
    if trouble(page, bare("feed")) is None:
        assert all("do not tell" not in posting.title for posting in read(page, bare("feed")).postings)
    else:
        assert isinstance(trouble(page, bare("feed")), LayoutChanged)


# SAM.gov, TED, MERX


def test_sam_gov_reads_and_pages_with_the_key_in_a_header_alone(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k3y\n", "utf-8")
    source = bare("sam-gov", address="https://api.sam.gov/opportunities/v2/search", options={"api_key_file": str(key)})
    asked, listed = converse(source, {"https://api.sam.gov/opportunities/v2/search": sample("sam-gov/search.json")})
    assert "postedFrom=08%2F16%2F2026&postedTo=09%2F15%2F2026" in asked[0].url
    assert (asked[0].headers, "k3y" in asked[0].url, len(asked)) == ({"X-Api-Key": "k3y"}, False, 1)
    first, second = listed[0].postings
    assert (first.number, first.to_json()["closes"], first.documents) == ("36C-26-R-1", "2026-10-15T14:00:00-04:00", 2)
    assert (second.status, second.url, second.documents) == (TenderStatus.AWARDED, None, None)


def test_sam_gov_without_a_key_says_what_to_do() -> None:
    with pytest.raises(Refused, match=r"options\.api_key_file"):
        next(portal("sam-gov").visit(bare("sam-gov"), now=NOW))


def test_ted_takes_the_earliest_deadline_of_any_lot_and_stops_at_the_total() -> None:
    source = bare("ted", address="https://api.ted.europa.eu/v3/notices/search", options={"query": "buyer-country = IRL"})
    asked, listed = converse(source, {source.address: sample("ted/search.json")})
    assert len(asked) == 1
    assert asked[0].json is not None
    first, second = listed[0].postings
    assert (first.title, first.buyer, first.to_json()["closes"]) == (
        "Physiotherapy",
        "Hôpital Exemple",
        "2026-10-09T17:30:00+02:00",
    )
    assert (second.title, second.status, second.closes) == ("Betten", TenderStatus.AWARDED, None)
    with pytest.raises(Refused, match=r"options\.query"):
        next(portal("ted").visit(bare("ted"), now=NOW))


def test_merx_rows_are_read_in_either_generation_of_its_markup() -> None:
    source = bare("merx", address="https://www.merx.com/public/solicitations/open", zone="America/Toronto")
    found = by_id(sample("merx/list.html"), source)
    assert (found["7000001"].title, found["7000001"].buyer) == ("Therapy equipment", "Example Library")
    assert found["7000001"].to_json()["closes"] == "2026-10-09T23:59:59-04:00"
    assert (found["7000002"].number, found["7000002"].closes_text) == ("EX-2", "2026/12/09")
    visible = b'<html><table><tr class="mets-table-row-empty visible"><td>No results</td></tr></table></html>'
    assert read(Page(visible), source).says_none
    with pytest.raises(LayoutChanged):
        read(Page(visible.replace(b" visible", b"")), source)


# whose file it is


def test_a_saved_file_is_read_by_the_first_source_that_fits() -> None:
    def source(name: str, column: str) -> SourceConfig:
        return SourceConfig(name=name, platform="csv-dataset", enabled=False, options={"columns": {"id": "no", "title": column}})

    page = Page(b"no,what\n1,Paint\n")
    listing, whose = read_by_any(page, [source("other", "thing"), source("this", "what")])
    assert (whose.name, listing.rows) == ("this", 1)
    with pytest.raises(LayoutChanged, match='"thing" is gone'):
        read_by_any(page, [source("other", "thing"), source("third", "else")])


@pytest.mark.captures
@pytest.mark.parametrize(
    ("platform", "path", "rows", "known"),
    [
        (
            "canadabuys-search",
            "canadabuys/synthetic_canadabuys_search_page.html",
            5,
            {"id": "pw-23-00999111", "closes_text": "2026/04/15"},
        ),
        ("bcbid", "bcbid/public-grid-2026-09.html", 6, {"id": "233860", "closes": "2026-10-09T16:00:00-07:00", "amendments": 0}),
        ("bcbid", "bcbid/synthetic_listing_page1.html", 2, {"id": "226320", "number": "BC-2026-0001", "amendments": 1}),
        ("bcbid", "bcbid/synthetic_detail_with-noise.html", 1, {"number": "BC-2026-0099", "closes": "2026-03-17T14:00:00-07:00"}),
        ("bonfire", "bonfire/utah_open.json", 1, {"id": "236984", "number": "NS26-142", "closes": "2026-05-29T16:00:00+00:00"}),
        (
            "feed",
            "rss/buyandsell_2023-08_feed_250items.rss",
            250,
            {"id": "event:219530", "published": "2023-08-01T13:36:14+00:00"},
        ),
        ("ocds", "ocds/releases_2025-01_to_03_201.jsonl", 190, {"number": "MRTN001-DN756786-01185010", "status": "awarded"}),
        ("ocds", "ocds/search_2025-01-23_100releases.json", 94, {"title": "Parking Pilot - CEO"}),
        ("ocds", "ocds/ukraine_record_with_versions.json", 1, {"id": "ocds-be6bcu-UA-2017-04-12-001619-b", "status": "awarded"}),
    ],
)
def test_real_answers_read_field_by_field(captures: Path, platform: str, path: str, rows: int, known: dict[str, Any]) -> None:
    listing = read(Page((captures / path).read_bytes()), bare(platform))
    assert (listing.rows, len(listing.postings)) == (rows, rows)
    first = listing.postings[0].to_json()
    assert {key: first[key] for key in known} == known
