"""When a person is told: at once, or gathered by the hour, day or week, outside their quiet hours; pure.

All hours are wall time in the person's own zone. A wall time that the clocks skip is read with the offset before the change,
one that comes twice is its first. What closes before its turn would come is told at once, whatever the hour: news that
arrives after the closing is no news.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from notifier.walls import wall
from notifier.workdays import is_workday

FREQUENCIES = ("instant", "hourly", "daily", "weekly")
MOST_STEPS = 40  # no run of quiet hours and holidays is longer

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class BadRhythm(ValueError):
    """Raised by `rhythm` for a choice that can't be meant; the sentence says which and how to write it."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often somebody is told. `deliver_at` and `weekday` (Monday is 0) are of daily and weekly digests.

    `quiet` is the span in which nothing is sent, over midnight when its end is before its start. `workdays` keeps to the
    business days of British Columbia; what comes on another day waits for `deliver_at` of the next.
    """

    frequency: str = "instant"
    zone: str = "America/Vancouver"
    deliver_at: time = time(8)
    weekday: int = 0
    quiet: tuple[time, time] | None = None
    workdays: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """When something is told, and whether together with whatever else is told then."""

    at: datetime
    gathered: bool


class Chosen(Protocol):
    """What a subscription says of its rhythm, as its row keeps it."""

    frequency: str
    zone: str
    deliver_at: str
    weekday: int
    quiet: str
    workdays: bool


def rhythm_of(row: Chosen) -> Rhythm:
    """A subscription's rhythm; one that was edited by hand into nonsense is told at once rather than never."""
    return _read(
        frequency=row.frequency,
        zone=row.zone,
        deliver_at=row.deliver_at,
        weekday=row.weekday,
        quiet=row.quiet,
        workdays=bool(row.workdays),
    )


@lru_cache(maxsize=1024)
def _read(*, frequency: str, zone: str, deliver_at: str, weekday: int, quiet: str, workdays: bool) -> Rhythm:
    try:
        return rhythm(frequency=frequency, zone=zone, deliver_at=deliver_at, weekday=weekday, quiet=quiet, workdays=workdays)
    except BadRhythm:
        return Rhythm()


def rhythm(
    *, frequency: str, zone: str, deliver_at: str = "08:00", weekday: int = 0, quiet: str = "", workdays: bool = False
) -> Rhythm:
    """The rhythm that these choices say, as people and rows write them. Raises BadRhythm."""
    if frequency not in FREQUENCIES:
        raise BadRhythm(f"alerts come {', '.join(FREQUENCIES[:-1])} or {FREQUENCIES[-1]}, not {frequency[:40]!r}")
    if weekday not in range(7):
        raise BadRhythm(f"a weekday is a number from 0 (Monday) to 6 (Sunday), not {weekday}")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRhythm(f"there is no time zone {zone[:60]!r}; write it as America/Vancouver") from None
    return Rhythm(frequency, zone, _clock(deliver_at), weekday, _span(quiet), workdays)


def turn(wanted: Rhythm, now: datetime, *, closes_at: datetime | None = None) -> Turn:
    """When news of `now` is told; `closes_at` is the closing that it must not miss, where there is one."""
    at = _open_from(wanted, _SLOTS[wanted.frequency](wanted, now))
    if closes_at is not None and now < closes_at <= at:
        return Turn(now, gathered=False)
    return Turn(at, gathered=wanted.frequency != "instant")


def _instant(_wanted: Rhythm, now: datetime) -> datetime:
    return now


def _hourly(wanted: Rhythm, now: datetime) -> datetime:
    """The next full hour of the wall clock."""
    clock = now.astimezone(wall(wanted.zone))
    begun = timedelta(minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)
    return now - begun + timedelta(hours=1)


def _daily(wanted: Rhythm, now: datetime) -> datetime:
    return next(at for days in range(3) if (at := _at(wanted, _day(wanted, now, days), wanted.deliver_at)) > now)


def _weekly(wanted: Rhythm, now: datetime) -> datetime:
    days = (_day(wanted, now, days) for days in range(9))
    return next(at for day in days if day.weekday() == wanted.weekday and (at := _at(wanted, day, wanted.deliver_at)) > now)


_SLOTS = {"instant": _instant, "hourly": _hourly, "daily": _daily, "weekly": _weekly}


def _open_from(wanted: Rhythm, at: datetime) -> datetime:
    """The first moment from `at` on that is neither quiet nor on a day off."""
    for _ in range(MOST_STEPS):
        later = _quiet_end(wanted, at) or _next_workday(wanted, at)
        if later is None:
            return at
        at = later
    return at


def _quiet_end(wanted: Rhythm, at: datetime) -> datetime | None:
    if wanted.quiet is None:
        return None
    start, end = wanted.quiet
    over_midnight, clock = end < start, at.astimezone(wall(wanted.zone)).time()
    if not (start <= clock or clock < end if over_midnight else start <= clock < end):
        return None
    over = _at(wanted, _day(wanted, at, 1 if over_midnight and clock >= start else 0), end)
    return over if over > at else None  # the hour that comes twice: its second time is not quiet again


def _next_workday(wanted: Rhythm, at: datetime) -> datetime | None:
    if not wanted.workdays or is_workday(_day(wanted, at, 0)):
        return None
    day = next(day for days in range(1, MOST_STEPS) if is_workday(day := _day(wanted, at, days)))
    return _at(wanted, day, wanted.deliver_at)


def _day(wanted: Rhythm, at: datetime, days: int) -> date:
    return at.astimezone(wall(wanted.zone)).date() + timedelta(days=days)


def _at(wanted: Rhythm, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, wall(wanted.zone)).astimezone(UTC)


def _clock(text: str) -> time:
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise BadRhythm(f"write a time of day as 08:00, not {text[:40]!r}")
    return time(int(found[1]), int(found[2]))


def _span(text: str) -> tuple[time, time] | None:
    if not text.strip():
        return None
    start, dash, end = text.replace("–", "-").partition("-")
    if not dash or _clock(start) == _clock(end):
        raise BadRhythm(f"write quiet hours as 21:00-07:00, or leave them empty; not {text[:40]!r}")
    return _clock(start), _clock(end)
