"""Which closing times a round of reminders has to look at: those of which a mark may have passed since the round before.

Without it each round, every few minutes, would read every tender that closes within a fortnight. When the last round was is a
watermark, in minutes since 1970, raised in the round's own transaction: a round that fails leaves its marks to the next.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from sqlalchemy import update
from sqlmodel import Session, col, select

from notifier.marks import DAYS, LEADS, span
from notifier.models import Watermark
from notifier.store import insert_once

Span: TypeAlias = tuple[datetime, datetime]  # closing times after the first and not after the second

HORIZON = timedelta(days=max(DAYS) + 1)  # nothing is due for what closes later than this from now
LEEWAY = timedelta(hours=1)  # a look may be stored so long after the time that it bears
SHIFT = timedelta(hours=2)  # by so much a mark on the wall may lie beside whole days

NAME = "reminders"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def spans(since: datetime | None, *, now: datetime) -> list[Span]:
    """The closing times to look at, `since` being the last round; without one, or after a clock that went back, the whole horizon."""
    if since is None or since > now:
        return [(now, now + HORIZON)]
    return merged((max(now, since - LEEWAY + span(lead) - SHIFT), now + span(lead) + SHIFT) for lead in LEADS)


def merged(found: Iterable[Span]) -> list[Span]:
    """The same times in spans that do not meet."""
    apart: list[Span] = []
    for after, before in sorted(found):
        if apart and after <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(before, apart[-1][1]))
        else:
            apart.append((after, before))
    return apart


def last(session: Session) -> datetime | None:
    """When the last round was, to the minute before."""
    value = session.exec(select(Watermark.value).where(Watermark.name == NAME)).first()
    return None if value is None else EPOCH + value * MINUTE


def done(session: Session, *, now: datetime) -> None:
    """Have this moment stand as the last round's, once the caller has committed."""
    value = (now - EPOCH) // MINUTE
    insert_once(session, Watermark, [{"name": NAME, "value": value}])
    session.connection().execute(update(Watermark).where(col(Watermark.name) == NAME).values(value=value))
