"""What a step from one schema to the next takes away or newly demands, so that a node of the former version could not go on beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, inspect


@dataclass(frozen=True, slots=True)
class Column:
    """What an older process depends on of a column."""

    kind: str
    required: bool  # it has no default at the server and may not be empty
    nullable: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns by name, and the sets of columns of which no two rows may agree."""

    columns: Mapping[str, Column]
    unique: frozenset[frozenset[str]]


Schema = Mapping[str, Table]


def schema(engine: Engine) -> dict[str, Table]:
    """The schema as the database has it, without what the queue and the word indexes keep for themselves."""
    found = inspect(engine)
    names = (name for name in found.get_table_names() if not name.startswith(("procrastinate_", "fts_", "alembic_")))
    return {name: _table(found, name) for name in names}


def _table(found: Any, name: str) -> Table:
    key = set(found.get_pk_constraint(name)["constrained_columns"])
    columns = {
        one["name"]: Column(
            str(one["type"]),
            required=not one["nullable"] and one["default"] is None and not (one["name"] in key and len(key) == 1),
            nullable=one["nullable"],
        )
        for one in found.get_columns(name)
    }
    unique = [index["column_names"] for index in found.get_indexes(name) if index["unique"]]
    unique += [constraint["column_names"] for constraint in found.get_unique_constraints(name)]
    return Table(columns, frozenset(frozenset(names) for names in unique))


def shrinks(before: Schema, after: Schema) -> Iterator[str]:
    """A sentence for each thing that a process of the former schema would stumble over."""
    for name, old in before.items():
        if name not in after:
            yield f"the table {name} is gone"
            continue
        yield from _stumbles(name, old, after[name])


def _stumbles(name: str, old: Table, new: Table) -> Iterator[str]:
    for column, was in old.columns.items():
        now = new.columns.get(column)
        if now is None:
            yield f"{name}.{column} is gone"
        elif now.kind != was.kind:
            yield f"{name}.{column} was {was.kind} and is {now.kind}"
        elif was.nullable and not now.nullable:
            yield f"{name}.{column} may not be empty any more"
        elif now.required and not was.required:
            yield f"{name}.{column} has lost its default"
    for column in new.columns.keys() - old.columns.keys():
        if new.columns[column].required:
            yield f"{name}.{column} is new, may not be empty and has no default at the server"
    for columns in new.unique - old.unique:
        yield f"{name} newly wants {', '.join(sorted(columns))} to be unique"
