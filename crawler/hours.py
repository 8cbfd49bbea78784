"""When a portal may be looked at: `hours = "20:00-06:00"` in its source's zone, for portals that are to be spared by day. Pure.

Clocks are those of the wall: on the night when they change, the hours begin and end as the clocks there say.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
FORM = re.compile(r"\s*([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)\s*")


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of each day; one that ends before it begins goes over midnight."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """What the text says. Raises ValueError for another form, or for hours that never begin."""
        match = FORM.fullmatch(text)
        if not match or (match[1], match[2]) == (match[3], match[4]):
            raise ValueError('write the hours as two different times, such as "20:00-06:00"')
        return cls(time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])))

    def __contains__(self, clock: time) -> bool:
        if self.begin < self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end

    @property
    def closed(self) -> timedelta:
        """How long they are shut at a stretch."""
        begin, end = (timedelta(hours=at.hour, minutes=at.minute) for at in (self.begin, self.end))
        return (begin - end) % DAY


def opening(moment: datetime, hours: Hours | None, zone: ZoneInfo) -> datetime:
    """The moment itself when it lies within the hours (or there are none), else when they next begin."""
    local = moment.astimezone(zone)
    if hours is None or local.time() in hours:
        return moment
    day = local.date() if local.time() < hours.begin else local.date() + DAY
    return datetime.combine(day, hours.begin, zone).astimezone(UTC)
