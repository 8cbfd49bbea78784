"""A service on loopback with rows worth looking at, and a real Chromium to look with."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from api.app import create_app
from api.keys import link_secret
from tests.api import service
from tests.browser.places import Links, furnish
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


@dataclass(frozen=True, slots=True)
class Service:
    """Where the service listens, and what only a token or a session opens there."""

    url: str
    links: Links


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with rows for every page; it stops with the tests."""
    folder = tmp_path_factory.mktemp("browser")
    keys = f"k1 {'ab' * 32}\n"
    (folder / "keys").write_text(keys)
    database = service.database(folder)
    fill(database)
    file_agreement(database, folder)
    ask_desks(database)
    decide(database)
    due(database)
    links = furnish(database, secret=link_secret(service.settings(folder)), keys=keys)
    with served(lambda url: create_app(service.settings(folder, public_url=url), database, clock=lambda: service.NOW)) as url:
        yield Service(url, links)
    database.close()


@pytest.fixture(scope="session")
def address(whole: Service) -> str:
    """Where the service listens."""
    return whole.url
