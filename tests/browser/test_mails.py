"""Every mail as a reader shows it: nothing to scroll sideways on a telephone, legible in light and dark, nothing from elsewhere."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from notifier.messages import Recipient, Sender, compose
from notifier.samples import NOW, SAMPLES

SENDER = Sender(
    "https://bids.clinic.example", "Bidkeeper <alerts@bids.clinic.example>", "1 Main Street, Kelowna BC V1Y 1A1", "secret"
)
READER = Recipient("reader@clinic.example", "<sample@x>", 1, "program:OR2 rehabilitation")


def pages(language: str) -> list[tuple[str, str]]:
    return [
        (
            f"{kind}, {state}",
            compose(kind, content, sender=SENDER, now=NOW, language=language).readable(READER, now=NOW, html=True),
        )
        for kind, states in SAMPLES.items()
        for state, content in states.items()
    ]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_mail_reads_well_on_a_telephone(chromium: Browser, scheme: str) -> None:
    page = chromium.new_page(viewport={"width": 320, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name, html in pages("en" if scheme == "light" else "fr"):
        page.set_content(html)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 320, name
        found = Axe().run(page, options={"runOnly": {"type": "rule", "values": ["color-contrast", "link-name", "html-has-lang"]}})
        assert not found.response["violations"], f"{name}: {found.generate_report()}"
    assert asked == []
    page.close()


@pytest.mark.browser
def test_the_preview_shows_the_mail_in_its_sandbox(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/messages/news/0/en")
    frame = page.frame_locator("iframe.mail")
    assert frame.locator("h1").inner_text() == "048-2026 Occupational Rehabilitation Services"
    assert frame.locator(".button").evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(11, 92, 76)"
    page.close()


@pytest.mark.browser
def test_a_search_says_what_it_finds_while_it_is_typed(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/subscribe")
    page.locator("input[name=query]").press_sequentially("rehabilitation")
    page.locator("#preview strong").wait_for()
    assert "open call" in page.locator("#preview").inner_text()
    page.locator("input[name=query]").press_sequentially(" (")
    page.locator("#preview", has_text="column").wait_for()
    page.close()
