"""A round of reminders looks at few closing times, and at each of which a mark has passed since the round before."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from notifier.marks import LEADS, Lead, mark
from notifier.rounds import HORIZON, done, last, merged, spans

NOW = datetime(2026, 11, 26, 12, 0, 30, tzinfo=UTC)
ZONES = ["America/Vancouver", "America/Toronto", "Australia/Lord_Howe", "America/St_Johns", "UTC", None]


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
    st.sampled_from(LEADS),
    st.timedeltas(timedelta(), timedelta(days=2)),
    st.timedeltas(timedelta(minutes=1), timedelta(days=2)),
)
def test_every_mark_passed_since_the_last_round_is_of_a_closing_time_looked_at(
    closes: datetime, zone: str | None, lead: Lead, late: timedelta, between: timedelta
) -> None:
    now = mark(closes, lead, zone) + late
    since = now - between
    passed = since < mark(closes, lead, zone) <= now < closes
    assert not passed or any(after < closes <= before for after, before in spans(since, now=now))


def test_a_round_after_five_minutes_looks_at_little() -> None:
    found = spans(NOW - timedelta(minutes=5), now=NOW)
    assert sum((before - after for after, before in found), timedelta()) < timedelta(days=2)
    assert all(after >= NOW for after, _ in found)


def test_the_first_round_and_one_after_a_clock_that_went_back_look_at_all() -> None:
    whole = [(NOW, NOW + HORIZON)]
    assert spans(None, now=NOW) == whole
    assert spans(NOW + timedelta(days=1), now=NOW) == whole


def test_spans_that_meet_are_one() -> None:
    one, two, three, four = (NOW + timedelta(hours=hour) for hour in range(4))
    assert merged([(two, three), (one, two), (one, four)]) == [(one, four)]
    assert merged([(three, four), (one, two)]) == [(one, two), (three, four)]


def test_the_last_round_is_known_to_the_minute_before(session: Session) -> None:
    assert last(session) is None
    done(session, now=NOW)
    assert last(session) == NOW.replace(second=0)
    done(session, now=NOW + timedelta(minutes=5))
    assert last(session) == NOW.replace(second=0) + timedelta(minutes=5)
