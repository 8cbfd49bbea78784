"""What a person decides over a look that was held back."""

from datetime import datetime

from sqlmodel import Session

from crawler.items import Look
from crawler.models import Quarantine
from crawler.sources import SourceConfig
from crawler.store import quarantine, states
from crawler.store.looks import Saved, write
from crawler.store.plan import draw


def accept(session: Session, quarantine_id: int, source: SourceConfig, *, by: str = "", now: datetime) -> Saved:
    """Believe what was held back: its news is written now, once, and it is the measure from here on. Raises NotHeld."""
    held = quarantine.undecided(session, quarantine_id)
    state = states.state(session, held.source)
    look = quarantine.look_of(held, Look(source=held.source, at=now))
    plan = draw(session, state, source, look, now=now)
    held.state, held.decided_at, held.decided_by = "accepted", now, by or None
    quarantine.release(session, held.source, accepted=True, now=now)
    state.volume = []
    return write(session, state, source, look, plan, now=now, capture_id=held.capture_id)


def reject(session: Session, quarantine_id: int, *, by: str = "", now: datetime) -> Quarantine:
    """Say that what was held back is wrong: it, and what resembles it, is never believed by itself. Raises NotHeld."""
    held = quarantine.undecided(session, quarantine_id)
    held.state, held.decided_at, held.decided_by = "rejected", now, by or None
    session.flush()
    return held


def reconsider(session: Session, quarantine_id: int) -> Quarantine:
    """Put a look that was rejected before a person again. Raises NotHeld where it was not, or the source has shown others since."""
    found = session.get(Quarantine, quarantine_id)
    if found is None or found.state != "rejected" or not found.postings or quarantine.held(session, found.source) is not None:
        raise quarantine.NotHeld(f"look {quarantine_id} can no longer be put back")
    found.state, found.decided_at, found.decided_by = "held", None, None
    session.flush()
    return found
