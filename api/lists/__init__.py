"""The lists of each room as they leave the house; pages offer them, `api.exports` writes them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from api.dependencies import Principal
from api.exports import Entry, Table
from crawler.sources import SourceConfig


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a list, when, and which sources are configured."""

    me: Principal
    now: datetime
    sources: Mapping[str, SourceConfig]


def table(name: str, columns: Sequence[str], rows: Iterable[object], entries: Iterable[Entry] | None = None) -> Table:
    """The table whose columns are attributes of its rows."""
    return Table(name, columns, [tuple(getattr(row, column) for column in columns) for row in rows], entries)


List = Callable[[Session, Asked], Table]
