"""Spans of time as contracts write them, counted on British Columbia's calendar; pure.

A month's end stays a month's end: 31 January and one month is the last day of February. Business days leave out
Saturdays, Sundays and the province's statutory holidays; the day an event happens is not counted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo

import holidays
from dateutil.relativedelta import relativedelta

HOME = ZoneInfo("America/Vancouver")
ISO = re.compile(r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?P<hours>\d+)H)?")


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: months and days counted apart; `business` says that the days are business days."""

    months: int = 0
    days: int = 0
    business: bool = False

    @classmethod
    def parse(cls, value: str, unit: str | None = None) -> Self:
        """An ISO 8601 duration ("P36M", "P90D", "PT24H" counts as a day); raises ValueError.

        The standard has no letter for business days, so `unit` ("business day") tells them.
        """
        match = ISO.fullmatch(value.strip().upper())
        if match is None or not any(match.groups()):
            raise ValueError(f"“{value}” is no ISO 8601 duration such as P90D or P3M")
        part = {name: int(text or 0) for name, text in match.groupdict().items()}
        days = part["weeks"] * 7 + part["days"] + -(-part["hours"] // 24)
        return cls(part["years"] * 12 + part["months"], days, business=unit is not None and unit.startswith("business"))

    def __str__(self) -> str:
        parts = []
        if self.months:
            parts.append(_counted(self.months, "month"))
        if self.days or not self.months:
            parts.append(_counted(self.days, "business day" if self.business else "day"))
        return " and ".join(parts)


SPOKEN = re.compile(
    r"(?P<count>\d{1,4})\s*(?P<before>business |working )?(?P<unit>days?|weeks?|months?|years?|jours?|semaines?|mois|ans?|années?)"
    r"(?P<after> ouvrables?)?",
    re.IGNORECASE,
)
LETTERS = {"d": "D", "j": "D", "w": "W", "s": "W", "m": "M", "y": "Y", "a": "Y"}  # the first letter of a unit in either language


def spoken(text: str) -> tuple[str, str | None] | None:
    """“90 days”, “5 business days”, “3 ans” as an ISO 8601 duration and the unit that it can't tell; None for anything else."""
    said = SPOKEN.fullmatch(" ".join(text.split()))
    if said is None:
        return None
    business = bool(said["before"] or said["after"])
    letter = LETTERS[said["unit"][0].lower()]
    return None if business and letter != "D" else (f"P{said['count']}{letter}", "business day" if business else None)


def home_day(now: datetime) -> date:
    """The day that it is for the clinic."""
    return now.astimezone(HOME).date()


def after(day: date, span: Span) -> date:
    """The day that lies the span after `day`."""
    later = day + relativedelta(months=span.months)
    return business_days(later, span.days) if span.business else later + timedelta(span.days)


def before(day: date, span: Span) -> date:
    """The day that lies the span before `day`."""
    earlier = day - relativedelta(months=span.months)
    return business_days(earlier, -span.days) if span.business else earlier - timedelta(span.days)


def business_days(day: date, count: int) -> date:
    """The count-th business day after `day` (before it, if negative); a count of 0 is `day` itself."""
    step = 1 if count > 0 else -1
    for _ in range(abs(count)):
        day += timedelta(step)
        while not is_business_day(day):
            day += timedelta(step)
    return day


def is_business_day(day: date) -> bool:
    """Whether offices in British Columbia are open on the day."""
    return day.weekday() < 5 and day not in _holidays(day.year)


@cache
def _holidays(year: int) -> Mapping[date, str]:
    found: Mapping[date, str] = holidays.country_holidays("CA", subdiv="BC", years=year)
    return dict(found)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
