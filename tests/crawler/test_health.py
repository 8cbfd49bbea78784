"""Health is told step by step, once, and trouble puts the next look off without ever giving up."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Health
from crawler.health import ADVICE, LONGEST_PAUSE, late, next_look, step

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@given(st.sampled_from(Health), st.sampled_from(Health))
def test_only_a_change_of_state_is_told_and_the_first_good_look_is_none(old: Health, new: Health) -> None:
    told = step(old, new, "why")
    assert (told is None) is (old is new or (old is Health.UNSEEN and new is Health.HEALTHY))
    assert told is None or (told.old, told.new, told.reason) == (old, new, "why")


def test_every_state_says_what_to_do() -> None:
    assert ADVICE.keys() == set(Health)


def test_silence_is_counted_from_the_last_good_look_or_from_the_first_of_all() -> None:
    day = timedelta(days=1)
    assert not late(NOW - day, known_since=None, silence=day, now=NOW)
    assert late(NOW - day, known_since=None, silence=day, now=NOW + timedelta(seconds=1))
    assert late(None, known_since=NOW - 2 * day, silence=day, now=NOW)
    assert not late(None, known_since=None, silence=day, now=NOW)


@given(st.integers(1, 10_000), st.sampled_from([15, 60, 1440, 10_080]), st.one_of(st.none(), st.floats(0, 1e6)))
def test_the_pause_after_trouble_is_bounded_and_honours_what_the_portal_asks(
    failures: int, minutes: int, retry_after: float | None
) -> None:
    every = timedelta(minutes=minutes)
    pause = next_look(now=NOW, every=every, failures=failures, retry_after=retry_after) - NOW
    assert pause >= timedelta(seconds=retry_after or 0)
    assert retry_after or pause <= min(LONGEST_PAUSE, every)
    assert next_look(now=NOW, every=every, failures=0, retry_after=None) == NOW + every
