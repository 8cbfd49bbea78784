"""What is remembered of a source: its health, when it was looked at, how large it usually is."""

from datetime import datetime

from sqlmodel import Session

from contracts.vocabulary import Health
from crawler import health
from crawler.items import Look
from crawler.models import Source, SourceEvent
from crawler.sources import SourceConfig
from crawler.volume import REMEMBERED


def state(session: Session, name: str) -> Source:
    """The source's row, made at its first look."""
    found = session.get(Source, name)
    if found is None:
        found = Source(name=name)
        session.add(found)
        session.flush()
    return found


def looked(source: Source, config: SourceConfig, look: Look, *, now: datetime, failed: bool) -> None:
    """That somebody looked, and when to look again."""
    source.last_looked_at = now
    source.failures = source.failures + 1 if failed else 0
    due = health.next_look(now=now, every=config.every, failures=source.failures, retry_after=look.retry_after)
    source.next_look_at = config.opening(due)
    if look.validators and not failed and look.validators != source.validators:
        source.validators = dict(look.validators)


def believed(source: Source, look: Look, *, now: datetime) -> None:
    """That the look was good, and what it looked like."""
    source.last_good_at = now
    if look.announces:
        return  # a notice says nothing of how the listing looks
    source.baseline_at = source.baseline_at or now
    if not look.unchanged:
        source.volume = [*source.volume, look.rows][-REMEMBERED:]
        if look.columns:
            source.columns = list(look.columns)


def turn(session: Session, source: Source, new: Health, reason: str | None, *, now: datetime) -> tuple[SourceEvent, ...]:
    """Take the source to a state; the event that tells it, once, or none when it stays where it was."""
    step = health.step(source.health, new, reason)
    if source.health is not new:
        source.health_since = now
    source.health, source.health_reason = new, reason
    if step is None:
        return ()
    event = SourceEvent(source=source.name, at=now, old=step.old, new=step.new, reason=step.reason)
    session.add(event)
    session.flush()
    return (event,)


def check_late(session: Session, configs: dict[str, SourceConfig], *, now: datetime) -> tuple[SourceEvent, ...]:
    """Mark the enabled sources that have been silent too long, each told once; a source already in trouble stays in it."""
    told: list[SourceEvent] = []
    for config in configs.values():
        source = session.get(Source, config.name) if config.enabled else None
        if source is None or source.health not in {Health.HEALTHY, Health.UNSEEN}:
            continue
        if health.late(source.last_good_at, known_since=source.last_looked_at, silence=config.silence, now=now):
            since = source.last_good_at.isoformat(timespec="minutes") if source.last_good_at else "ever"
            told += turn(session, source, Health.LATE, f"no good look since {since}", now=now)
    return tuple(told)
