"""When a person's turn comes: by their own wall clock, through the nights, holidays and changes of the clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.timing import FREQUENCIES, BadRhythm, Rhythm, Turn, rhythm, turn
from notifier.workdays import is_workday

PACIFIC = ZoneInfo("America/Vancouver")


def wanting(frequency: str = "instant", **choices: object) -> Rhythm:
    return rhythm(**{"frequency": frequency, "zone": "America/Vancouver"} | choices)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    """A time on the wall in Vancouver."""
    return datetime.fromisoformat(text).replace(tzinfo=PACIFIC).astimezone(UTC)


@pytest.mark.parametrize(
    ("wanted", "now", "told"),
    [
        (wanting(), "2026-11-20 10:00", "2026-11-20 10:00"),
        (wanting("hourly"), "2026-11-20 10:00", "2026-11-20 11:00"),
        (wanting("hourly"), "2026-11-20 10:59:59", "2026-11-20 11:00"),
        (wanting("daily"), "2026-11-20 07:59", "2026-11-20 08:00"),
        (wanting("daily"), "2026-11-20 08:00", "2026-11-21 08:00"),
        (wanting("daily", deliver_at="17:30"), "2026-11-20 08:00", "2026-11-20 17:30"),
        (wanting("weekly", weekday=0), "2026-11-20 08:00", "2026-11-23 08:00"),
        (wanting("weekly", weekday=4), "2026-11-20 09:00", "2026-11-27 08:00"),
        # quiet hours, over midnight and within a day
        (wanting(quiet="21:00-07:00"), "2026-11-20 22:00", "2026-11-21 07:00"),
        (wanting(quiet="21:00-07:00"), "2026-11-20 06:59", "2026-11-20 07:00"),
        (wanting(quiet="21:00-07:00"), "2026-11-20 07:00", "2026-11-20 07:00"),
        (wanting(quiet="12:00-13:00"), "2026-11-20 12:30", "2026-11-20 13:00"),
        (wanting("daily", deliver_at="06:00", quiet="21:00-07:00"), "2026-11-20 05:00", "2026-11-20 07:00"),
        # business days: a weekend, and Remembrance Day, a Wednesday
        (wanting(workdays=True), "2026-11-21 10:00", "2026-11-23 08:00"),
        (wanting("daily", workdays=True), "2026-11-10 09:00", "2026-11-12 08:00"),
        (wanting("hourly", workdays=True), "2026-11-20 23:30", "2026-11-23 08:00"),
        (wanting("weekly", weekday=2, workdays=True), "2026-11-09 09:00", "2026-11-12 08:00"),
        # the clocks go back on 1 November 2026 and forward on 8 March 2026
        (wanting("daily"), "2026-10-31 09:00", "2026-11-01 08:00"),
        (wanting("daily", deliver_at="02:30"), "2026-03-07 09:00", "2026-03-08 03:30"),
        (wanting("daily", deliver_at="01:30"), "2026-10-31 09:00", "2026-11-01 01:30"),
        (wanting(quiet="01:00-01:30"), "2026-11-01 01:10", "2026-11-01 01:30"),
    ],
)
def test_a_turn_is_on_the_readers_own_wall(wanted: Rhythm, now: str, told: str) -> None:
    assert turn(wanted, at(now)).at == at(told)


def test_only_what_is_told_at_once_goes_by_itself() -> None:
    now = at("2026-11-20 22:00")
    assert not turn(wanting(quiet="21:00-07:00"), now).gathered
    assert all(turn(wanting(frequency), now).gathered for frequency in FREQUENCIES[1:])


def test_what_closes_before_its_turn_is_told_at_once() -> None:
    night, daily = wanting(quiet="21:00-07:00"), wanting("daily")
    now = at("2026-11-20 22:00")
    assert turn(night, now, closes_at=at("2026-11-21 06:00")) == Turn(now, gathered=False)
    assert turn(daily, now, closes_at=at("2026-11-21 08:00")) == Turn(now, gathered=False)
    assert turn(night, now, closes_at=at("2026-11-21 09:00")).at == at("2026-11-21 07:00")
    assert turn(night, now, closes_at=at("2026-11-20 09:00")).at == at("2026-11-21 07:00")  # closed already: no hurry


def test_the_hour_that_comes_twice_is_no_second_night() -> None:
    wanted = wanting(quiet="01:00-01:30")
    second_time = datetime(2026, 11, 1, 9, 10, tzinfo=UTC)  # 1:10 for the second time
    assert turn(wanted, second_time).at == second_time


rhythms = st.builds(
    wanting,
    st.sampled_from(FREQUENCIES),
    deliver_at=st.times().map("{:%H:%M}".format),
    weekday=st.integers(0, 6),
    quiet=st.sampled_from(["", "21:00-07:00", "00:00-23:59", "12:00-13:00", "23:00-00:00"]),
    workdays=st.booleans(),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))


@given(rhythms, moments)
def test_every_turn_comes_within_a_fortnight_and_outside_quiet_hours_and_days_off(wanted: Rhythm, now: datetime) -> None:
    told = turn(wanted, now).at
    assert now <= told <= now + timedelta(days=16)
    wall = told.astimezone(PACIFIC)
    assert not wanted.workdays or is_workday(wall.date())
    if wanted.quiet and wall.utcoffset() == (told - timedelta(hours=2)).astimezone(PACIFIC).utcoffset():
        start, end = wanted.quiet
        clock = wall.time()
        assert not (start <= clock < end if start < end else start <= clock or clock < end)


@given(rhythms, moments, st.timedeltas(timedelta(0), timedelta(minutes=50)))
def test_a_later_moment_never_has_an_earlier_turn(wanted: Rhythm, now: datetime, later: timedelta) -> None:
    assert turn(wanted, now).at <= turn(wanted, now + later).at


@pytest.mark.parametrize(
    "choices",
    [
        {"frequency": "yearly"},
        {"zone": "Mars/Olympus"},
        {"zone": "../etc/passwd"},
        {"deliver_at": "8"},
        {"deliver_at": "25:00"},
        {"weekday": 7},
        {"quiet": "21:00"},
        {"quiet": "21:00-21:00"},
        {"quiet": "late-early"},
    ],
)
def test_a_choice_that_cannot_be_meant_is_refused_in_one_sentence(choices: dict[str, object]) -> None:
    with pytest.raises(BadRhythm) as caught:
        wanting(**choices)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
