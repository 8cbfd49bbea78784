"""The wall clock of a place: where a tender closes, where a person reads."""

from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOME_ZONE = "America/Vancouver"  # where a tender's own zone is not known but its time is


@lru_cache(maxsize=256)
def wall(zone: str | None) -> tzinfo:
    """The clock of an IANA zone: home where none is named, UTC where nobody knows the name."""
    try:
        return ZoneInfo(zone or HOME_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
