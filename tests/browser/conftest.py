"""A service on loopback with rows worth looking at, and a real Chromium to look with."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from api.app import create_app
from tests.api import service
from tests.browser.rows import ask_desks, decide, due, file_agreement, fill
from tests.browser.serving import served

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ARTIFACTS = Path(__file__).parents[2] / "artifacts"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, or a skip that says how to have it."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("no Chromium here: `make browser` installs it or says what is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the service listens; it stops with the tests."""
    folder = tmp_path_factory.mktemp("browser")
    database = service.database(folder)
    fill(database)
    file_agreement(database, folder)
    ask_desks(database)
    decide(database)
    due(database)
    with served(lambda url: create_app(service.settings(folder, public_url=url), database, clock=lambda: service.NOW)) as url:
        yield url
    database.close()
