"""From a portal's file to the people who read it: fetched where allowed, scanned, read, searched, and told when it is replaced."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from api import bid_documents, crawling, journeys
from api.crawling import House
from api.database import Database
from api.settings import Settings
from contracts.vocabulary import ReleaseTag
from crawler import evidence, files, spiders, store
from crawler.items import Look, Page
from crawler.models import Release, Tender, TenderDocument
from crawler.sources import SourceConfig
from notifier.models import Delivery
from tests.api.service import HTML, client, database
from tests.crawler.portals import Portal, answer, portal
from tests.notifier.factories import subscribed

DAY = timedelta(days=1)
PAGE = b"""<html><body><table><tr><td>1-2026</td><td>Hand therapy <a href="/one.txt">Scope</a></td><td>2027-10-01</td></tr>
<tr><td>2-2026</td><td>Paint</td><td>2027-10-01</td></tr></table></body></html>"""
OPTIONS = {
    "rows": "table tr",
    "fields": {"number": "td:nth-child(1)", "title": "td:nth-child(2)", "closes": "td:nth-child(3)"},
    "files": "a",
}


class World:
    """A portal that shows one list with one file, watched with a clock moved by hand."""

    def __init__(self, folder: Path, served: Portal, **changed: Any) -> None:
        self.served, self.now = served, datetime(2026, 9, 15, 12, tzinfo=UTC)
        self.database: Database = database(folder)
        self.settings = Settings(data=folder, allow_loopback_sources=True, operator_email="op@clinic.example", **changed)
        self.source = SourceConfig(
            name="board",
            platform="html-list",
            address=served.address + "/list",
            permission="a test",
            delay=0.0,
            zone="America/Vancouver",
            documents=True,
            options=OPTIONS,
        )

    def look(self) -> None:
        """The list is read without a process of its own, which costs a second; the file is fetched as always."""
        self.now += DAY
        listing = spiders.read(Page(PAGE, url=self.source.address), self.source)
        seen = Look("board", self.now, postings=listing.postings, rows=listing.rows)
        with self.database.write() as session:
            journeys.record(session, self.source, seen, now=self.now, operator="op@clinic.example")
        journeys.fetch_documents(self.database, [self.source], settings=self.settings, clock=lambda: self.now)

    def shows(self, body: bytes, **headers: str) -> None:
        self.served.answers = {**self.served.answers, "/one.txt": answer(body, media_type="text/plain", **headers)}

    def rows(self) -> list[TenderDocument]:
        with self.database.read() as session:
            return list(session.exec(select(TenderDocument).order_by(TenderDocument.id)))  # type: ignore[arg-type]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with portal(
        {
            "/list": answer(PAGE),
            "/one.txt": answer(b"1. Therapy of hands.\n\n2. Six weeks of treatment at the clinic.\n", media_type="text/plain"),
        }
    ) as served:
        made = World(tmp_path, served)
        yield made
        made.database.close()


def test_a_replaced_file_is_told_once_with_what_differs(world: World) -> None:
    with world.database.write() as session:
        subscribed(session, "therapy")
    world.look()
    (first,) = world.rows()
    assert (first.title, first.verdict, first.verdict_note) == ("Scope", "unscanned", "no virus scanner is set up")
    assert first.text is not None
    assert "Six weeks" in first.text
    world.look()
    assert len(world.rows()) == 1
    world.shows(b"1. Therapy of hands.\n\n2. Eight weeks of treatment at the clinic.\n")
    world.look()
    world.look()
    old, new = world.rows()
    assert (old.superseded_at is not None, new.replaces_id, new.superseded_at) == (True, old.id, None)
    with world.database.read() as session:
        (release,) = session.exec(select(Release).where(Release.news)).all()
        assert release.tag is ReleaseTag.TENDER_UPDATE
        ((change,)) = release.changes
        assert change["field"] == "document: Scope"
        assert (old.sha256 or "?")[:12] in change["old"]
        assert change["new"].endswith("1 passage changed")
        assert [one.key.split(":")[0] for one in session.exec(select(Delivery)).all()] == [release.release_id]


def test_its_text_is_searched_shown_and_compared(world: World, tmp_path: Path) -> None:
    world.look()
    world.shows(b"1. Therapy of hands.\n\n2. Eight weeks of treatment and kinesiology at the clinic.\n")
    world.look()
    web = client(world.database, tmp_path)
    assert "Hand therapy" in web.get("/tenders?text=kinesiology", headers=HTML).text
    assert "Hand therapy" not in web.get("/tenders?text=Six+weeks", headers=HTML).text
    with world.database.read() as session:
        ocid = session.exec(select(Tender.ocid).where(Tender.number == "1-2026")).one()
    _, new = world.rows()
    page = web.get(f"/tenders/{ocid}", headers=HTML).text
    assert f"/tenders/{ocid}/documents/{new.id}" in page
    assert "not scanned for viruses" in page
    shown = web.get(f"/tenders/{ocid}/documents/{new.id}", headers=HTML).text
    assert "<del>Six</del>" in shown
    assert "<ins>Eight</ins>" in shown
    file = web.get(f"/tenders/{ocid}/documents/{new.id}/file")
    assert file.content == b"1. Therapy of hands.\n\n2. Eight weeks of treatment and kinesiology at the clinic.\n"
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["content-type"] == "application/octet-stream"
    listed = web.get(f"/api/v1/tenders/{ocid}/documents").json()["items"]
    assert [(one["title"], one["scan"], one["superseded"] is None) for one in listed] == [
        ("Scope", "unscanned", True),
        ("Scope", "unscanned", False),
    ]
    text = web.get(f"/api/v1/tenders/{ocid}/documents/{new.id}/text").json()
    assert (text["difference"], "kinesiology" in text["text"]) == ("1 passage changed", True)
    for nowhere in ("documents/999", "documents/999/file", "evidence/none"):
        assert web.get(f"/tenders/{ocid}/{nowhere}").status_code == 404


def test_an_infected_file_is_taken_away_unread(tmp_path: Path) -> None:
    scanner = f"{sys.executable} -c 'import sys; print(\"Something FOUND\"); sys.exit(1)'"
    with portal({"/list": answer(PAGE), "/one.txt": answer(b"evil", media_type="text/plain")}) as served:
        world = World(tmp_path, served, document_scanner=scanner)
        house = House(world.settings, world.database, {"board": world.source}, lambda: world.now)
        assert [seen.new for seen in crawling.look_at(house, [world.source], patience=1.0)] == [2]
        (row,) = world.rows()
        assert (row.verdict, row.verdict_note, row.text) == ("infected", "Something FOUND", None)
        assert not files.whole(world.settings.archive, row.sha256 or "")
        with world.database.read() as session:
            ocid = session.get_one(Tender, row.tender_id).ocid
        web = client(world.database, tmp_path)
        assert web.get(f"/tenders/{ocid}/documents/{row.id}/file").status_code == 410
        assert "taken away" in web.get(f"/tenders/{ocid}/documents/{row.id}", headers=HTML).text
        world.database.close()


def test_a_source_that_does_not_allow_it_has_none_fetched(world: World) -> None:
    world.source = world.source.model_copy(update={"documents": False})
    world.look()
    assert world.rows() == []
    assert [path for _, path, _, _ in world.served.asked if path == "/one.txt"] == []


def test_a_file_that_cannot_be_had_is_told_on_the_page_and_asked_for_again_a_day_later(world: World) -> None:
    del world.served.answers["/one.txt"]  # type: ignore[attr-defined]
    world.look()
    (row,) = world.rows()
    assert (row.sha256, row.trouble) == (None, "the portal answered with status 404")
    world.shows(b"1. There it is.\n")
    with world.database.read() as session:
        assert store.wanted(session, world.source, now=world.now + timedelta(hours=1)) == []
    world.look()
    (row,) = world.rows()
    assert (row.trouble, row.text) == (None, "1. There it is.\n")


def test_a_file_that_cannot_be_read_is_kept_with_the_reason(world: World) -> None:
    world.shows(b"\x00\x01\x02 not text", Content_Type="application/octet-stream")
    world.look()
    (row,) = world.rows()
    assert row.text is None
    assert row.text_note
    assert files.whole(world.settings.archive, row.sha256 or "")


def test_differences_are_told_in_words() -> None:
    assert bid_documents.difference("1. A rule.\n\n2. Another.", "1. A rule.\n\n2. Another.") == "the text is the same"
    assert bid_documents.difference("1. A rule.", "1.  A  rule.") == "the text differs in spacing and order alone"
    assert bid_documents.difference("x" * 500_000, "y") == "the text differs"


def test_an_answer_that_made_trouble_can_be_read_and_saved(world: World, tmp_path: Path) -> None:
    world.served.answers = {"/list": answer(b"<html><title>Server Error</title><p>Something <b>broke</b></p></html>")}
    house = House(world.settings, world.database, {"board": world.source}, lambda: world.now)
    assert [seen.health.value for seen in crawling.look_at(house, [world.source], patience=1.0)] == ["layout_changed"]
    with world.database.read() as session:
        (capture,) = store.captures(session, "board")
    assert evidence.sample(world.settings.archive, capture) == "Server Error Something broke"
    assert evidence.sample(world.settings.archive, None) is None
    web = client(world.database, tmp_path)
    assert f"/sources/board/answers/{capture.id}" in web.get("/sources/board", headers=HTML).text
    saved = web.get(f"/sources/board/answers/{capture.id}")
    assert saved.content.startswith(b"<html><title>Server Error")
    assert saved.headers["content-disposition"].startswith("attachment")
    for nowhere in ("other/answers/1", "board/answers/99"):
        assert web.get(f"/sources/{nowhere}").status_code == 404
