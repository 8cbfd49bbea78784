"""What may be done with an enquiry in which state, and where it leads; pure.

draft → asked (mail or telephone) → answered → closed. A late answer opens a closed enquiry again, so that nobody misses it.
"""

from dataclasses import dataclass
from datetime import datetime

from notifier import workdays

MOST_DAYS = 60  # business days that an enquiry can be put off
FOLLOW_UP_DAYS = 3  # business days without an answer, after which somebody should ask again
OUTCOMES = {
    "answered": "The desk answered",
    "no_answer": "No answer came",
    "withdrawn": "No longer needed",
    "wrong_desk": "It was the wrong desk",
}

# act → {state: the state it leads to}
ACTS: dict[str, dict[str, str]] = {
    "edit": {"draft": "draft"},
    "send": {"draft": "asked", "asked": "asked", "answered": "asked"},
    "call": {"draft": "asked", "asked": "asked", "answered": "asked"},
    "call_answered": {"draft": "answered", "asked": "answered", "answered": "answered"},
    "reply": {"asked": "answered", "answered": "answered", "closed": "answered"},
    "note": {state: state for state in ("draft", "asked", "answered", "closed")},
    "escalate": {"asked": "asked"},
    "put_off": {"asked": "asked"},
    "redirect": {"draft": "draft", "asked": "asked", "answered": "answered"},
    "reopen": {"closed": "closed"},  # and from there to where it stood, which `before_closing` says
    "close": {"draft": "closed", "asked": "closed", "answered": "closed"},
}


class NotNow(ValueError):
    """Raised by `step` for an act that this state does not allow; the message says so to a person."""


@dataclass(frozen=True, slots=True)
class Due:
    """When somebody should ask again, and whether that time has come."""

    at: datetime
    overdue: bool
    days_waiting: int


def step(state: str, act: str) -> str:
    """The state after `act`; raises NotNow."""
    leads = ACTS[act]
    if state not in leads:
        raise NotNow(f"this enquiry is {state}; {act.replace('_', ' ')} is possible while it is {' or '.join(sorted(leads))}")
    return leads[state]


def before_closing(asked_at: datetime | None, answered_at: datetime | None) -> str:
    """Where a closed enquiry stood: answered, asked, or still a draft."""
    return "answered" if answered_at else "asked" if asked_at else "draft"


def may(state: str, act: str) -> bool:
    """Whether the act is allowed now."""
    return state in ACTS[act]


def follow_up(asked_at: datetime, days: int = FOLLOW_UP_DAYS) -> datetime:
    """When to ask again after asking at `asked_at`: that many business days later."""
    return workdays.after(asked_at, days)


def due(state: str, asked_at: datetime | None, follow_up_at: datetime | None, *, now: datetime) -> Due | None:
    """How long a desk has been silent; None when nothing is awaited."""
    if state != "asked" or asked_at is None or follow_up_at is None:
        return None
    return Due(follow_up_at, now >= follow_up_at, workdays.between(asked_at, now))
