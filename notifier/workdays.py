"""Business days of British Columbia: Monday to Friday without its statutory holidays, by the calendar of America/Vancouver."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from notifier.contacts import PACIFIC, holiday_name


@lru_cache(maxsize=2048)
def is_workday(day: date) -> bool:
    """Whether desks work on this day."""
    return day.isoweekday() <= 5 and holiday_name(day) is None


def after(at: datetime, days: int) -> datetime:
    """The same time of day `days` (at least 1) business days later, aware, in Pacific time."""
    local = at.astimezone(PACIFIC)
    while days > 0:
        local += timedelta(days=1)
        days -= is_workday(local.date())
    return local


def between(start: datetime, end: datetime) -> int:
    """Business days that began after the day of `start`, up to the day of `end`; 0 on the same day or when turned round."""
    day, last = start.astimezone(PACIFIC).date(), end.astimezone(PACIFIC).date()
    count = 0
    while day < last:
        day += timedelta(days=1)
        count += is_workday(day)
    return count
