"""A new sender is met with distrust: so many mails on the first day, half as many again on each that follows; pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

GROWTH = 1.5
DAYS = 30  # after which a sender is known
BULK = ("news", "reminder", "open")
"""Kinds of news that may be put off to the next day; for all others somebody waits."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """`first` messages on the day `since` (UTC), more each day after it."""

    first: int
    since: date

    def allowed(self, day: date) -> int | None:
        """How many messages may go out on a day; None when any number may."""
        passed = (day - self.since).days
        return None if passed >= DAYS else int(self.first * GROWTH ** max(passed, 0))


def day_of(now: datetime) -> datetime:
    """The first moment of the day (UTC)."""
    return datetime.combine(now.astimezone(UTC).date(), time(), UTC)


def next_day(now: datetime) -> datetime:
    """The first moment of the next day (UTC)."""
    return day_of(now) + timedelta(days=1)
