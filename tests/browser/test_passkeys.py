"""Passkeys in a real browser, with the browser's own virtual authenticator in place of a finger."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from api.accounts import store
from api.app import create_app
from tests.api import service
from tests.browser.axe import violations
from tests.browser.serving import served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A service that lets nobody in unasked, and the one-time link of its owner."""
    database = service.database(tmp_path)
    with database.write() as session:
        person = store.add_person(session, organisation_id=1, address="a@clinic.example", role="owner", now=service.NOW)
        token = store.link(session, person, now=service.NOW)

    def app(url: str) -> Any:
        return create_app(service.settings(tmp_path, public_url=url, open_on_loopback=False), database, clock=lambda: service.NOW)

    with served(app, name="localhost") as url:
        yield url, f"{url}/sign-in/link/{token}"
    database.close()


@contextmanager
def device(chromium: Browser) -> Iterator[tuple[BrowserContext, Page, Any]]:
    """A browser with a device that holds passkeys and vouches for its owner."""
    context = chromium.new_context()
    page = context.new_page()
    control = context.new_cdp_session(page)
    control.send("WebAuthn.enable")
    added = control.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )

    def may(verified: bool) -> None:
        control.send("WebAuthn.setUserVerified", {"authenticatorId": added["authenticatorId"], "isUserVerified": verified})

    yield context, page, may
    context.close()


def test_a_passkey_is_added_signs_in_and_opens_the_payees(chromium: Browser, door: tuple[str, str]) -> None:
    url, link = door
    with device(chromium) as (context, page, may):
        trouble: list[str] = []
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto(link)
        page.get_by_role("button", name="Sign in").click()
        page.goto(f"{url}/account/second-factor")
        page.get_by_label("Name of the device").fill("My phone")
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_text("Keep these recovery codes").wait_for()
        page.get_by_role("heading", name="My phone").wait_for()
        assert not violations(page)

        context.clear_cookies()
        page.goto(f"{url}/payees")
        assert "/sign-in?next=" in page.url
        may(False)  # the device does not know whose finger this is
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.get_by_text("Nothing came of it").wait_for()
        may(True)
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.get_by_role("heading", level=1, name="Payees").wait_for()
        assert not trouble

        page.goto(f"{url}/account/second-factor")
        page.get_by_role("button", name="Take away My phone").click()
        page.get_by_text("That device no longer signs you in").wait_for()


def test_without_scripts_every_other_way_in_still_works(chromium: Browser, door: tuple[str, str]) -> None:
    url, link = door
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    assert not page.get_by_role("button", name="Sign in with a passkey").is_visible()
    assert page.get_by_role("button", name="Mail me a link").is_visible()
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{url}/account/second-factor")
    assert page.get_by_text("Adding a passkey needs scripts").is_visible()
    assert page.get_by_role("button", name="Set it up").is_visible()
    context.close()
