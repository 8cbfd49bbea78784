"""A source's health as a walk from state to state, each step told once. Pure; the store writes what is decided here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.vocabulary import Health

ADVICE = {
    Health.UNSEEN: "It has not been looked at yet.",
    Health.HEALTHY: "Nothing to do.",
    Health.LATE: "Nobody has looked for longer than its rhythm allows: see whether the service or its worker runs.",
    Health.EMPTY: "Open the page: if it really has no posting, accept the look; else its layout or search has changed.",
    Health.SHRUNK: "Compare the page with the last good look; accept the look if the postings are really gone.",
    Health.LAYOUT_CHANGED: "Open the page and compare it with the source's selectors or columns; mend them, or accept the look.",
    Health.REFUSED: "The portal does not let us look. Read its terms, save the page by hand and import it, or ask for access.",
    Health.UNREACHABLE: "The portal does not answer. We keep trying, ever less often; check the address.",
    Health.QUARANTINED: "Compare what was held back with the page, then accept or reject it.",
}
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a source's health that is worth telling."""

    old: Health
    new: Health
    reason: str | None


def step(old: Health, new: Health, reason: str | None) -> Step | None:
    """The step to tell, or None while the state stays the same. A first good look is no recovery and is not told."""
    if old is new or (old is Health.UNSEEN and new is Health.HEALTHY):
        return None
    return Step(old, new, reason)


def late(last_good_at: datetime | None, *, known_since: datetime | None, silence: timedelta, now: datetime) -> bool:
    """Whether a source has been silent longer than allowed, counted from when it was first known if it never answered."""
    since = last_good_at or known_since
    return since is not None and now - since > silence


def next_look(*, now: datetime, every: timedelta, failures: int, retry_after: float | None) -> datetime:
    """When to look again: by rhythm after a good look; after trouble sooner, then ever later, never giving up.

    `retry_after` (seconds) is what the portal asked for, honoured when it is longer than we would have waited.
    """
    if not failures:
        return now + every
    doubled: timedelta = min(FIRST_PAUSE, every) * 2.0 ** min(failures - 1, 20)
    pause = min(doubled, LONGEST_PAUSE, max(every, FIRST_PAUSE))
    return now + max(pause, timedelta(seconds=retry_after or 0))
