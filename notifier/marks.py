"""How long before a closing a reminder comes, and which of several is due; pure.

A lead is a number of days, or hours as text: `7`, `"3h"`. Days end at the closing's own time of day where it closes, whatever
the clocks do meanwhile; hours are hours.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from notifier.walls import wall

Lead: TypeAlias = int | str

DAYS = (14, 7, 3, 1)
LEADS: tuple[Lead, ...] = (*DAYS, "12h", "3h", "1h")  # what may be chosen


def mark(closes_at: datetime, lead: Lead, zone: str | None) -> datetime:
    """The moment so long before closing, in UTC; days end at the closing's own wall time in `zone`.

    A wall time that the clocks skip on that day is read with the offset before the change, one that comes twice is its first.
    """
    if isinstance(lead, str):
        return closes_at.astimezone(UTC) - span(lead)
    return (closes_at.astimezone(wall(zone)) - span(lead)).replace(fold=0).astimezone(UTC)


def span(lead: Lead) -> timedelta:
    """How long before the closing a lead is."""
    return timedelta(hours=int(lead.removesuffix("h"))) if isinstance(lead, str) else timedelta(days=lead)


def due_reminders(
    closes_at: datetime, zone: str | None, *, wanted: Iterable[Lead], since: datetime, now: datetime
) -> tuple[Lead, ...]:
    """Which of the wanted reminders stand to be told now, at most one: the latest mark passed after `since`.

    `since` is when the recipient could first know of the closing time: what passed before that would only repeat it.
    """
    if now >= closes_at:
        return ()
    passed = [lead for lead in wanted if since < mark(closes_at, lead, zone) <= now]
    return (min(passed, key=span),) if passed else ()


def leads(chosen: Iterable[Any]) -> list[Lead]:
    """The leads among what a row or a form says, the longest first; numbers of days may come as text."""
    said = {str(one) for one in chosen}
    return [lead for lead in LEADS if str(lead) in said]
