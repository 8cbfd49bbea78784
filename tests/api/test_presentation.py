"""How values read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.presentation import host, moment, relative, urgency, value_words, web_address

NOON = datetime(2026, 7, 8, 19, 0, tzinfo=UTC)  # 12:00 PDT


def test_a_time_is_shown_in_vancouver_with_its_zone() -> None:
    assert moment(datetime(2026, 7, 14, 21, 0, tzinfo=UTC)) == "Tue 14 Jul 2026, 2:00 pm PDT"
    assert moment(datetime(2026, 12, 14, 22, 0, tzinfo=UTC)) == "Mon 14 Dec 2026, 2:00 pm PST"
    assert moment(datetime(2026, 7, 14, 21, 0, tzinfo=UTC), "America/Toronto") == "Tue 14 Jul 2026, 5:00 pm EDT"


def test_midday_and_midnight_go_by_their_names() -> None:
    assert moment(NOON) == "Wed 8 Jul 2026, noon PDT"
    assert moment(NOON + timedelta(hours=12)) == "Thu 9 Jul 2026, midnight PDT"


def test_where_only_a_day_was_printed_no_hour_is_shown() -> None:
    assert moment(datetime(2026, 7, 15, 6, 59, 59, tzinfo=UTC), precision="date") == "Tue 14 Jul 2026"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=6), "in 6 days"),
        (timedelta(hours=13), "tomorrow"),  # one in the morning: another day, however few the hours
        (timedelta(hours=3), "in 3 hours"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(0), "now"),
        (timedelta(hours=-2), "2 hours ago"),
        (timedelta(hours=-13), "yesterday"),
        (timedelta(days=-1200), "1,200 days ago"),
    ],
)
def test_a_span_is_said_in_calendar_days(span: timedelta, words: str) -> None:
    assert relative(NOON + span, NOON) == words


def test_days_are_counted_across_the_change_of_clocks() -> None:
    before = datetime(2026, 10, 31, 19, 0, tzinfo=UTC)
    assert relative(before + timedelta(days=1, hours=1), before) == "tomorrow"


@given(st.timedeltas(min_value=timedelta(days=-3000), max_value=timedelta(days=3000)))
def test_what_is_past_is_never_said_to_come(span: timedelta) -> None:
    words = relative(NOON + span, NOON)
    assert ("ago" in words or words in {"yesterday", "now"}) if span < timedelta(seconds=-30) else True
    assert (words.startswith("in ") or words in {"tomorrow", "now"}) if span > timedelta(seconds=30) else True


def test_urgency_has_steps() -> None:
    ages = [timedelta(hours=-1), timedelta(days=2), timedelta(days=5), timedelta(days=30)]
    assert [urgency(NOON + age, NOON) for age in ages] == ["past", "soon", "near", "later"]
    assert urgency(None, NOON) == "none"


def test_a_change_reads_as_words() -> None:
    assert value_words("2026-07-14T14:00:00-07:00", "closes") == "Tue 14 Jul 2026, 2:00 pm PDT"
    assert value_words("2026-07-14T14:00:00-07:00", "closes", "America/Toronto") == "Tue 14 Jul 2026, 5:00 pm EDT"
    assert value_words(None, "closes") == "not stated"
    assert value_words("by noon, local time", "closes") == "by noon, local time"
    assert value_words(2, "addenda") == "2"
    assert value_words([], "files") == "none"
    assert value_words([{"title": "Appendix A", "url": "https://x.example"}], "files") == "Appendix A"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//portal.example/x",
        "https://user@portal.example/",
        "https:\\\\portal.example",
        "https://portal.example/\nx",
        "https://",
        "http://[::1",
        "",
        None,
    ],
)
def test_only_a_plain_web_address_becomes_a_link(address: str | None) -> None:
    assert web_address(address) is None


def test_a_look_alike_host_is_shown_in_ascii() -> None:
    assert web_address("https://portal.example/a?b=1") == "https://portal.example/a?b=1"
    assert host("https://portal.example/a") == "portal.example"
    assert host("https://pоrtal.example/") == "xn--prtal-jye.example"
