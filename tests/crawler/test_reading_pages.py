"""The list of what is current is numbered through from the dated bids to the undated ones, whichever page is asked for."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from crawler import counting, reading
from crawler.filters import Filters
from tests.api import service

NOW = service.NOW


@pytest.fixture
def listed(session: Session) -> list[str]:
    """Three that close one after the other, two without a day, one that is over."""
    for day in (3, 1, 2):
        service.add_tender(session, number=f"day {day}", closes_at=NOW + timedelta(days=day))
    for name in ("undated a", "undated b"):
        service.add_tender(session, number=name, closes_at=None)
    service.add_tender(session, number="over", closes_at=NOW - timedelta(days=1))
    return ["day 1", "day 2", "day 3", "undated a", "undated b"]


@pytest.mark.parametrize("deep", [1, 200])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9])
def test_pages_by_position_follow_each_other(
    session: Session, listed: list[str], size: int, deep: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "DEEP", deep)
    filters, found = Filters(current=True), []
    for offset in range(0, 6, size):
        found += [row.number for row in reading.tender_slice(session, filters, now=NOW, limit=size, offset=offset)]
    assert found == listed


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9])
def test_pages_by_cursor_follow_each_other(session: Session, listed: list[str], size: int) -> None:
    filters, found, cursor = Filters(current=True), [], None
    for _ in range(9):
        page = reading.tenders(session, filters, now=NOW, limit=size, cursor=cursor)
        found += [row.number for row in page.rows]
        if (cursor := page.next) is None:
            break
    assert found == listed


def test_counting_ends_where_it_is_told_to(session: Session, listed: list[str]) -> None:
    found = [counting.count(session, Filters(current=True), now=NOW, most=most) for most in (None, 3, 5, 9)]
    assert found == [5, 3, 5, 5]
    assert counting.count(session, Filters(current=True, within=2), now=NOW, most=9) == 2
    assert counting.count(session, Filters(text="nothing like it"), now=NOW, most=9) == 0


def test_each_choice_is_asked_with_its_own_values(session: Session, listed: list[str]) -> None:
    """Statements are kept for choices that are alike; what differs between two of them is not."""
    counted = [counting.count(session, Filters(within=within), now=NOW) for within in (1, 2, 3, 1)]
    assert counted == [1, 2, 3, 1]
    later = NOW + timedelta(days=1, hours=1)
    assert [row.number for row in reading.tender_slice(session, Filters(current=True), now=later)] == listed[1:]
    assert counting.count(session, Filters(source="board"), now=NOW) == 6
    assert counting.count(session, Filters(source="elsewhere"), now=NOW) == 0


def test_the_sources_that_show_something_are_named_once_each(session: Session, listed: list[str]) -> None:
    service.add_tender(session, number="other", source="a-board")
    assert reading.sources_seen(session) == ["a-board", "board"]
