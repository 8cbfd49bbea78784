"""`bidkeeper routes` over the API."""

from typing import Any

from api.cli.far import path, picked
from api.cli.place import client

NAMES = ("id", "state", "kind", "question", "desk", "old", "new", "page", "as_of", "confidence", "decided_by")


def listed(state: str | None) -> list[dict[str, Any]]:
    """The proposals in a state, or all."""
    return [picked(one, NAMES) | {"question": one["question"] or None} for one in client().all("contact-proposals", state=state)]


def decide(number: int, *, accept: bool) -> None:
    """Use what a proposal says, or not."""
    client().post(path("contact-proposals", number, "decision"), {"accept": accept})
