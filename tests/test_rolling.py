"""Nodes are upgraded one after the other: a node of an older version goes on writing into the newest schema (decision 0021)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, func, inspect, select
from sqlmodel import SQLModel
from sqlmodel import select as select_rows

from api.database import Database
from api.migrate import config, upgrade
from tests.growth import Column, Table, schema, shrinks
from tests.test_upgrading import SAMPLES, filled

KINDS = {"id": Column("INTEGER", required=False, nullable=False), "name": Column("VARCHAR", required=True, nullable=False),
         "note": Column("VARCHAR", required=False, nullable=True), "count": Column("INTEGER", required=False, nullable=False)}  # fmt: skip
PLACE = Table(KINDS, frozenset())


def revisions() -> list[str]:
    """All of them, the first one first."""
    found = ScriptDirectory.from_config(config()).walk_revisions()
    return [script.revision for script in reversed(list(found))]


def step(database: Database, revision: str) -> None:
    with database.engine.execution_options(bidkeeper_write=True).begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)


def test_no_migration_takes_away_or_demands_what_an_older_node_does_not_know(bare: Database) -> None:
    first, *later = revisions()
    step(bare, first)
    before = schema(bare.engine)
    for revision in later:
        step(bare, revision)
        after = schema(bare.engine)
        assert list(shrinks(before, after)) == [], f"migration {revision}"
        before = after


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, "the table place is gone"),
        ({"place": Table({name: kind for name, kind in KINDS.items() if name != "note"}, frozenset())}, "place.note is gone"),
        ({"place": Table(KINDS | {"note": KINDS["count"]}, frozenset())}, "place.note was VARCHAR and is INTEGER"),
        (
            {"place": Table(KINDS | {"note": Column("VARCHAR", required=True, nullable=False)}, frozenset())},
            "place.note may not be empty any more",
        ),
        (
            {"place": Table(KINDS | {"count": Column("INTEGER", required=True, nullable=False)}, frozenset())},
            "place.count has lost its default",
        ),
        (
            {"place": Table(KINDS | {"new": KINDS["name"]}, frozenset())},
            "place.new is new, may not be empty and has no default at the server",
        ),
        ({"place": Table(KINDS, frozenset({frozenset({"name"})}))}, "place newly wants name to be unique"),
    ],
)
def test_what_an_older_node_would_stumble_over_is_named(changed: Mapping[str, Table], says: str) -> None:
    assert list(shrinks({"place": PLACE}, changed)) == [says]


def test_what_grows_is_no_stumbling_block() -> None:
    grown = Table(KINDS | {"more": KINDS["note"], "flag": KINDS["count"]}, frozenset())
    assert list(shrinks({"place": PLACE}, {"place": grown, "another": PLACE})) == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("beside", ["its own", "the last"])
def test_an_older_node_writes_changes_and_reads_beside_the_newest(bare: Database, sample: Path, beside: str) -> None:
    """With the columns that it knows, all of them and no others, as its models do."""
    filled(bare, sample)
    if beside == "the last":
        step(bare, revisions()[-2])
    older = MetaData()
    older.reflect(bare.engine, only=[name for name in inspect(bare.engine).get_table_names() if name in SQLModel.metadata.tables])
    upgrade(bare)
    with bare.engine.execution_options(bidkeeper_write=True).begin() as connection:
        for name in ("person", "source", "notification", "subscription", "tender", "release", "delivery", "capture"):
            table = older.tables[name]
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
            assert rows
            connection.execute(table.insert(), [_another(row) for row in rows])
            for row in rows:
                own = [column == row[column.name] for column in table.primary_key]
                assert connection.execute(table.update().where(*own).values(**row)).rowcount == 1
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 2 * len(rows)
    with bare.write() as session:  # and the newest goes on with what the older one wrote
        for mapper in SQLModel._sa_registry.mappers:
            for found in session.exec(select_rows(mapper.class_)):
                assert found is not None
    assert json.loads(sample.read_text("utf-8")).keys() <= older.tables.keys()


UNIQUE = {"key", "ocid", "native_id", "release_id", "address"}  # columns whose values no two rows share


def _another(row: dict[str, Any]) -> dict[str, Any]:
    """A row like this one that can stand beside it."""
    changed: dict[str, Any] = {name: f"{value}-2" for name, value in row.items() if name in UNIQUE}
    return row | changed | ({"id": row["id"] + 1_000} if "id" in row else {"name": f"{row['name']}-2"})
