"""A service over an empty database, for the tests of pages, API and what stands before them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.database import Database
from tests.api import service


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Database]:
    """The service's own database, empty."""
    database = service.database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def web(stored: Database, tmp_path: Path) -> Iterator[service.TestClient]:
    """A client of the service over `stored`."""
    with service.client(stored, tmp_path) as client:
        yield client
