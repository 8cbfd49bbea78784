"""When to try again: after 1, 5, 15 and 60 minutes, hourly until a day has passed, every six hours until three have.

Counted in attempts, not by the clock, so that a clock that jumps neither gives up early nor tries for ever.
"""

from datetime import timedelta

SLOWEST = timedelta(hours=6)


def _delays() -> tuple[timedelta, ...]:
    delays = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
    passed = sum(delays, timedelta())
    while passed < timedelta(hours=72):
        step = timedelta(hours=1) if passed + timedelta(hours=1) <= timedelta(hours=24) else SLOWEST
        step = min(step, timedelta(hours=72) - passed)
        delays.append(step)
        passed += step
    return tuple(delays)


DELAYS = _delays()
MOST_ATTEMPTS = len(DELAYS) + 1


def retry_delay(attempts: int) -> timedelta | None:
    """How long to wait after this many failed attempts; None when it is time to give up."""
    return DELAYS[attempts - 1] if 1 <= attempts <= len(DELAYS) else None
