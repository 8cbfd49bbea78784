"""The migrations make exactly the schema the models describe, on both databases, and may be run by several at once."""

import threading
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from api.database import Database
from api.migrate import config, current, head, upgrade
from api.migrations.scope import ours
from contracts import audit


def test_upgrading_makes_what_the_models_describe(bare: Database) -> None:
    assert current(bare) is None
    assert upgrade(bare)
    assert current(bare) == head()
    with bare.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_newest_migration_is_known_by_its_name() -> None:
    assert head() == ScriptDirectory.from_config(config()).get_current_head()


def test_upgrading_twice_changes_nothing(bare: Database) -> None:
    upgrade(bare)
    before = sorted(inspect(bare.engine).get_table_names())
    assert not upgrade(bare)
    assert sorted(inspect(bare.engine).get_table_names()) == before


def test_several_may_upgrade_at_once(bare: Database) -> None:
    failures: list[BaseException] = []

    def one() -> None:
        database = Database(bare.url)
        try:
            upgrade(database)
        except Exception as error:
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert current(bare) == head()


@pytest.mark.parametrize("word", ["UPDATE auditentry SET action = 'x'", "DELETE FROM auditentry"])
def test_the_audit_log_of_a_migrated_database_takes_no_change(bare: Database, word: str) -> None:
    upgrade(bare)
    with bare.write() as session:
        audit.record(
            session, organisation_id=1, actor="someone", action="looked", subject="payee:1", at=datetime(2026, 1, 1, tzinfo=UTC)
        )
    with pytest.raises(DBAPIError), bare.engine.begin() as connection:
        connection.execute(text(word))
