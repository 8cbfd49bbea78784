"""Pictures of time as plain numbers, which templates draw as SVG beside the same figures in a table; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from api.presentation import HOME_ZONE

WEEKS = 10
TALL = 60  # units that the highest bar has


@dataclass(frozen=True, slots=True)
class Bar:
    """A week that begins on Monday `start`: how much falls into it, and how tall that is drawn (0 to TALL)."""

    start: date
    count: int
    height: int


@dataclass(frozen=True, slots=True)
class Point:
    """Something that happened, as a place between 0 and 1000 on the line, and what it is."""

    at: datetime
    x: int
    kind: str


def monday(now: datetime) -> date:
    """The first day of the week that `now` falls into, at home."""
    today = now.astimezone(ZoneInfo(HOME_ZONE)).date()
    return today - timedelta(days=today.weekday())


def weeks(times: Iterable[datetime] | Mapping[datetime, int], *, now: datetime, count: int = WEEKS) -> list[Bar]:
    """This week and those after it, by the calendar at home; `times` as they come, or each with how often."""
    first = monday(now)
    counted = [0] * count
    for at, often in Counter(times).items():
        week = (at.astimezone(ZoneInfo(HOME_ZONE)).date() - first).days // 7
        if 0 <= week < count:
            counted[week] += often
    tallest = max(counted, default=0) or 1
    return [
        Bar(first + timedelta(weeks=week), found, -(-found * TALL // tallest) if found else 0)
        for week, found in enumerate(counted)
    ]


def line(events: Sequence[tuple[datetime, str]]) -> list[Point]:
    """The events in their order on a line from the first to the last."""
    ordered = sorted(events)
    if not ordered:
        return []
    begin, end = ordered[0][0], ordered[-1][0]
    whole = (end - begin).total_seconds() or 1
    return [Point(at, round(1000 * (at - begin).total_seconds() / whole), kind) for at, kind in ordered]
