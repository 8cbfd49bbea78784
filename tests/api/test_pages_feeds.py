"""A search's feeds by secret link, as feed readers and calendars fetch them."""

from datetime import timedelta
from pathlib import Path

import feedparser
import icalendar
import pytest
from sqlmodel import Session

from api.app import create_app
from api.database import Database
from api.keys import link_secret
from contracts.vocabulary import ReleaseTag
from notifier import store
from notifier.links import feed_url, manage_url, own_feed_url
from notifier.models import Subscription
from tests.api.service import HTML, NOW, TestClient, add_release, add_tender, settings
from tests.api.test_pages_alerts import add_subscription

PUBLIC = "https://bids.clinic.example"


@pytest.fixture
def reader(stored: Database, tmp_path: Path) -> TestClient:
    """A feed reader: it has no account and takes no cookies."""
    app = create_app(settings(tmp_path, public_url=PUBLIC), stored, clock=lambda: NOW)
    return TestClient(app, base_url=PUBLIC, follow_redirects=False)


def path(folder: Path, form: str, number: int = 1) -> str:
    return feed_url("", number, form, secret=link_secret(settings(folder)))


def fill(session: Session, **changed: str) -> None:
    add_subscription(session, **({"query": "rehabilitation"} | changed))
    first = add_tender(session)
    moved = {"field": "closes", "old": "2026-07-10T17:00:00+00:00", "new": "2026-07-14T17:00:00+00:00"}
    add_release(session, first, changes=[moved])
    add_tender(session, number="9-2026", title="Road salt")


def test_a_reader_gets_the_searchs_own_news_newest_first(reader: TestClient, stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        fill(session)
    answer = reader.get(path(tmp_path, "atom"))
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    read = feedparser.parse(answer.content)
    assert not read.bozo
    assert len(read.entries) == 2
    assert [one.updated_parsed >= other.updated_parsed for one, other in zip(read.entries, read.entries[1:], strict=False)] == [
        True
    ]
    assert "salt" not in answer.text
    items = reader.get(path(tmp_path, "json")).json()["items"]
    assert [item["url"] for item in items] == [f"{PUBLIC}/tenders/ocds-test-048-2026"] * 2


def test_a_calendar_gets_one_event_a_tender_whose_sequence_grew(reader: TestClient, stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        fill(session)
        add_tender(session, number="old", closes_at=NOW - timedelta(days=60))
        add_tender(session, number="none", closes_at=None)
    answer = reader.get(path(tmp_path, "ics"))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert (event["uid"], event["sequence"]) == ("ocds-test-048-2026@bids.clinic.example", 1)
    assert event.decoded("dtend") == NOW + timedelta(days=6)


@pytest.mark.parametrize("form", ["atom", "json", "ics"])
def test_who_has_it_as_it_is_gets_304_until_something_changes(
    reader: TestClient, stored: Database, tmp_path: Path, form: str
) -> None:
    with stored.write() as session:
        fill(session)
    held = reader.get(path(tmp_path, form)).headers["etag"]
    again = reader.get(path(tmp_path, form), headers={"if-none-match": held})
    assert (again.status_code, again.content) == (304, b"")
    with stored.write() as session:
        add_release(session, add_tender(session, number="new"), tag=ReleaseTag.TENDER_CANCELLATION)
    assert reader.get(path(tmp_path, form), headers={"if-none-match": held}).status_code == 200


def test_a_feed_needs_its_own_link_and_ends_with_its_search(reader: TestClient, stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        fill(session)
    good = path(tmp_path, "atom")
    other_kind = manage_url("", 1, secret=link_secret(settings(tmp_path))).replace("/my-alerts/", "/feeds/") + "/atom"
    for wrong in (good.replace("/atom", "x/atom"), good.replace("/atom", "/rss"), other_kind, "/feeds/1/atom"):
        assert reader.get(wrong).status_code == 404
    for state, status in (("paused", 200), ("pending", 410), ("ended", 410)):
        with stored.write() as session:
            row = session.get_one(Subscription, 1)
            row.state = state
            session.add(row)
        assert reader.get(good).status_code == status


def test_hostile_titles_break_no_feed(reader: TestClient, stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        add_subscription(session, query="")
        add_tender(session, title="<script>]]>\x0b&amp; BEGIN:VEVENT\r\nX-EVIL:1")
    assert not feedparser.parse(reader.get(path(tmp_path, "atom")).content).bozo
    assert len(reader.get(path(tmp_path, "json")).json()["items"]) == 1
    (event,) = icalendar.Calendar.from_ical(reader.get(path(tmp_path, "ics")).content).walk("VEVENT")
    assert "X-EVIL" not in event


def test_the_alerts_pages_offer_the_feeds(web: TestClient, stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        fill(session)
    for page in ("/alerts", manage_url("", 1, secret=link_secret(settings(tmp_path)))):
        assert f'href="{path(tmp_path, "ics")}"' in web.get(page, headers=HTML).text


def test_a_person_has_one_calendar_over_all_searches(reader: TestClient, stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        fill(session)
        add_subscription(session, query="salt")
        add_subscription(session, query="", address="other@clinic.example")
        add_tender(session, number="10", title="Bridges")
    address = own_feed_url("", 1, "ics", secret=link_secret(settings(tmp_path)))
    answer = reader.get(address)
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert sorted(str(event["summary"]) for event in events) == [
        "Closes: 048-2026 Occupational rehabilitation services",
        "Closes: 9-2026 Road salt",
    ]
    assert reader.get(address, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert reader.get("/feeds/mine/guess/ics", headers=HTML).status_code == 404
    with stored.write() as session:
        for number in (1, 2):
            store.unsubscribe(session, number, now=NOW)
    assert reader.get(address, headers=HTML).status_code == 410
