"""The list of tenders and the page of one."""

from contextvars import copy_context
from datetime import timedelta

import pytest

from api.database import Database
from api.languages import speak
from api.pages import tenders as page_list
from api.pages.tender_rows import Listed, line
from contracts.vocabulary import ReleaseTag, TenderStatus
from crawler import reading
from crawler.filters import Filters
from tests.api.service import HTML, NOW, TestClient, add_release, add_tender

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def test_the_list_shows_what_is_open_and_leaves_out_what_has_closed(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, number="001-2026", title="Open one")
        add_tender(session, number="002-2026", title="Closed one", status=TenderStatus.CLOSED)
        add_tender(session, number="003-2026", title="Ran out", closes_at=NOW - timedelta(hours=1))
    page = web.get("/tenders", headers=HTML).text
    assert "Open one" in page
    assert "Closed one" not in page
    assert "Ran out" not in page
    assert "Closed one" in web.get("/tenders?status=all").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("text=hand+THERAPY", {"Hand therapy"}),
        ("text=002-2026", {"Hand therapy"}),
        ("text=%25", set()),  # a per cent sign is itself, not a wild card
        ("program=or2", {"Work conditioning"}),
        ("program=or", set()),
        ("source=other", {"Hand therapy"}),
        ("within=3", {"Hand therapy"}),
        ("within=7", {"Hand therapy", "Work conditioning"}),
        ("status=awarded", {"Community care"}),
        ("status=nonsense", {"Hand therapy", "Work conditioning"}),
    ],
)
def test_each_filter_narrows_the_list(web: TestClient, stored: Database, query: str, found: set[str]) -> None:
    with stored.write() as session:
        add_tender(session, number="001-2026", title="Work conditioning", programs=["or2"])
        add_tender(session, number="002-2026", title="Hand therapy", source="other", closes_at=NOW + timedelta(days=2))
        add_tender(session, number="003-2026", title="Community care", status=TenderStatus.AWARDED)
    page = web.get(f"/tenders?{query}").text
    assert {title for title in ("Work conditioning", "Hand therapy", "Community care") if title in page} == found


def test_the_soonest_closing_stands_first_and_the_undated_last(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, number="1", title="Undated", closes_at=None, closes_text="2:00 PM")
        add_tender(session, number="2", title="Later", closes_at=NOW + timedelta(days=30))
        add_tender(session, number="3", title="Sooner", closes_at=NOW + timedelta(days=3))
    page = web.get("/tenders").text
    assert page.index("Sooner") < page.index("Later") < page.index("Undated")


