"""Brings a database's schema up to date, once at a time, whoever asks."""

import logging
import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from api import queue_schema
from api.database import Database

FOLDER = Path(__file__).parent / "migrations"
ONE_AT_A_TIME = threading.Lock()  # Alembic keeps its context in a module
ADVISORY_LOCK = 0x6269646B  # "bidk": one migrating process at a time on PostgreSQL


def config() -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str | None:
    """The newest revision this program knows."""
    return ScriptDirectory.from_config(config()).get_current_head()


def current(database: Database) -> str | None:
    """The revision the database stands at; None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database) -> bool:
    """Bring the schema to `head`; whether there was anything to do. Safe to call from several processes at once."""
    if current(database) == head() and queue_schema.is_current(database.engine):
        return False
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with ONE_AT_A_TIME, database.engine.execution_options(bidkeeper_write=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        queue_schema.upgrade(connection)
    return True
