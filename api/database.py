"""One way to the database: an engine set up for its kind, and sessions that commit once at the edge."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlmodel import Session

import api.accounts.models
import api.fires
import contracts.models
import crawler.fulltext
import crawler.models
import crawler.turns
import notifier.models

# named so that the whole schema is known once this module is imported
TABLES = (api.accounts.models, api.fires, contracts.models, crawler.fulltext, crawler.models, crawler.turns, notifier.models)

BUSY_MS = 10_000
CHANNEL = "bidkeeper_delivery"  # what PostgreSQL notifies when a transaction that wrote deliveries is committed
NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', '')")
SWITCHES, SWITCH_SECONDS = 100, 0.05  # tries at making a new file write ahead, and the pause between two


@dataclass
class Written:
    """What a transaction has written that somebody waits for."""

    deliveries: bool = False


def _nobody() -> None:
    return None


class Database:
    """An engine and the two kinds of session the edges open; `told` is called when a `write` here has stored deliveries."""

    def __init__(self, url: str, told: Callable[[], None] = _nobody) -> None:
        self.url = url
        self.engine = connect(url)
        self.shared = not url.startswith("sqlite")  # with other processes, on other machines maybe
        self.told = told
        event.listen(self.engine, "after_cursor_execute", _notice)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that is never committed; what was read stays readable after it (closing rolls back, and expires nothing)."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits once when the block ends, and not at all when it raises.

        On SQLite it takes the write lock at once, so that a reader is never told in the middle that it may not write. Deliveries
        among what it wrote wake whoever sends: in this process, and on PostgreSQL every node that listens.
        """
        written = Written()
        with Session(self.engine.execution_options(bidkeeper_write=written), expire_on_commit=False) as session:
            yield session
            session.flush()
            if written.deliveries and self.shared:
                session.execute(NOTIFY)
            session.commit()
        if written.deliveries:
            self.told()

    def close(self) -> None:
        self.engine.dispose()


def connect(url: str) -> Engine:
    """The engine for `url`; SQLite in WAL mode with full durability, PostgreSQL with a pool that checks its connections.

    No statement is prepared at the server: a pooler in transaction mode may send the next one over another connection.
    """
    if not url.startswith("sqlite"):
        unprepared = {"prepare_threshold": None}
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10, pool_timeout=10, connect_args=unprepared)
    waiting = {"timeout": BUSY_MS / 1000, "check_same_thread": False}
    engine = create_engine(url, connect_args=waiting, json_deserializer=_read_json)
    event.listen(engine, "connect", _sqlite_setup)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _notice(connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
    if statement.startswith("INSERT INTO delivery "):
        written = connection.get_execution_options().get("bidkeeper_write")
        if isinstance(written, Written):
            written.deliveries = True


def _read_json(text: str) -> Any:
    return [] if text == "[]" else json.loads(text)  # most lists that a row keeps are empty


def _sqlite_setup(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_MS}", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Switch a file to WAL. SQLite does not wait for another connection that is switching a new file just now, so we do."""
    for tries_left in reversed(range(SWITCHES)):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if not tries_left:
                raise
            time.sleep(SWITCH_SECONDS)
        else:
            return


def _sqlite_begin(connection: Any) -> None:
    write = connection.get_execution_options().get("bidkeeper_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
