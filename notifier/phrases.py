"""What a piece of news is called and how its facts read to a person, in English or French; pure, from the news alone."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_datetime, get_timezone_name

from contracts.vocabulary import Change, ReleaseTag
from notifier.news import News

HOME_ZONE = "America/Vancouver"  # where a tender's own zone is not known but its time is
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
}
_HEADLINES = {
    ReleaseTag.TENDER: "New",
    ReleaseTag.TENDER_CANCELLATION: "Cancelled",
    ReleaseTag.AWARD: "Awarded",
    ReleaseTag.PROGRAM_UPDATE: "Program page changed",
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
        day: str = format_date(_local(news.closes_at, news.zone), "d MMM", locale=_LOCALES[language])
        return say("Deadline now {day}", day=day)
    if _grew(changed.get("addenda")):
        return say("Addendum {number}", number=news.addenda)
    return say("Amended") if news.tag is ReleaseTag.TENDER_AMENDMENT else say("Updated")


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
    days = (_local(news.closes_at, news.zone).date() - _local(now, news.zone).date()).days
    if days == 0:
        return say("today")
    return say("tomorrow") if days == 1 else say("in {days} days", days=days)


def moment(at: datetime, zone: str | None, language: str, *, day_only: bool = False) -> str:
    """`Thursday, 3 December 2026, 2:00 p.m. Pacific Time`: a time on the wall of `zone`, with the zone's name."""
    local, locale = _local(at, zone), _LOCALES[language]
    day: str = format_date(local.date(), "EEEE d MMMM y", locale=locale)
    if day_only:
        return day
    clock = format_datetime(local, _CLOCK[language], tzinfo=local.tzinfo, locale=locale)
    name = "UTC" if local.tzinfo is UTC else get_timezone_name(local.tzinfo, width="long", zone_variant="generic", locale=locale)
    return f"{day}, {clock} {name}"


def shorten(text: str, longest: int) -> str:
    """At most `longest` characters, cut between words."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[longest // 2 :] else cut).rstrip(" ,;:-") + "…"


def _local(at: datetime, zone: str | None) -> datetime:
    try:
        return at.astimezone(ZoneInfo(zone or HOME_ZONE))
    except (ZoneInfoNotFoundError, ValueError):
        return at.astimezone(UTC)


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
        return format_date(date.fromisoformat(value), "EEEE d MMMM y", locale=_LOCALES[language]) if is_day else value
    return moment(at, news.zone, language)
