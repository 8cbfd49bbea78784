"""`bidkeeper sources` over the API."""

from typing import Any

from api.cli import CommandError
from api.cli.far import moment, path, picked
from api.cli.place import client
from api.cli.sources import EVENTS, NOTHING_HELD

TIMES = ("since", "last_good", "last_looked", "next_look")


def listed() -> list[dict[str, Any]]:
    """Every configured source with its health."""
    return [_row(item) for item in client().all("sources") if item["title"] is not None]


def report(source: str) -> dict[str, Any]:
    """One source with what is held back of it and its last steps."""
    item = client().get(path("sources", source))
    events = client().all(f"{path('sources', source)}/events", most=EVENTS)
    return (
        _row(item)
        | picked(item, ("reason", "advice", "sample"))
        | {
            "held": [
                picked(one, ("id",)) | {"since": moment(one["held_at"])} | picked(one, ("rows", "reason"))
                for one in _held(source)
            ],
            "events": [{"at": moment(one["at"]), "state": [one["old"], one["new"]], "reason": one["reason"]} for one in events],
        }
    )


def decide(source: str, *, accept: bool) -> None:
    """Believe or refuse what is held back."""
    held = _held(source)
    if not held:
        raise CommandError(NOTHING_HELD.format(source=source))
    for one in held:
        client().post(path("held", one["id"], "decision"), {"accept": accept})


def _held(source: str) -> list[dict[str, Any]]:
    return [one for one in client().all("held") if one["source"] == source]


def _row(item: dict[str, Any]) -> dict[str, Any]:
    health = item["health"] if item["enabled"] else "off"
    return {"source": item["name"], "title": item["title"], "health": health} | picked(item, (), TIMES)
