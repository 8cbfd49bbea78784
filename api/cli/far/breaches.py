"""`bidkeeper breaches` over the API: for a key with the scope `people`, whose name the service writes down."""

from datetime import datetime
from typing import Any

from api.cli.breaches import NONE, TIMES, WORDS
from api.cli.far import known, path, picked
from api.cli.place import client


def record(words: dict[str, str], *, serious: bool, people: int | None, found_at: datetime, by: str) -> int:  # noqa: ARG001
    """The number under which a breach was written down."""
    found = {"serious": serious, "people": people, "found_at": found_at.isoformat()}
    return int(client().post("breaches", words | found)["id"])


def note(breach: int, *, commissioner: bool, people: bool, by: str) -> None:  # noqa: ARG001
    """Note whom a breach was told to."""
    known("breaches", breach, otherwise=NONE.format(breach=breach))
    told = {"commissioner": commissioner, "people": people}
    client().act(path("breaches", breach), "reports", told)


def register() -> list[dict[str, Any]]:
    """Every breach on record, newest first."""
    return [picked(one, WORDS, TIMES) for one in client().all("breaches")]
