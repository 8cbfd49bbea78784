"""Moving everything from one database to another, SQLite and PostgreSQL in any pair, row for row and resumable.

Tables go in the order of their references, rows in chunks by key; each chunk is read back and compared before it is committed, together
with a note of how far the move has come. A last pass compares every table as a whole, so that a source which changed meanwhile is found.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, Text, func, insert, inspect, select, text, tuple_
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from api.database import Database
from api.migrate import current, head

CHUNK = 1_000  # rows
WHOLE = 1 << 128  # digests of rows are added up modulo this, whatever order they come in

Row = Mapping[str, Any]
Progress = Callable[[str, int], None]

# stands in the target while a move is under way
_NOTES = Table("move_progress", MetaData(), Column("name", String, primary_key=True), Column("last", Text, nullable=False))
_ORIGIN = ""  # the note that says where from


class MoveError(Exception):
    """Raised when a move can't be begun or went wrong; the sentence says which table, and what to do."""


def rows(database: Database) -> int:
    """How many rows there are to move."""
    with database.engine.connect() as connection:
        return sum(_count(connection, table) for table in tables())


def tables() -> Sequence[Table]:
    """Every table of the house, those that others refer to first."""
    return SQLModel.metadata.sorted_tables


def move(source: Database, target: Database, *, progress: Progress = lambda _table, _rows: None) -> dict[str, int]:
    """Copy every row; gives the number in each table. Raises MoveError, leaving what was copied so far to go on from."""
    for one, name in ((source, "first"), (target, "second")):
        if current(one) != head():
            raise MoveError(f"the {name} database is not of this version: run `bidkeeper db upgrade` on it first")
    with _snapshot(source) as reading:
        done = _begin(target, origin=source.engine.url.render_as_string(hide_password=True))
        for table in tables():
            _move_table(reading, target, table, done.get(table.name), progress)
        moved = _compare(reading, target)
    _end(target)
    return moved


@contextmanager
def _snapshot(source: Database) -> Iterator[Connection]:
    """One moment of the source, however long the reading takes."""
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if source.shared else {}
    with source.engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def _begin(target: Database, *, origin: str) -> dict[str, Any]:
    """The notes of a move that was broken off, by table; none at the start of a new one. Raises MoveError."""
    with target.write() as session:
        connection = session.connection()
        if inspect(connection).has_table(_NOTES.name):
            notes = {row.name: row.last for row in connection.execute(select(_NOTES))}
            if notes.pop(_ORIGIN) != origin:
                raise MoveError("the second database holds half of a move from elsewhere: name an empty one")
            return {name: json.loads(last) for name, last in notes.items()}
        if filled := [table.name for table in tables() if _count(connection, table)]:
            raise MoveError(f"the second database is not empty ({', '.join(filled[:3])} …): name an empty one")
        _NOTES.create(connection)
        connection.execute(insert(_NOTES).values(name=_ORIGIN, last=origin))
        return {}


def _move_table(reading: Connection, target: Database, table: Table, last: list[Any] | None, progress: Progress) -> None:
    if last is not None:
        progress(table.name, reading.execute(select(func.count()).where(_key(table) <= _value(table, last))).scalar_one())
    while chunk := _chunk(reading, table, last):
        keys = [[row[column.name] for column in table.primary_key] for row in chunk]
        with target.write() as session:
            connection = session.connection()
            try:
                connection.execute(insert(table), chunk)
            except SQLAlchemyError as error:
                reason = str(getattr(error, "orig", error)).splitlines()[0]
                raise MoveError(
                    f"{table.name}, rows {keys[0]} to {keys[-1]}: the second database refuses them: {reason}"
                ) from None
            if _digest(table, chunk) != _digest(table, _read_back(connection, table, keys)):
                raise MoveError(f"{table.name}, rows {keys[0]} to {keys[-1]}: what was written reads differently")
            _note(connection, table, keys[-1])
        last = keys[-1]
        progress(table.name, len(chunk))


def _chunk(reading: Connection, table: Table, last: list[Any] | None) -> list[dict[str, Any]]:
    """The rows that follow a key."""
    statement = select(table).order_by(*table.primary_key).limit(CHUNK)
    if last is not None:
        statement = statement.where(_key(table) > _value(table, last))
    return [dict(row) for row in reading.execute(statement).mappings()]


def _read_back(connection: Connection, table: Table, keys: list[list[Any]]) -> list[Row]:
    found = connection.execute(select(table).where(_key(table).in_([_value(table, key) for key in keys])))
    return [dict(row) for row in found.mappings()]


def _key(table: Table) -> Any:
    columns = list(table.primary_key)
    return columns[0] if len(columns) == 1 else tuple_(*columns)


def _value(table: Table, key: list[Any]) -> Any:
    return key[0] if len(table.primary_key) == 1 else tuple(key)


def _note(connection: Connection, table: Table, last: list[Any]) -> None:
    connection.execute(_NOTES.delete().where(_NOTES.c.name == table.name))
    connection.execute(insert(_NOTES).values(name=table.name, last=json.dumps(last)))


def _compare(reading: Connection, target: Database) -> dict[str, int]:
    """Every table as a whole, on both sides. Raises MoveError."""
    moved = {}
    with _snapshot(target) as written:
        for table in tables():
            (there, count), (here, _) = _whole(written, table), _whole(reading, table)
            if there != here:
                raise MoveError(
                    f"{table.name} changed while it was moved: stop every `serve` and `worker`, and move into an empty database"
                )
            moved[table.name] = count
    return moved


def _whole(connection: Connection, table: Table) -> tuple[int, int]:
    total, count, last = 0, 0, None
    while chunk := _chunk(connection, table, last):
        total, count = (total + _digest(table, chunk)) % WHOLE, count + len(chunk)
        last = [chunk[-1][column.name] for column in table.primary_key]
    return total, count


def _digest(table: Table, chunk: Sequence[Row]) -> int:
    """The same for the same rows, in whatever order and from whichever database they come."""
    names = sorted(column.name for column in table.columns)
    total = 0
    for row in chunk:
        said = json.dumps([row[name] for name in names], sort_keys=True, default=_plain, ensure_ascii=False)
        total += int.from_bytes(hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest())
    return total % WHOLE


def _plain(value: Any) -> str:
    """A value that JSON has no word for."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, Decimal):
        return str(value.normalize())
    raise TypeError(f"a {type(value).__name__} can't be compared")


def _end(target: Database) -> None:
    """Let new rows be numbered after the moved ones, and take the notes away."""
    with target.write() as session:
        connection = session.connection()
        for table in tables() if target.shared else ():
            if "id" in table.columns and (sequence := _sequence(connection, table)):
                last = connection.execute(select(func.max(table.columns["id"]))).scalar()
                if last is not None:
                    connection.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})
        _NOTES.drop(connection)


def _sequence(connection: Connection, table: Table) -> str | None:
    found = connection.execute(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": f'"{table.name}"'})
    name: str | None = found.scalar()
    return name


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
