"""The sources and how well each can be seen."""

from sqlmodel import Session

from api.exports import Table
from api.lists import Asked, List
from crawler import store


def _sources(session: Session, asked: Asked) -> Table:
    columns = ("name", "title", "platform", "address", "enabled", "health", "reason", "last_good", "last_looked", "next_look")
    rows = [
        (
            *(one.config.name, one.config.title, one.config.platform, one.config.address, one.config.enabled, one.health.value),
            *(_of(one, name) for name in ("health_reason", "last_good_at", "last_looked_at", "next_look_at")),
        )
        for one in store.health(session, dict(asked.sources), now=asked.now)
    ]
    return Table("sources", columns, rows)


def _of(one: store.SourceHealth, name: str) -> object:
    return getattr(one.state, name) if one.state else None


LISTS: dict[str, List] = {"sources": _sources}
