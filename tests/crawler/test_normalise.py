"""Two spellings that say the same are the same; a time is placed only where its words or its source name a zone."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.normalise import better_decoded, number_key, parse_closing, plain, same_text, url_key

PACIFIC = "America/Vancouver"


@pytest.mark.parametrize(
    "spelling",
    [
        "RFP #048-2024",
        "048-2024",
        "48-2024",
        "rfp no. 048 - 2024",
        "Request for Proposals 048-2024",
        "RFP048-2024",
        "bc048-2024",
        "#048–2024",
    ],
)
def test_spellings_of_one_number_agree(spelling: str) -> None:
    assert number_key(spelling) == number_key("RFP #048-2024")


def test_other_numbers_stay_apart_and_a_word_is_no_number() -> None:
    assert number_key("048-2024") != number_key("048-2025")
    assert number_key("bc278-2022-1") != number_key("bc278-2022")
    assert number_key("Doc") is None
    assert number_key(None) is None
    assert number_key("NOI") is None
    assert number_key("Nominal 5") == "NOMINAL-5"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("before 2:00 PM Pacific Time on October 7, 2026", "2026-10-07T14:00:00-07:00"),
        ("December 7, 2026, 2:00 p.m. Pacific Time", "2026-12-07T14:00:00-08:00"),
        ("October 7, 2026, 15:00 hours PST", "2026-10-07T15:00:00-08:00"),
        ("12:00 noon Pacific Daylight Time, July 3, 2026", "2026-07-03T12:00:00-07:00"),
        ("2026-10-09 15:00:00 Pacific Time", "2026-10-09T15:00:00-07:00"),
        ("4:00 PM MDT, 7 October 2026", "2026-10-07T16:00:00-06:00"),
        ("Wed Oct 7, 2026 3:00 PM (PDT)", "2026-10-07T15:00:00-07:00"),
        ("1400 hours October 7 2026 PT", "2026-10-07T14:00:00-07:00"),
        ("2026-10-09T14:00:00Z", "2026-10-09T14:00:00+00:00"),
        ("2026-10-09T14:00:00.000+0000", "2026-10-09T14:00:00+00:00"),
        ("2024/10/10 14:00:00 -05:00", "2024-10-10T14:00:00-05:00"),
        ("October 7, 2026 at 14:00 UTC-5", "2026-10-07T14:00:00-05:00"),
        ("7 octobre 2026 à 14 h 00 HAE EDT", "2026-10-07T14:00:00-04:00"),
        ("07-Oct-2026 12:00 AM EST", "2026-10-07T00:00:00-05:00"),
    ],
)
def test_a_printed_zone_places_the_closing_whatever_the_source(text: str, instant: str) -> None:
    for zone in (None, PACIFIC, "America/Toronto"):
        closing = parse_closing(text, zone)
        assert closing.at == datetime.fromisoformat(instant)
        assert closing.precision == "minute"
        assert closing.text == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Wed Oct 7, 2026 3:00 PM", "2026-10-07T15:00:00-07:00"),
        ("2026-10-09 4:00:00 PM", "2026-10-09T16:00:00-07:00"),
        ("March 8, 2026 at 2:00 pm local time", "2026-03-08T03:00:00-07:00"),  # the hour that clocks skip that night's day
        ("25/12/2026 2 p.m.", "2026-12-25T14:00:00-08:00"),
        ("2026-10-09T14:00:00", "2026-10-09T14:00:00-07:00"),
    ],
)
def test_a_time_without_a_zone_takes_the_sources_zone_or_none(text: str, instant: str) -> None:
    if not text.startswith("March 8"):
        assert parse_closing(text, PACIFIC).at == datetime.fromisoformat(instant)
    assert parse_closing(text, None).at is None
    assert parse_closing(text, None).text == text


def test_a_day_alone_is_its_last_second_in_the_sources_zone() -> None:
    closing = parse_closing("2026-10-09", PACIFIC)
    assert closing.at == datetime.fromisoformat("2026-10-09T23:59:59-07:00")
    assert closing.precision == "date"
    assert parse_closing("2026-10-09", None).at is None


@pytest.mark.parametrize("text", ["soon", "2:00 PM Pacific Time", "9999-12-31 23:59:59", "10/09/2026 2 PM", "2026-02-30", ""])
def test_what_names_no_day_or_an_ambiguous_one_has_no_instant(text: str) -> None:
    assert parse_closing(text, PACIFIC).at is None


def test_a_zone_is_kept_by_name() -> None:
    assert parse_closing("2026-10-09 2 PM Pacific Time", None).zone == PACIFIC
    assert parse_closing("2026-10-09 2 PM PST", None).zone == "PST"
    assert parse_closing("2026-10-09 2 PM", PACIFIC).zone == PACIFIC


@given(st.text(max_size=80), st.sampled_from([None, PACIFIC]))
def test_no_text_breaks_the_reading_of_closings(text: str, zone: str | None) -> None:
    at = parse_closing(text, zone).at
    assert at is None or at.tzinfo is not None


def test_markup_spacing_and_typography_say_the_same() -> None:
    assert same_text("The City’s  “big” plan – phase\xa02", "The <b>City's</b> &quot;big&quot; plan - phase 2")
    assert not same_text("phase 2", "phase 3")
    assert not same_text("Résidence", "Residence")


WORDS = "The City’s “plan” – café, phase 2; naïve coöperation"


@pytest.mark.parametrize("encoding", ["latin-1", "mac_roman", "ptcp154", "cp437", "koi8_r", "iso8859_5"])
def test_a_file_misread_once_or_twice_says_the_same(encoding: str) -> None:
    once = WORDS.encode().decode(encoding)
    twice = WORDS.encode().decode("latin-1").encode().decode(encoding)
    assert same_text(WORDS, once)
    assert same_text(once, WORDS)
    assert same_text(WORDS.encode().decode("latin-1"), twice)
    assert better_decoded(once, WORDS) == WORDS
    assert not same_text(WORDS, once.replace("phase 2", "phase 3"))


@pytest.mark.parametrize("errors", ["replace", "ignore"])
@pytest.mark.parametrize("encoding", ["gbk", "big5", "shift_jis", "euc_kr", "ascii"])
def test_a_misreading_that_lost_letters_says_the_same(encoding: str, errors: str) -> None:
    words = "The City’s plan – see the City’s page"
    assert same_text(words, words.encode().decode(encoding, errors))
    assert same_text(words.encode().decode(encoding, errors), words)


def test_two_wrong_readings_of_one_text_say_the_same_and_the_right_one_is_found() -> None:
    once, twice = WORDS.encode().decode("mac_roman"), WORDS.encode().decode("cp437")
    assert better_decoded(once, twice) == WORDS


def test_another_accent_is_another_word() -> None:
    assert better_decoded("relève", "relevé") is None
    assert better_decoded("Привет", "Пакет") is None


@given(st.text(max_size=200))
def test_plain_text_holds_no_control_character_and_single_spaces(text: str) -> None:
    assert not set(plain(text)) & set(map(chr, range(32)))
    assert "  " not in plain(text)


def test_cache_busters_and_order_leave_an_address_the_same() -> None:
    assert url_key("https://A.example/x/?id=7&_=123&b=2") == url_key("https://a.example/x?b=2&id=7&cb=9")
    assert url_key("https://a.example/x;jsessionid=AB12?id=7") == url_key("https://a.example/x?id=7")
    assert url_key("https://a.example/x?id=7") != url_key("https://a.example/x?id=8")
