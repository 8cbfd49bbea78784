"""`bidkeeper enquiries` over the API."""

from typing import Any

from api.cli.enquiries import DESK, MOST
from api.cli.far import known, path, picked
from api.cli.place import client

NONE = "there is no enquiry {number}; `bidkeeper enquiries list` shows all"


def found(text: str, state: str | None) -> list[dict[str, Any]]:
    """Enquiries that hold the words, newest first."""
    rows = client().all("enquiries", most=MOST, text=text, state=state)
    return [{name: value for name, value in one.items() if name != "messages"} for one in rows]


def thread(number: int) -> dict[str, Any]:
    """One enquiry with everything said in it."""
    return dict(known("enquiries", number, otherwise=NONE.format(number=number)))


def post(number: int, let_pass: list[str]) -> None:
    """Send a draft."""
    client().post(path("enquiries", number, "send"), {"let_pass": let_pass})


def write_call(number: int, text: str, *, answered: bool) -> None:
    """Write down a telephone call."""
    _act(number, act="call", text=text, answered=answered)


def remind_later(number: int, days: int) -> None:
    """Put an enquiry off by business days."""
    _act(number, act="put-off", days=days)


def end(number: int, outcome: str, text: str) -> None:
    """End an enquiry."""
    client().post(path("enquiries", number, "close"), {"outcome": outcome, "text": text})


def desks() -> list[dict[str, Any]]:
    """What was seen of each desk."""
    return [picked(one, DESK) for one in client().all("enquiries/statistics")]


def _act(number: int, **said: Any) -> None:
    client().post(path("enquiries", number, "acts"), said)
