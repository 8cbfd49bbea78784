"""What a piece of news is called and how its facts read to a person, in English or French; pure, from the news alone."""

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from babel.dates import format_date, format_datetime, format_timedelta, get_timezone_name

from contracts.vocabulary import Change, ReleaseTag
from notifier.explain import Reason
from notifier.news import News
from notifier.walls import HOME_ZONE, wall

LANGUAGES = ("en", "fr")

Say: TypeAlias = Callable[..., str]

_LOCALES = {"en": "en_CA", "fr": "fr_CA"}
_CLOCK = {"en": "h:mm a", "fr": "H 'h' mm"}
_FIELDS = {
    "closes": "Closing time",
    "title": "Title",
    "status": "Status",
    "buyer": "Buyer",
    "number": "Number",
    "type": "Kind of call",
    "published": "Published",
    "addenda": "Addenda",
    "amendments": "Amendments",
    "documents": "Documents",
    "closes_text": "Closing time in the portal's words",
    "description": "Description",
    "url": "Address at the portal",
    "resource": "Resource",
    "contact": "Question about",
    "banner": "Notice on the page",
    "program": "Program",
    "source": "Source",
}
_HEADLINES = {
    ReleaseTag.TENDER: "New",
    ReleaseTag.TENDER_CANCELLATION: "Cancelled",
    ReleaseTag.AWARD: "Awarded",
    ReleaseTag.PROGRAM_UPDATE: "Program page changed",
}
_LEADS = {
    ReleaseTag.TENDER: "A call that was not there before.",
    ReleaseTag.TENDER_CANCELLATION: "The buyer has cancelled this call: there is nothing more to hand in.",
    ReleaseTag.AWARD: "The buyer has made its choice. Whoever bid may ask for a debriefing.",
    ReleaseTag.PROGRAM_UPDATE: "The page about this program does not say what it said before.",
}
_TIMES = {"closes", "closes_at", "published", "published_at"}
_LONGEST_VALUE = 240  # characters of an old or new text worth reading in a mail


@dataclass(frozen=True, slots=True)
class Step:
    """One change as a person reads it."""

    name: str
    old: str
    new: str


@cache
def translator(language: str) -> Say:
    """The function that says an English phrase in `language`, filling `{names}`; what has no translation stays English."""
    path = Path(__file__).parent / "templates" / f"{language}.toml"
    phrases: dict[str, str] = tomllib.loads(path.read_text("utf-8")) if language in LANGUAGES and language != "en" else {}

    def say(phrase: str, **values: Any) -> str:
        found = phrases.get(phrase, phrase)
        return found.format(**values) if values else found

    return say


def headline(news: News, language: str) -> str:
    """What happened, in the two or three words a phone shows first."""
    say = translator(language)
    changed = {change.field: change for change in news.changes}
    if news.tag in _HEADLINES:
        return say(_HEADLINES[news.tag])
    if "closes" in changed and news.closes_at is not None:
        return say("Deadline now {day}", day=short_day(_local(news.closes_at, news.zone).date(), language))
    if _grew(changed.get("addenda")):
        return say("Addendum {number}", number=news.addenda)
    return say("Amended") if news.tag is ReleaseTag.TENDER_AMENDMENT else say("Updated")


def lead(news: News, language: str) -> str:
    """The sentence that says what the news means for a bidder."""
    say = translator(language)
    changed = {change.field: change for change in news.changes}
    if news.tag in _LEADS:
        return say(_LEADS[news.tag])
    if "closes" in changed and news.closes_at is not None:
        return _moved(changed["closes"], language)
    if _grew(changed.get("addenda")):
        return say("There is an addendum: read it before you bid, some calls want it acknowledged.")
    return say("The posting does not say what it said before.")


def found(reasons: Iterable[Reason], language: str) -> str:
    """`found: Rehabilitation (title), OR2 (program)`; empty without a reason."""
    parts = [f"{reason.words} ({_name(reason.field, language).lower()})".strip() for reason in reasons]
    return translator(language)("found: {parts}", parts=", ".join(parts)) if parts else ""


def steps(news: News, language: str) -> list[Step]:
    """Every change, old → new, with times in the tender's zone."""
    return [
        Step(
            _name(change.field, language),
            _value(change.field, change.old, news, language),
            _value(change.field, change.new, news, language),
        )
        for change in news.changes
    ]


