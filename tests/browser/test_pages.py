"""Every page in a real browser: no scripts of strangers, no violation axe finds, no sideways scroll, few bytes."""

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import ARTIFACTS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PAGES = (
    "/",
    "/tenders",
    "/tenders?status=all&sort=changed&text=zebra",
    '/tenders?text="never',
    "/tenders/ocds-test-048-2026",
    "/tenders/ocds-test-052-2026",
    "/pipeline",
    "/pipeline/1",
    "/pipeline/2",
    "/pipeline/3",
    "/programs",
    "/programs/or2",
    "/sources",
    "/sources/north-region",
    "/sources/north-region/held/1",
    "/alerts",
    "/alerts/1",
    "/messages",
    "/messages/news/4/en",
    "/searches/preview?query=rehab",
    "/searches/preview?query=(rehab",
    "/deliveries",
    "/deliveries/1",
    "/ask?question=our+invoice+was+rejected",
    "/contacts",
    "/enquiries",
    "/enquiries/1",
    "/enquiries/2",
    "/enquiries/statistics",
    "/contracts",
    "/contracts/ask?question=how+long+for+an+invoice",
    "/contracts/1",
    "/contracts/1/review",
    "/contracts/1/particulars",
    "/contracts/1/fees",
    "/contracts/1/compare",
    "/retention",
    "/contracts/1/documents/1/pages/1?start=60&end=90",
    "/fees",
    "/fees?code=A100",
    "/obligations?month=2026-07",
    "/audit",
    "/breaches",
    "/suppressions",
    "/settings",
    "/help",
    "/subscribe",
    "/sign-up",
    "/forgotten",
    "/sign-in/code",
    "/account/code",
    "/account",
    "/sign-in",
    "/about",
    "/api",
    "/nothing-here",
)


@pytest.mark.parametrize(("width", "language"), [(320, "fr-CA"), (1280, "en-CA")])
def test_every_page_is_accessible_and_never_scrolls_sideways(chromium: Browser, address: str, width: int, language: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language)
    page = context.new_page()
    trouble: list[str] = []
    refused = ("404", "422")  # what some of the pages are meant to answer
    page.on("console", lambda said: trouble.append(said.text) if not any(code in said.text for code in refused) else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    for path in PAGES:
        page.emulate_media(color_scheme="light")
        page.goto(address + path)
        assert page.locator("html").get_attribute("lang") == language[:2], path
        picture(page, path, width, "light")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.emulate_media(color_scheme="dark")
        picture(page, path, width, "dark")
        # in the other theme only the colours differ
        found = Axe().run(page, options={"runOnly": ["color-contrast"]})
        assert found.violations_count == 0, f"{path} in the dark: {found.generate_report()}"
        page.set_viewport_size({"width": 320, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.set_viewport_size({"width": width, "height": 900})
    context.close()
    assert not trouble


@pytest.mark.parametrize("path", ["/", "/tenders"])
def test_a_first_page_is_under_sixty_kilobytes_with_everything_it_loads(chromium: Browser, address: str, path: str) -> None:
    page = chromium.new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address + path, wait_until="networkidle")
    assert len(sizes) >= 4
    assert sum(sizes) < 60_000
    page.close()


def test_filters_work_with_and_without_scripts(chromium: Browser, address: str) -> None:
    for scripts in (True, False):
        context = chromium.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto(f"{address}/tenders")
        page.get_by_label("Words in title").fill("hand therapy")
        page.get_by_role("button", name="Search").click()
        page.get_by_text("1 tender", exact=True).wait_for()
        assert "text=hand+therapy" in page.url
        page.get_by_role("link", name="Hand therapy, by application").click()
        page.get_by_role("heading", level=1, name="Hand therapy, by application").wait_for()
        context.close()


def test_opening_the_filters_counts_what_each_would_leave_and_a_link_does_without_scripts(
    chromium: Browser, address: str
) -> None:
    for scripts in (True, False):
        context = chromium.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto(f"{address}/tenders")
        page.get_by_text("Filter and sort").click()
        if not scripts:
            page.get_by_role("link", name="Say how many each would leave").click()
        page.locator("#fields option", has_text=re.compile(r"Cancelled \(\d")).wait_for(state="attached")
        page.goto(f"{address}/tenders")
        page.get_by_text("When they close").click()
        if not scripts:
            page.get_by_role("link", name="Draw it").click()
        page.get_by_role("img", name="How many close in each").wait_for()
        context.close()


def test_with_scripts_a_choice_narrows_the_list_at_once_and_back_undoes_it(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/tenders")
    page.get_by_text("Filter and sort").click()
    page.get_by_label("Status").select_option("cancelled")
    page.get_by_role("link", name="Concussion assessment").wait_for()
    assert "status=cancelled" in page.url
    page.go_back()
    page.get_by_role("link", name="Hand therapy, by application").wait_for()
    page.close()


def test_the_keyboard_reaches_the_content_first(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.close()


def test_a_hostile_title_runs_nothing(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    for path in ("/tenders?status=all", "/tenders/ocds-test-053-2026", "/"):
        page.goto(address + path)
    assert not alerts
    page.close()


def test_signing_up_in_the_browser_ends_on_the_list(chromium: Browser, address: str) -> None:
    for scripts in (True, False):
        context = chromium.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto(f"{address}/subscribe")
        page.locator("[name=address]").fill(f"desk{scripts:d}@clinic.example")
        page.get_by_label("Search").fill("physiotherapy")
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Sign up").click()
        page.get_by_text("Signed up.").wait_for()
        page.goto(f"{address}/alerts")
        page.get_by_text(f"desk{scripts:d}@clinic.example", exact=True).wait_for()
        context.close()


def test_a_question_is_answered_on_a_page_that_everyone_can_read(chromium: Browser, address: str) -> None:
    for scripts in (True, False):
        context = chromium.new_context(java_script_enabled=scripts, viewport={"width": 320, "height": 900})
        page = context.new_page()
        page.goto(f"{address}/ask")
        page.get_by_label("Your question").fill("How many days do we have to send an invoice?")
        page.get_by_role("button", name="Find the answer").click()
        page.get_by_role("heading", name="Your contract says").wait_for()
        assert "within 90 days" in page.locator("blockquote").inner_text()
        if scripts:
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
        context.close()


def picture(page: Page, path: str, width: int, scheme: str) -> None:
    """A screenshot to look at, under artifacts/."""
    folder = Path(os.environ.get("BIDKEEPER_ARTIFACTS", ARTIFACTS))
    folder.mkdir(exist_ok=True)
    name = re.sub(r"[^a-z0-9-]+", "_", path.strip("/").lower()).strip("_") or "today"
    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=width < 400)
