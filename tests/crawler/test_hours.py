"""A portal that is to be spared by day is looked at in its hours alone, by the clocks of its zone, and is not late meanwhile."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.hours import Hours, opening
from crawler.sources import SourceConfig

HERE = ZoneInfo("America/Vancouver")
NIGHT = Hours.parse("20:00-06:00")


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-07-01 12:00", "2026-07-01 20:00"),
        ("2026-07-01 20:00", "2026-07-01 20:00"),
        ("2026-07-02 05:59", "2026-07-02 05:59"),
        ("2026-07-02 06:00", "2026-07-02 20:00"),
        ("2026-11-01 12:00", "2026-11-01 20:00"),  # the clocks went back that morning
    ],
)
def test_outside_its_hours_a_look_waits_until_they_begin(moment: str, opens: str) -> None:
    at, then = (datetime.fromisoformat(text).replace(tzinfo=HERE) for text in (moment, opens))
    assert opening(at, NIGHT, HERE) == then


def test_hours_of_the_day_begin_on_the_day_or_the_next() -> None:
    office = Hours.parse("8:00-16:30")
    early, late = datetime(2026, 7, 1, 7, tzinfo=HERE), datetime(2026, 7, 1, 17, tzinfo=HERE)
    assert [opening(at, office, HERE).astimezone(HERE).isoformat()[:16] for at in (early, late)] == [
        "2026-07-01T08:00",
        "2026-07-02T08:00",
    ]
    assert (office.closed, NIGHT.closed) == (timedelta(hours=15, minutes=30), timedelta(hours=14))


@given(
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_the_opening_lies_within_the_hours_and_less_than_a_day_ahead(moment: datetime, begin: time, end: time) -> None:
    if begin == end or (begin.hour, end.hour) == (2, 2):  # an hour that clocks may skip
        return
    hours = Hours(begin, end)
    found = opening(moment, hours, HERE)
    assert moment <= found <= moment + timedelta(hours=25)
    assert found.astimezone(HERE).time().replace(microsecond=0) in hours or begin.hour == 2


@pytest.mark.parametrize("text", ["20-6", "24:00-06:00", "06:00-06:00", "night"])
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two different times"):
        SourceConfig(name="a", platform="feed", enabled=False, hours=text)


def test_a_source_that_is_shut_by_day_is_not_late_for_that() -> None:
    source = SourceConfig(name="a", platform="feed", enabled=False, hours="20:00-06:00", every="1h")
    assert source.silence == timedelta(hours=17)
    noon = datetime(2026, 7, 1, 19, tzinfo=UTC)
    assert source.opening(noon) == datetime(2026, 7, 2, 3, tzinfo=UTC)
    assert source.model_copy(update={"hours": ""}).opening(noon) == noon