def _name(field: str, language: str) -> str:
    """A field's name; a part of a program page, `resource: Report template`, keeps the name it has there."""
    kind, mark, own = field.partition(": ")
    name = translator(language)(_FIELDS.get(kind, kind.replace("_", " ").capitalize()))
    return f"{name}{mark}{own}"


def closing(news: News, language: str) -> str:
    """The closing time with its zone, the portal's own words where no time could be read, or that none is stated."""
    if news.closes_at is not None:
        return moment(news.closes_at, news.zone, language, day_only=news.closes_precision == "date")
    return news.closes_text or translator(language)("not stated")


def left(news: News, now: datetime, language: str) -> str:
    """How long is left in calendar days where the tender closes; empty where no time is known."""
    if news.closes_at is None:
        return ""
    say = translator(language)
    if news.closes_at < now:
        return say("closed")
    return _in_days((_local(news.closes_at, news.zone).date() - _local(now, news.zone).date()).days, say)


def days_left(due: date, now: datetime, language: str) -> str:
    """How many calendar days are left until a day, at home."""
    say, days = translator(language), (due - _local(now, HOME_ZONE).date()).days
    return say("overdue") if days < 0 else _in_days(days, say)


def _in_days(days: int, say: Say) -> str:
    if days == 0:
        return say("today")
    return say("tomorrow") if days == 1 else say("in {days} days", days=days)


def hours_left(news: News, now: datetime, language: str) -> str:
    """How long is left in hours, for a closing that is at most a day away and known to the minute; else as `left`."""
    if news.closes_at is None or news.closes_precision == "date" or not now <= news.closes_at < now + timedelta(hours=20):
        return left(news, now, language)
    hours = round((news.closes_at - now) / timedelta(hours=1))
    say = translator(language)
    return say("in {hours} hours", hours=hours) if hours > 1 else say("within the hour" if hours < 1 else "in 1 hour")


def moment(at: datetime, zone: str | None, language: str, *, day_only: bool = False) -> str:
    """`Thursday, 3 December 2026, 2:00 p.m. Pacific Time`: a time on the wall of `zone`, with the zone's name."""
    local, locale = _local(at, zone), _LOCALES[language]
    if day_only:
        return day(local.date(), language)
    clock = format_datetime(local, _CLOCK[language], tzinfo=local.tzinfo, locale=locale)
    name = "UTC" if local.tzinfo is UTC else get_timezone_name(local.tzinfo, width="long", zone_variant="generic", locale=locale)
    return f"{day(local.date(), language)}, {clock} {name}"


def day(when: date, language: str) -> str:
    """`Thursday 3 December 2026`."""
    return str(format_date(when, "EEEE d MMMM y", locale=_LOCALES[language]))


def short_day(when: date, language: str) -> str:
    """`3 Dec`."""
    return str(format_date(when, "d MMM", locale=_LOCALES[language]))


def shorten(text: str, longest: int) -> str:
    """At most `longest` characters, cut between words."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[longest // 2 :] else cut).rstrip(" ,;:-") + "…"


def _local(at: datetime, zone: str | None) -> datetime:
    return at.astimezone(wall(zone))


def _moved(change: Change, language: str) -> str:
    say = translator(language)
    try:
        later = datetime.fromisoformat(change.new) - datetime.fromisoformat(change.old)
    except (TypeError, ValueError):  # one of the two is no time, or only one of them has a zone
        return say("The closing time is another than before.")
    span = format_timedelta(abs(later), threshold=1.5, locale=_LOCALES[language])
    return say(
        "It closes later than before, by {span}." if later > timedelta() else "It closes EARLIER than before, by {span}!",
        span=span,
    )


def _grew(change: Change | None) -> bool:
    return change is not None and isinstance(change.new, int) and change.new > (change.old or 0)


def _value(field: str, value: Any, news: News, language: str) -> str:
    say = translator(language)
    if value is None or value == "":
        return say("nothing" if news.tag is ReleaseTag.PROGRAM_UPDATE else "not stated")
    if field in _TIMES and isinstance(value, str):
        return _time(value, news, language)
    if field == "status":
        return say(str(value))
    return shorten(" ".join(str(value).split()), _LONGEST_VALUE)


def _time(value: str, news: News, language: str) -> str:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return shorten(value, _LONGEST_VALUE)
    if at.tzinfo is None:
        is_day = len(value) == len("2026-12-03")
        return day(date.fromisoformat(value), language) if is_day else value
    return moment(at, news.zone, language)
