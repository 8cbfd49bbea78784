"""The queue's tables are made once, and a newer Procrastinate's steps are applied where they are missing."""

import pytest
from sqlalchemy import text

from api import queue_schema
from api.database import Database
from api.migrate import upgrade


def test_steps_that_are_newer_than_what_was_applied_are_found(postgres_own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(postgres_own)
    try:
        assert queue_schema.is_current(database.engine)
        assert not upgrade(database)
        steps, read = queue_schema._steps(), queue_schema._read
        monkeypatch.setattr(queue_schema, "_steps", lambda: [*steps, "99.00.00_01_newer.sql"])
        monkeypatch.setattr(
            queue_schema, "_read", lambda *name: "CREATE TABLE procrastinate_newer ();" if "99" in name[-1] else read(*name)
        )
        assert not queue_schema.is_current(database.engine)
        assert upgrade(database)
        assert not upgrade(database)
        with database.read() as session:
            assert session.execute(text("SELECT count(*) FROM procrastinate_newer")).scalar_one() == 0
    finally:
        database.close()


def test_sqlite_has_no_queue(stored: Database) -> None:
    assert queue_schema.is_current(stored.engine)
