"""Closing times as calendar events (RFC 5545), for feeds that a calendar subscribes to and files that go with a mail.

One tender is one event for ever: its UID comes from the ocid, and SEQUENCE grows with every release, so that a calendar
moves the entry it has instead of adding another. Times stand on the wall of the tender's zone with a VTIMEZONE beside them.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from contracts.vocabulary import ReleaseTag, TenderStatus
from notifier.headers import one_line
from notifier.links import tender_url
from notifier.messages import Attachment
from notifier.news import News
from notifier.phrases import translator
from notifier.walls import HOME_ZONE

ALARM_DAYS = (7, 1)
_GONE = {TenderStatus.CANCELLED}


def calendar(
    entries: Iterable[tuple[News, int]],
    *,
    public_url: str,
    now: datetime,
    title: str = "Bidkeeper",
    language: str = "en",
    alarms: Sequence[int] = ALARM_DAYS,
) -> bytes:
    """A calendar of closing times; each entry is a tender's latest news and the number of releases before it (SEQUENCE).

    A tender whose closing time is not known has no event. `alarms` are days before closing.
    """
    whole = Calendar()
    whole.add("prodid", "-//Bidkeeper//bid closings//EN")
    whole.add("version", "2.0")
    whole.add("method", "PUBLISH")
    whole.add("x-wr-calname", one_line(title))
    whole.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    moments: dict[str, list[datetime]] = {}
    for news, sequence in entries:
        event = closing_event(news, sequence, public_url=public_url, now=now, language=language, alarms=alarms)
        if event is not None:
            whole.add_component(event)
            if news.closes_at is not None and news.closes_precision != "date":
                moments.setdefault(news.zone or HOME_ZONE, []).append(news.closes_at)
    for zone in sorted(moments):
        years = {moment.year for moment in moments[zone]}
        whole.subcomponents.insert(0, wall_clock(zone, min(years) - 1, max(years) + 1))
    return bytes(whole.to_ical())


def closing_event(
    news: News, sequence: int, *, public_url: str, now: datetime, language: str = "en", alarms: Sequence[int] = ALARM_DAYS
) -> Event | None:
    """The event of one closing: half an hour that ends when the tender closes, or the whole day where only a day is known."""
    if news.closes_at is None:
        return None
    say = translator(language)
    cancelled = news.status in _GONE or news.tag is ReleaseTag.TENDER_CANCELLATION
    name = one_line(" ".join(filter(None, (news.number, news.title))))
    local = news.closes_at.astimezone(ZoneInfo(news.zone or HOME_ZONE))
    event = Event()
    event.add("uid", uid(news.ocid, public_url))
    event.add("sequence", sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("last-modified", news.date.astimezone(UTC))
    event.add("summary", f"{say('Cancelled' if cancelled else 'Closes')}: {name}")
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("url", tender_url(public_url, news.ocid))
    event.add("transp", "TRANSPARENT")
    if news.buyer:
        event.add("location", one_line(news.buyer))
    if news.closes_precision == "date":
        event.add("dtstart", local.date())
        event.add("dtend", local.date() + timedelta(days=1))
    else:
        event.add("dtstart", local - timedelta(minutes=30))
        event.add("dtend", local)
    for days in () if cancelled else alarms:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", name)
        alarm.add("trigger", timedelta(days=-days))
        event.add_component(alarm)
    return event


def wall_clock(zone: str, first: int, last: int) -> Timezone:
    """The VTIMEZONE of these years: every change of the clocks by its own date, as the zone's history and law have it."""
    clock = ZoneInfo(zone)
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    component = Timezone()
    component.add("tzid", zone)
    component.add_component(_observance(at.astimezone(clock), at.astimezone(clock)))
    while at < end:
        following = at + timedelta(days=1)
        if at.astimezone(clock).utcoffset() != following.astimezone(clock).utcoffset():
            change = _change(clock, at, following)
            component.add_component(_observance((change - timedelta(seconds=1)).astimezone(clock), change.astimezone(clock)))
        at = following
    return component


def _change(clock: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changes, by halving."""
    offset = before.astimezone(clock).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        before, after = (middle, after) if middle.astimezone(clock).utcoffset() == offset else (before, middle)
    return after.replace(microsecond=0)


def _observance(before: datetime, after: datetime) -> TimezoneStandard | TimezoneDaylight:
    """From the wall time that the old offset shows at the change (RFC 5545 §3.6.5) to the next change."""
    old, new = before.utcoffset() or timedelta(), after.utcoffset() or timedelta()
    onset = (after.astimezone(UTC) + old).replace(tzinfo=None)
    observance = TimezoneDaylight() if after.dst() else TimezoneStandard()
    observance.add("dtstart", onset)
    observance.add("rdate", onset)  # said twice: some readers take no onset without a rule
    observance.add("tzoffsetfrom", old)
    observance.add("tzoffsetto", new)
    observance.add("tzname", after.tzname() or "")
    return observance


def uid(ocid: str, public_url: str) -> str:
    """The event's name for ever: the ocid at this service's host."""
    return f"{one_line(ocid)}@{urlsplit(public_url).hostname or 'localhost'}"


def attachment(told: Sequence[News], *, public_url: str, now: datetime, language: str = "en") -> Attachment | None:
    """The closing times still to come as a file for a mail, each tender's as its latest news has it; None without any."""
    latest = {news.ocid: news for news in sorted(told, key=lambda news: news.sequence)}
    open_ones = [news for news in latest.values() if news.closes_at is not None and news.closes_at > now]
    if not open_ones:
        return None
    content = calendar([(news, news.sequence) for news in open_ones], public_url=public_url, now=now, language=language)
    name = f"{open_ones[0].number or open_ones[0].ocid}.ics" if len(open_ones) == 1 else "closings.ics"
    return Attachment(name, "text/calendar; charset=utf-8; method=PUBLISH", content)