def test_a_long_list_is_paged_and_a_page_beyond_the_end_is_the_last(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        for number in range(60):
            add_tender(
                session, number=f"n{number:03}", title=f"Tender {number:03}", closes_at=NOW + timedelta(days=1, minutes=number)
            )
    first = web.get("/tenders").text
    assert "Page 1 of 2" in first
    assert 'href="/tenders?page=2"' in first
    assert "Tender 050" not in first
    assert "Tender 059" in web.get("/tenders?page=2").text
    assert "Page 2 of 2" in web.get("/tenders?page=99").text
    assert "Page 1 of 2" in web.get("/tenders?page=-1").text


def test_a_list_of_very_many_is_counted_no_further_and_still_ends_on_its_last_page(
    web: TestClient, stored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_list, "MANY", 10)
    with stored.write() as session:
        for number in range(60):
            add_tender(session, number=f"n{number:03}", title=f"Tender {number:03}", closes_at=NOW + timedelta(days=number + 1))
    first = web.get("/tenders").text
    assert "More than 10 tenders" in first
    assert '<span>Page 1</span>\n<a class="button secondary" rel="next" href="/tenders?page=2"' in first
    assert "Open (60)" in web.get("/tenders?counts=yes").text
    last = web.get("/tenders?page=99").text
    assert "<span>Page 2</span>" in last
    assert "Tender 059" in last


def test_a_line_says_what_its_hour_and_its_language_want(stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, closes_at=NOW + timedelta(hours=3))
        (row,) = reading.tender_slice(session, Filters(), now=NOW, columns=Listed._fields)
    said = [line(Listed._make(row), NOW + timedelta(hours=hours)) for hours in (0, 1, 4)]
    assert [word in text for word, text in zip(("closes in 3 h", "closes in 2 h", "closed 1 h"), said, strict=True)] == [True] * 3
    assert line(Listed._make(row), NOW) is said[0]
    assert "clôture" in copy_context().run(lambda: (speak("fr"), line(Listed._make(row), NOW))[1])


def test_many_sources_are_typed_and_not_listed(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        for number in range(201):
            add_tender(session, number=f"n{number}", source=f"source-{number}")
    page = web.get("/tenders?source=source-7").text
    assert '<input name="source" value="source-7"' in page
    assert "1 tender<" in page


def test_an_unchanged_list_is_answered_with_304(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        tender = add_tender(session)
    tag = web.get("/tenders").headers["etag"]
    again = web.get("/tenders", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert web.get("/tenders?text=x", headers={"if-none-match": tag}).status_code == 200
    with stored.write() as session:
        add_release(session, session.merge(tender))
    assert web.get("/tenders", headers={"if-none-match": tag}).status_code == 200


def test_a_list_that_was_kept_is_neither_old_nor_in_another_language(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_release(session, add_tender(session, number="1", title="First"))
    assert "1 tender<" in web.get("/tenders").text
    assert "Filtrer et trier" in web.get("/tenders", headers={"accept-language": "fr"}).text
    with stored.write() as session:
        add_release(session, add_tender(session, number="2", title="Second"))
    page = web.get("/tenders").text
    assert "2 tenders<" in page
    assert "Second" in page


def test_what_one_asker_is_shown_beside_the_list_is_not_kept_for_the_next(web: TestClient) -> None:
    assert 'value="/tenders?n=1"' in web.get("/tenders?n=1").text
    assert 'value="/tenders?n=2"' in web.get("/tenders?n=2").text


def test_a_tender_tells_its_facts_and_its_history_old_to_new(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        tender = add_tender(session)
        changes = [{"field": "closes", "old": "2026-07-10T17:00:00+00:00", "new": "2026-07-14T17:00:00+00:00"}]
        add_release(session, tender, tag=ReleaseTag.TENDER_AMENDMENT, changes=changes)
    page = web.get(f"/tenders/{tender.ocid}").text
    assert "Tue 14 Jul 2026, 10:00 am PDT" in page
    assert "in 6 days" in page
    assert "Printed: “Tue Jul 14, 2026 10:00 AM (PDT)”" in page
    assert "<del>Fri 10 Jul 2026, 10:00 am PDT</del>" in page
    assert "<ins>Tue 14 Jul 2026, 10:00 am PDT</ins>" in page
    assert "abababababab" in page  # the evidence's digest
    assert page.index("Amended") < page.index("First seen")


def test_a_closing_time_without_a_zone_is_shown_as_printed(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        tender = add_tender(session, closes_at=None, closes_text="2:00 PM local", zone=None)
    assert "Closes “2:00 PM local”" in web.get(f"/tenders/{tender.ocid}").text


def test_a_closing_elsewhere_is_told_in_its_zone_and_in_ours(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        tender = add_tender(session, zone="America/Toronto")
    page = web.get(f"/tenders/{tender.ocid}").text
    assert "Tue 14 Jul 2026, 1:00 pm EDT" in page
    assert "That is Tue 14 Jul 2026, 10:00 am PDT in Vancouver" in page


def test_an_unknown_tender_is_a_404_page_that_says_so(web: TestClient) -> None:
    answer = web.get("/tenders/ocds-none", headers=HTML)
    assert answer.status_code == 404
    assert "No tender with this id" in answer.text


@pytest.mark.parametrize("field", ["title", "buyer", "number", "type", "description", "closes_text", "ocid"])
def test_scraped_text_stays_text(web: TestClient, stored: Database, field: str) -> None:
    with stored.write() as session:
        tender = add_tender(session, **{"ocid": "ocds-1", field: HOSTILE})
        add_release(session, tender, changes=[{"field": "title", "old": HOSTILE, "new": HOSTILE + "2"}])
    for address in ("/", "/tenders?status=all", f"/tenders/{tender.ocid}".replace("<", "%3C").replace('"', "%22")):
        page = web.get(address, headers=HTML).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_scraped_address_that_is_no_web_address_is_never_a_link(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        tender = add_tender(session, url="javascript:alert(1)", files=[{"title": "A", "url": "data:text/html,x"}])
        safe = add_tender(session, number="2", files=[{"title": "B", "url": "https://files.example/b.pdf"}])
    page = web.get(f"/tenders/{tender.ocid}").text
    assert "javascript:" not in page
    assert "data:text" not in page
    linked = web.get(f"/tenders/{safe.ocid}").text
    assert 'href="https://files.example/b.pdf" rel="noopener noreferrer external nofollow"' in linked
    assert "leads to files.example" in linked


def test_an_empty_list_says_how_it_fills(web: TestClient) -> None:
    assert "after the first look at a source" in web.get("/tenders").text
    assert "Nothing matches" in web.get("/tenders?text=zebra").text


def test_the_list_is_taken_along_as_it_is_filtered_and_a_formula_stays_text(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, number="001-2026", title="=cmd|' /C calc'!A0")
        add_tender(session, number="002-2026", title="Hand therapy")
    answer = web.get("/tenders/export/csv?text=calc")
    assert answer.headers["content-disposition"] == 'attachment; filename="tenders.csv"'
    assert "'=cmd|" in answer.text
    assert "Hand therapy" not in answer.text
    assert 'href="/tenders/export/csv?text=calc"' in web.get("/tenders?text=calc").text
    assert web.get("/tenders/export/ics").text.count("BEGIN:VEVENT") == 2
    assert web.get("/tenders/export/exe").status_code == 404


def test_one_tender_is_taken_along_for_a_calendar_and_as_ocds(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        tender = add_tender(session)
    assert "DTSTART:20260714T170000Z" in web.get(f"/tenders/{tender.ocid}/export/ics").text
    package = web.get(f"/tenders/{tender.ocid}/export/ocds").json()
    assert [release["ocid"] for release in package["releases"]] == [tender.ocid]
    assert web.get("/tenders/none/export/ics").status_code == 404
