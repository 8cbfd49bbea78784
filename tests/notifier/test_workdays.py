"""Business days of British Columbia."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import workdays
from notifier.contacts import PACIFIC


def at(day: int, month: int = 7, hour: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=PACIFIC)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (at(8), 1, at(9)),
        (at(10), 1, at(13)),  # Friday to Monday
        (at(11), 1, at(13)),  # from a Saturday
        (at(30, 6), 1, at(2)),  # Canada Day
        (at(31), 1, at(4, 8)),  # British Columbia Day
    ],
)
def test_weekends_and_holidays_are_no_business_days(start: datetime, days: int, end: datetime) -> None:
    assert workdays.after(start, days) == end


def test_the_clock_time_stays_when_the_clocks_change() -> None:
    assert workdays.after(at(30, 10), 1).hour == 10


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.integers(1, 40))
def test_what_lies_so_many_days_later_is_that_many_days_away(naive: datetime, days: int) -> None:
    start = naive.replace(tzinfo=PACIFIC)
    assert workdays.between(start, workdays.after(start, days)) == days


def test_nothing_passes_backwards() -> None:
    assert workdays.between(at(9), at(9) - timedelta(days=3)) == 0
