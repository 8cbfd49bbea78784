"""Printed times: every way a portal has been seen to write one, and none that is guessed."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.spiders.times import beside, moment, start_of_day

TORONTO = ZoneInfo("America/Toronto")


@pytest.mark.parametrize(
    ("printed", "at"),
    [
        ("Wed Oct 7, 2026 3:00 PM (PDT)", "2026-10-07T15:00:00-07:00"),
        ("Mon Nov 2, 2026 12:00 AM (PST)", "2026-11-02T00:00:00-08:00"),
        ("Mon Nov 2, 2026 12:00:30 PM (MST)", "2026-11-02T12:00:30-07:00"),
        ("Fri Oct 9, 2026 2:00 PM (NDT)", "2026-10-09T14:00:00-02:30"),
        ("Fri Oct 9, 2026 2:00 PM (ADT)", "2026-10-09T14:00:00-03:00"),
        ("mer. 7 oct. 2026 15 h 00 (HAE)", "2026-10-07T15:00:00-04:00"),
        ("le 1er février 2027 à 14h30 HNE", "2027-02-01T14:30:00-05:00"),
        ("12 août 2026, 9 h 05 (HAP)", "2026-08-12T09:05:00-07:00"),
        ("15:00 hours PST, September 9, 2026", "2026-09-09T15:00:00-08:00"),
        ("2:00 p.m. Pacific Time on October 15, 2026", "2026-10-15T14:00:00-07:00"),
        ("Jan 15, 2027 2 PM Pacific Time", "2027-01-15T14:00:00-08:00"),
        ("12:00 noon Pacific Daylight Time, 3 June 2026", "2026-06-03T12:00:00-07:00"),
        ("Sept. 3, 2026 4:00 PM Eastern", "2026-09-03T16:00:00-04:00"),
        ("2026-10-09T16:00:00Z", "2026-10-09T16:00:00+00:00"),
        ("2026-10-09T16:00:00.123-05:00", "2026-10-09T16:00:00-05:00"),
        ("2026-10-09 16:00 UTC+2", "2026-10-09T16:00:00+02:00"),
        ("2026/04/15 09:15 GMT", "2026-04-15T09:15:00+00:00"),
    ],
)
def test_a_time_with_its_zone_is_placed(printed: str, at: str) -> None:
    found = moment(printed, TORONTO)
    assert found.at is not None
    assert (found.at.isoformat(), found.precision) == (at, "minute")


def test_a_time_without_zone_is_placed_by_the_source_or_not_at_all() -> None:
    assert moment("Oct 7, 2026 3:00 PM", TORONTO).at == datetime(2026, 10, 7, 15, tzinfo=TORONTO)
    assert moment("Oct 7, 2026 3:00 PM").at is None


def test_a_day_alone_ends_with_its_last_second_in_the_zone_of_the_source() -> None:
    found = moment("2026-11-02", TORONTO)
    assert (found.at, found.precision) == (datetime(2026, 11, 2, 23, 59, 59, tzinfo=TORONTO), "date")


@pytest.mark.parametrize(
    "printed", [None, "", "soon", "03/04/2026", "Fri Dec 31, 9999 11:59 PM (EST)", "Feb 30, 2026", "2026-13-01", "Foo 3, 2026"]
)
def test_what_is_no_time_is_none(printed: str | None) -> None:
    assert moment(printed, TORONTO).at is None


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-12, 14))
def test_any_iso_time_comes_back_as_it_was(wall: datetime, hours: int) -> None:
    whole = wall.replace(microsecond=0, tzinfo=timezone(timedelta(hours=hours)))
    assert moment(whole.isoformat(), TORONTO).at == whole


@given(st.one_of(st.text(max_size=60), st.text("0123456789-/:.,h APMTZESoctjune()+", max_size=40)))
def test_no_text_breaks_the_reading(text: str) -> None:
    found = moment(text, TORONTO)
    assert found.at is None or found.at.tzinfo is not None


def test_words_that_only_look_like_labels_place_nothing() -> None:
    assert moment("La clôture est le 7 octobre 2026 à 15:00 et non avant").at is None


def test_a_publication_that_is_a_day_begins_with_it() -> None:
    found = start_of_day("2026-11-01", TORONTO)
    assert found is not None
    assert found.isoformat() == "2026-11-01T00:00:00-04:00"  # the clocks change later that day


@pytest.mark.parametrize(
    ("printed", "label", "at"),
    [
        ("Sat Aug 1, 2026 2:00 PM", "(PST)", "2026-08-01T14:00:00-07:00"),  # Vancouver's winter label, its summer clock
        ("Sat Aug 1, 2026 2:00 PM", "(EDT)", "2026-08-01T14:00:00-04:00"),
        ("Thu Jan 1, 2026 2:00 PM", "(CST)", "2026-01-01T14:00:00-06:00"),  # Regina and Winnipeg agree in winter
        ("Sat Aug 1, 2026 2:00 PM", "(CST)", None),
        ("Sat Aug 1, 2026 2:00 PM", "", None),
    ],
)
def test_a_neighbouring_time_is_placed_only_where_every_zone_of_the_label_agrees(
    printed: str, label: str, at: str | None
) -> None:
    found = beside(printed, label, None)
    assert (found.isoformat() if found else None) == at
