"""Closing times as calendar programs read them: two parsers, one wall clock."""

import email
from datetime import UTC, date, datetime, timedelta

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from contracts.vocabulary import ReleaseTag, TenderStatus
from notifier.calendar import attachment, calendar
from notifier.channels import Parcel
from notifier.channels.email import EmailChannel
from notifier.messages import Sender
from notifier.news import News
from tests.notifier.factories import NOW, news

URL = "https://bids.clinic.example"


def read(*entries: tuple[News, int]) -> Calendar:
    return Calendar.from_ical(calendar(entries, public_url=URL, now=NOW))


def test_a_closing_stands_where_it_should_on_the_wall_for_both_parsers() -> None:
    written = calendar([(news(), 0)], public_url=URL, now=NOW)
    (event,) = Calendar.from_ical(written).events
    assert event.end == datetime(2026, 12, 3, 22, 0, tzinfo=UTC)
    assert event.end.hour == 14
    second = vobject.readOne(written.decode())
    assert second.vevent.dtend.value.astimezone(UTC) == datetime(2026, 12, 3, 22, 0, tzinfo=UTC)
    assert second.vevent.dtend.value.strftime("%H:%M") == "14:00"
    assert b"BEGIN:VTIMEZONE\r\nTZID:America/Vancouver" in written


@pytest.mark.parametrize(
    ("closes", "wall"),
    [
        (datetime(2025, 3, 8, 22, 0, tzinfo=UTC), "14:00"),  # the day before the clocks go forward
        (datetime(2025, 3, 10, 21, 0, tzinfo=UTC), "14:00"),  # the day after
        (datetime(2025, 11, 1, 21, 0, tzinfo=UTC), "14:00"),  # the day before they go back
        (datetime(2025, 11, 3, 22, 0, tzinfo=UTC), "14:00"),
    ],
)
def test_two_in_the_afternoon_is_two_on_both_sides_of_a_clock_change(closes: datetime, wall: str) -> None:
    written = calendar([(news(closes_at=closes), 0)], public_url=URL, now=NOW)
    (event,) = Calendar.from_ical(written).events
    assert (event.end.strftime("%H:%M"), event.end) == (wall, closes)
    assert vobject.readOne(written.decode()).vevent.dtend.value.astimezone(UTC) == closes


def test_a_moved_deadline_moves_the_same_event() -> None:
    moved = news(release_id="r2", tag=ReleaseTag.TENDER_AMENDMENT, closes_at=news().closes_at + timedelta(days=7))  # type: ignore[operator]
    (before,), (after,) = read((news(), 0)).events, read((moved, 1)).events
    assert before["uid"] == after["uid"] == "ocds-bids-1@bids.clinic.example"
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after.end - before.end == timedelta(days=7)


def test_a_cancelled_tender_withdraws_its_event_and_alarms() -> None:
    (event,) = read((news(status=TenderStatus.CANCELLED), 2)).events
    assert event["status"] == "CANCELLED"
    assert event.alarms.times == []
    (open_,) = read((news(), 0)).events
    assert [alarm.trigger for alarm in open_.alarms.times] == [open_.start - timedelta(days=7), open_.start - timedelta(days=1)]


def test_a_day_without_a_time_is_a_whole_day_and_no_time_at_all_is_no_event() -> None:
    (event,) = read((news(closes_precision="date"), 0), (news(ocid="other", closes_at=None), 0)).events
    assert (event.start, event.end) == (date(2026, 12, 3), date(2026, 12, 4))
    assert attachment([news(closes_at=None)], public_url=URL, now=NOW) is None


def test_the_file_for_a_mail_holds_the_one_event() -> None:
    file = attachment([news(sequence=3)], public_url=URL, now=NOW, language="fr")
    assert file is not None
    (event,) = Calendar.from_ical(file.content).events
    assert event["summary"] == "Clôture: 048-2026 Occupational Rehabilitation Services"
    assert file.name == "048-2026.ics"


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_no_title_breaks_out_of_its_line(title: str) -> None:
    whole = read((news(title=title, buyer=title, number=None), 0))
    (event,) = whole.events
    assert event["uid"] == "ocds-bids-1@bids.clinic.example"
    assert [key for key in event if key.startswith("X-")] == []


def mailed(posting: News, kind: str = "news") -> list[email.message.Message]:
    """The files that go with the mail that tells of this."""
    sender = Sender("https://bids.clinic.example", "alerts@bids.clinic.example", "1 Main Street, Kelowna", "secret")
    parcel = Parcel(1, "k", 1, kind, posting.to_json(), "owner@clinic.example", "<k@bids.clinic.example>", NOW)
    message = email.message_from_bytes(EmailChannel(sender, []).bytes_of(parcel))
    return [part for part in message.walk() if part.get_content_disposition() == "attachment"]


def test_an_alert_brings_the_closing_as_a_file_whose_sequence_grows_with_the_releases() -> None:
    (file,) = mailed(news(sequence=3))
    assert (file.get_content_type(), file.get_filename()) == ("text/calendar", "048-2026.ics")
    content = file.get_payload(decode=True)
    assert isinstance(content, bytes)
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert (event["SEQUENCE"], str(event["UID"])) == (3, "ocds-bids-1@bids.clinic.example")
    assert event.decoded("dtend") == datetime(2026, 12, 3, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize("closes_at", [None, NOW, NOW - timedelta(days=1)])
def test_no_file_comes_where_no_time_is_known_or_it_is_over(closes_at: datetime | None) -> None:
    assert mailed(news(closes_at=closes_at)) == []
    assert News.from_json(news(sequence=3).to_json()).sequence == 3
