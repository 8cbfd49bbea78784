"""Looks that are held back: kept whole, counted while the source repeats itself, and decided by it or by a person."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from crawler.items import Look, Posting
from crawler.models import Capture, Quarantine
from crawler.volume import Doubt

ALIKE = 0.6  # share of ids that two looks have in common when they show the same listing


class NotHeld(Exception):
    """Raised for a decision over a look that is not held back, or no longer."""


def held(session: Session, source: str) -> Quarantine | None:
    """What is held back of a source."""
    return session.exec(select(Quarantine).where(Quarantine.source == source, Quarantine.state == "held")).first()


def standing(session: Session, source: str) -> Quarantine | None:
    """What keeps a source from being believed: a look held back, or one rejected that it still shows."""
    query = select(Quarantine).where(Quarantine.source == source, col(Quarantine.state).in_(("held", "rejected")))
    found = session.exec(query.order_by(col(Quarantine.id).desc())).first()
    return found if found is not None and (found.state == "held" or found.postings) else None


def quarantines(session: Session, *, state: str | None = "held") -> list[Quarantine]:
    """Looks held back, newest first; every one ever held with `state=None`."""
    query = select(Quarantine).order_by(col(Quarantine.held_at).desc(), col(Quarantine.id).desc())
    return list(session.exec(query if state is None else query.where(Quarantine.state == state)))


def confirmed(session: Session, look: Look, doubt: Doubt) -> bool:
    """Whether a look that is odd has been seen often enough in a row to be how the source now is."""
    waiting = held(session, look.source)
    if waiting is None or doubt.confirming is None or not agree(waiting, look):
        return False
    return waiting.looks + 1 >= doubt.confirming


def hold(session: Session, look: Look, doubt: Doubt, capture: Capture | None, *, now: datetime) -> Quarantine:
    """Keep a look back; one held before gives way to it, and their number in a row counts on if they agree."""
    waiting = held(session, look.source)
    if waiting is None:
        waiting = _rejected_before(session, look) or Quarantine(
            source=look.source, held_at=now, last_at=now, reason=doubt.reason, looks=0
        )
    waiting.looks = waiting.looks + 1 if agree(waiting, look) else 1
    waiting.health, waiting.reason, waiting.last_at = doubt.health, doubt.reason, now
    waiting.rows, waiting.columns = look.rows, list(look.columns)
    waiting.postings = [posting.dump() for posting in look.postings]
    waiting.capture_id = capture.id if capture else waiting.capture_id
    session.add(waiting)
    session.flush()
    return waiting


def release(session: Session, source: str, *, accepted: bool, now: datetime) -> None:
    """Nothing is held back any more: the source confirmed it, or is itself again and it is superseded."""
    waiting = session.exec(select(Quarantine).where(Quarantine.source == source, col(Quarantine.state).in_(("held", "rejected"))))
    for quarantine in waiting:
        if quarantine.state == "held":
            quarantine.state = "accepted" if accepted else "superseded"
            quarantine.decided_at, quarantine.decided_by = now, "the source itself"
        quarantine.postings = []


def agree(waiting: Quarantine, look: Look) -> bool:
    """Whether a look shows the same listing as the one held back: its columns, about its size, most of its rows."""
    if not waiting.rows and not look.rows:
        return True
    if sorted(map(str, waiting.columns)) != sorted(look.columns) or not waiting.rows / 2 <= look.rows <= waiting.rows * 2 + 5:
        return False
    before, now = {str(said["id"]) for said in waiting.postings}, {posting.id for posting in look.postings}
    return len(before & now) >= ALIKE * min(len(before), len(now))


def look_of(waiting: Quarantine, look: Look) -> Look:
    """The held look as if it had been seen again now."""
    postings = tuple(Posting.load(said) for said in waiting.postings)
    return replace(
        look, unchanged=False, postings=postings, rows=waiting.rows, columns=tuple(map(str, waiting.columns)), pages=()
    )


def _rejected_before(session: Session, look: Look) -> Quarantine | None:
    """The last look a person rejected, if this one is the same listing again: it stays rejected."""
    last = standing(session, look.source)
    return last if last is not None and agree(last, look) else None


def undecided(session: Session, quarantine_id: int) -> Quarantine:
    """A look that is still held back. Raises NotHeld."""
    found = session.get(Quarantine, quarantine_id)
    if found is None:
        raise NotHeld(f"no look numbered {quarantine_id} was ever held back")
    if found.state != "held":
        raise NotHeld(f"look {quarantine_id} is no longer held back: it was {found.state}")
    return found
