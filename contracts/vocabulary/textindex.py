"""A full-text index that triggers keep: how each database makes it, and that it comes and goes with a table.

Tables of an index begin with `fts_`, which schema comparison is told to leave alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table, event, text


@dataclass(frozen=True)
class TextIndex:
    """Statements by dialect; those of `fill` bring in what was there before the index was, and run only when it is made."""

    table: str
    make: Mapping[str, Sequence[str]]
    fill: Mapping[str, str]
    unmake: Mapping[str, Sequence[str]]

    def create(self, connection: Connection) -> None:
        """Make the index and fill it; harmless when it is there. A migration calls this after it made the tables."""
        dialect = connection.dialect.name
        made = self._is_made(connection)
        for statement in (*self.make[dialect], *(() if made else (self.fill[dialect],))):
            connection.execute(text(statement.replace(":", r"\:")))

    def drop(self, connection: Connection) -> None:
        """Remove the index and its triggers; the tables that it reads stay."""
        for statement in self.unmake[connection.dialect.name]:
            connection.execute(text(statement))

    def attach(self, table: Table) -> None:
        """Have the index made after `table`, the last of those it reads, and dropped before it."""
        event.listen(table, "after_create", lambda _table, connection, **_: self.create(connection))
        event.listen(table, "before_drop", lambda _table, connection, **_: self.drop(connection))

    def _is_made(self, connection: Connection) -> bool:
        catalogue = {"sqlite": "sqlite_master WHERE name", "postgresql": "pg_class WHERE relname"}[connection.dialect.name]
        return bool(connection.execute(text(f"SELECT count(*) FROM {catalogue} = :name"), {"name": self.table}).scalar())  # noqa: S608
