"""Brings a database's schema up to date, once at a time, whoever asks."""

import logging
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from api import queue_schema
from api.database import Database

if TYPE_CHECKING:  # Alembic is loaded where something is migrated, not at every start
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"
ONE_AT_A_TIME = threading.Lock()  # Alembic keeps its context in a module
ADVISORY_LOCK = 0x6269646B  # "bidk": one migrating process at a time on PostgreSQL


def config() -> "Config":
    """Alembic's configuration, without a file of its own."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


@cache
def head() -> str | None:
    """The newest revision this program knows: they are a single line, and a file's name begins with its revision."""
    return max((path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py")), default=None)


def current(database: Database) -> str | None:
    """The revision the database stands at; None for an empty one."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(database: Database) -> bool:
    """Bring the schema to `head`; whether there was anything to do. Safe to call from several processes at once."""
    if current(database) == head() and queue_schema.is_current(database.engine):
        return False
    from alembic import command  # noqa: PLC0415 - see above

    logging.getLogger("alembic").setLevel(logging.WARNING)
    with ONE_AT_A_TIME, database.engine.execution_options(bidkeeper_write=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        queue_schema.upgrade(connection)
    return True
