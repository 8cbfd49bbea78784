"""Both databases give back what was stored, and SQLite is set up to survive a power cut."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError
from sqlmodel import Session, select

from api.database import Database
from contracts.vocabulary import Health
from crawler.models import Source


def test_a_time_comes_back_aware_and_in_utc(session: Session) -> None:
    noon = datetime(2026, 3, 8, 12, 0, tzinfo=timezone(timedelta(hours=-8)))
    session.add(Source(name="a", health=Health.HEALTHY, last_good_at=noon))
    session.flush()
    session.expire_all()
    stored = session.exec(select(Source)).one()
    assert stored.last_good_at == noon
    assert stored.last_good_at.tzinfo is UTC
    assert stored.health is Health.HEALTHY


def test_a_time_without_a_zone_is_refused(session: Session) -> None:
    session.add(Source(name="a", last_good_at=datetime(2026, 3, 8, 12, 0)))
    with pytest.raises(StatementError, match="without a zone"):
        session.flush()


def test_a_block_that_raises_stores_nothing(database: Database) -> None:
    def half_way() -> None:
        with database.write() as session:
            session.add(Source(name="a"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_way()
    with database.read() as session:
        assert session.exec(select(Source)).all() == []


def test_sqlite_is_durable_and_keeps_foreign_keys(database: Database) -> None:
    if not database.url.startswith("sqlite"):
        pytest.skip("SQLite's own settings")
    with database.engine.connect() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
