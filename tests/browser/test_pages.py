"""Every page in a real browser: no scripts of strangers, no violation axe finds, no sideways scroll, few bytes."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.routing import compile_path

from api.app import create_app
from tests.api import service
from tests.api.routes_of import everything
from tests.browser.axe import violations
from tests.browser.conftest import ARTIFACTS, Service
from tests.browser.places import NO_PAGES, PAGES, PAID

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

REFUSALS = ("401", "403", "404", "422")  # what some of the pages are meant to answer


@pytest.mark.parametrize(("width", "language"), [(320, "fr-CA"), (1280, "en-CA")])
def test_every_page_is_accessible_in_both_themes_and_never_scrolls_sideways(
    chromium: Browser, whole: Service, width: int, language: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language)
    page = context.new_page()
    trouble: list[str] = []
    page.on("console", lambda said: trouble.append(said.text) if not any(code in said.text for code in REFUSALS) else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    for path in PAGES:
        trouble += _look(page, whole.url + path, path, width, language)
    for path in whole.links.pages():
        trouble += _look(page, whole.url + path, path.rpartition("/")[0], width, language)  # a name without its token
    context.add_cookies([{"name": "bidkeeper", "value": whole.links.session, "url": whole.url}])
    for path in PAID:
        trouble += _look(page, whole.url + path, f"{path} of an owner", width, language)
    context.close()
    assert not trouble, "\n".join(trouble)


def _look(page: Page, address: str, name: str, width: int, language: str) -> Iterator[str]:
    """What is wrong with a page: its language, what axe finds in both themes, and scrolling sideways at its width or at 320 px.

    In the light as it comes, in the dark with everything unfolded. It is photographed on the way.
    """
    page.goto(address)
    expect(page.locator(".htmx-request")).to_have_count(0)  # what a page fetches after itself has come
    if page.locator("html").get_attribute("lang") != language[:2]:
        yield f"{name} is in another language than {language}"
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of the two it knows
        yield from (f"{name}, {theme}: {found}" for found in violations(page))
        picture(page, name, width, theme)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    for narrow in sorted({width, 320}, reverse=True):
        page.set_viewport_size({"width": narrow, "height": 900})
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > narrow:
            yield f"{name} is {wide} px wide in a window of {narrow} px"
    page.set_viewport_size({"width": width, "height": 900})


def test_no_page_of_the_application_is_left_out(tmp_path: Path) -> None:
    database = service.database(tmp_path)
    app = create_app(service.settings(tmp_path), database, clock=lambda: service.NOW)
    routes = {one.path for some in everything(app) for one in some if one.method == "GET" and not NO_PAGES.search(one.path)}
    looked_at = [path.partition("?")[0] for path in (*PAGES, *PAID)] + ["/confirm/token", "/my-alerts/token"]
    missing = [path for path in sorted(routes) if not any(compile_path(path)[0].match(one) for one in looked_at)]
    database.close()
    assert len(routes) > 50
    assert not missing


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
            page.get_by_role("link", name="Show how many each would leave").click()
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
            assert not violations(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
        context.close()


def picture(page: Page, path: str, width: int, scheme: str) -> None:
    """A screenshot to look at, under artifacts/."""
    folder = Path(os.environ.get("BIDKEEPER_ARTIFACTS", ARTIFACTS))
    folder.mkdir(exist_ok=True)
    name = re.sub(r"[^a-z0-9-]+", "_", path.strip("/").lower()).strip("_") or "today"
    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
