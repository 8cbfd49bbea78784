"""The journeys people take, in a real browser, each with scripts and without them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from contracts.vocabulary import Health
from crawler.models import Source
from notifier import enquiries
from tests.browser.axe import violations
from tests.browser.house import OPERATOR, House, link_in, opened, posting
from tests.contracts.samples import pdf

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

REHAB = "Occupational rehabilitation services"
AGREEMENT = """SERVICES AGREEMENT number 77-2026

1. Term
1.1 This agreement begins on July 1, 2026 and has an initial term of three (3) years.

4. Invoices
4.1 The provider must send each invoice within 90 days after the date of service.
"""
LETTER = """From: Payment Services <pay@desk.example>
To: b@clinic.example
Subject: Re: {subject}
Message-ID: <answer-1@desk.example>
In-Reply-To: {message_id}
Date: Wed, 08 Jul 2026 11:00:00 -0700

Please send form 83D9 with a void cheque.
"""


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def browsing(chromium: Browser, scripts: bool) -> Iterator[BrowserContext]:
    context = chromium.new_context(java_script_enabled=scripts)
    context.set_default_timeout(30_000)
    yield context
    context.close()


def accessible(page: Page, *, scripts: bool) -> None:
    """Axe finds nothing wrong with the page as it stands; it needs scripts to look."""
    if scripts:
        assert not violations(page), page.url


def test_sign_up_to_the_first_alert(browsing: BrowserContext, tmp_path: Path) -> None:
    with opened(tmp_path) as house:
        house.look("board", posting("001", "Road works"))
        page = browsing.new_page()
        page.goto(f"{house.url}/sign-up")
        page.get_by_label("Mail address").fill("ana@clinic.example")
        page.get_by_label("Search").fill("rehabilitation")
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Ask for alerts").click()
        expect(page.get_by_role("status")).to_contain_text("Thank you.")
        (question,) = house.mails()
        page.goto(link_in(question, "/confirm/", house.url))
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_role("heading", name="Your alerts")).to_be_visible()
        house.now += timedelta(hours=1)
        closes = house.now + timedelta(days=20)
        house.look("board", posting("001", "Road works"), posting("048-2026", REHAB, closes=closes))
        (alert,) = house.mails()
        assert REHAB in str(alert["subject"])
        page.goto(link_in(alert, "/tenders/", house.url))
        expect(page.get_by_role("heading", level=1)).to_have_text(REHAB)


def test_from_the_posting_to_the_reminder_of_what_the_contract_makes_due(
    browsing: BrowserContext, tmp_path: Path, scripts: bool
) -> None:
    with opened(tmp_path) as house:
        house.look("board", posting("048-2026", REHAB, closes=house.now + timedelta(days=6)))
        page = browsing.new_page()
        page.goto(f"{house.url}/tenders")
        page.get_by_role("link", name=REHAB).click()
        page.get_by_role("button", name="Take it up").click()
        page.get_by_label("Why").fill("Two of our sites are in the region.")
        page.get_by_label("Who sees to it").fill("Ana")
        page.get_by_label("Ready by").fill("2026-07-13")
        page.get_by_role("button", name="Go: prepare a bid").click()
        page.get_by_role("button", name=re.compile("^Done.*insurance")).click()
        expect(page.get_by_role("button", name=re.compile("^Not done.*insurance"))).to_be_visible()
        page.get_by_label("Confirmation number").fill("BC-4411")
        page.get_by_label("Receipt").set_input_files({"name": "r.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
        page.get_by_role("button", name="Record the submission").click()
        page.get_by_label("What was learned").fill("Best of four.")
        page.get_by_role("button", name="We won").click()
        accessible(page, scripts=scripts)
        page.get_by_label("Contract number").fill("77-2026")
        page.get_by_role("button", name="Make the contract").click()
        expect(page.get_by_role("status")).to_contain_text("The contract is on file.")
        _file(page, house)
        _confirm(page, scripts=scripts)
        page.goto(f"{house.url}/contracts/ask?question=How+long+do+we+have+to+send+an+invoice")
        expect(page.locator("blockquote").first).to_contain_text("within 90 days")
        page.goto(f"{house.url}/contracts/1")
        page.get_by_text("Put these facts right").click()
        page.get_by_label("First day").fill("2026-07-01")
        page.get_by_label("Last day").fill("2029-06-30")
        page.get_by_role("button", name="Save").click()
        page.goto(f"{house.url}/obligations")
        accessible(page, scripts=scripts)
        due = page.locator("ol.rows h2").first.inner_text()
        house.now += timedelta(days=3 * 365 - 20)  # ten days before the end
        assert house.remind() >= 1
        assert any(mail["To"] == OPERATOR and due.split()[0] in mail.as_string() for mail in house.mails())


def _file(page: Page, house: House) -> None:
    page.goto(f"{house.url}/contracts")
    page.locator("input[name=file]").set_input_files(
        {"name": "agreement.pdf", "mimeType": "application/pdf", "buffer": pdf(AGREEMENT)}
    )
    page.get_by_label("Belongs to").select_option(label="77-2026")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="Review one by one").click()


def _confirm(page: Page, *, scripts: bool) -> None:
    """Go through the proposed terms beside the page that says them: two are right, the rest is wrong."""
    expect(page.locator(".paper img")).to_be_visible()
    accessible(page, scripts=scripts)
    wanted = {"Effective date": "2026-07-01", "Invoice window": "90 days"}
    count = int(page.locator("nav.pages span").first.inner_text().split()[-1])
    for _step in range(count):
        kind = page.get_by_role("heading", level=1).inner_text()
        if wanted.get(kind):
            page.get_by_label("Value").fill(wanted[kind])
        right = bool(wanted.get(kind))
        if scripts:
            page.locator("h1").click()  # away from any field, so that the key is a key
            page.keyboard.press("y" if right else "n")
        else:
            page.get_by_role("button", name="Confirm" if right else "Wrong", exact=True).click()
        expect(page.get_by_role("status")).to_be_visible()
        page.wait_for_load_state()
    expect(page.get_by_role("heading", name="Nothing is left to review")).to_be_visible()


def test_a_payees_account_changes_only_with_a_call_and_a_second_person(chromium: Browser, tmp_path: Path, scripts: bool) -> None:
    (tmp_path / "keys").write_text(f"k1 {'ab' * 32}\n")
    with opened(tmp_path, open_on_loopback=False) as house:
        ana, ben = (chromium.new_context(java_script_enabled=scripts) for _person in range(2))
        first, second = house.join(ana, "owner", "ana@clinic.example"), house.join(ben, "finance", "ben@clinic.example")
        for page in (first, second):
            _prove(page, house)
        first.goto(f"{house.url}/payees")
        first.get_by_label("Payee number").fill("P-100")
        first.get_by_label("Legal name").fill("Harbour Clinic Ltd.")
        first.get_by_label("Telephone on the contract").fill("604 555 0101")
        first.get_by_role("button", name="Add").click()
        first.get_by_role("link", name="P-100").first.click()
        first.get_by_label("Institution").fill("003")
        first.get_by_label("Transit").fill("01234")
        first.get_by_label("Account").last.fill("9876543")
        first.get_by_label("Why, and who asked").fill("a letter came")
        first.get_by_role("button", name="Ask for the change").click()
        expect(first.get_by_text("You asked for it, so somebody else approves it.")).to_be_visible()
        accessible(first, scripts=scripts)
        second.goto(first.url.partition("?")[0])
        second.get_by_label("Number called").fill("604 555 0101")
        second.get_by_label("Spoke with").fill("Dr. Harbour")
        second.get_by_role("button", name="Record the call").click()
        second.get_by_role("button", name="Approve").click()
        expect(second.get_by_role("status").first).to_contain_text("It takes effect after two days")
        expect(second.locator("body")).not_to_contain_text("9876543")
        ana.close()
        ben.close()


def _prove(page: Page, house: House) -> None:
    """Set up a second factor, which is proof enough for the next quarter of an hour."""
    page.goto(f"{house.url}/account/second-factor")
    page.get_by_role("button", name="Set it up").click()
    shared = page.locator("dd code").first.inner_text()
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(shared).at(house.now))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("Keep these recovery codes")).to_be_visible()


def test_from_the_question_over_the_card_to_the_answer(browsing: BrowserContext, tmp_path: Path, scripts: bool) -> None:
    with opened(tmp_path) as house:
        page = browsing.new_page()
        page.goto(f"{house.url}/ask")
        page.get_by_label("Your question").fill("Which form changes the bank account that we are paid to?")
        page.get_by_role("button", name="Find the answer").click()
        expect(page.get_by_role("heading", name=re.compile("Procurement Services")).first).to_be_visible()
        accessible(page, scripts=scripts)
        page.get_by_label("Your mail address").fill("ana@clinic.example")
        page.get_by_label("Your name").fill("Ana")
        page.get_by_role("button", name="Draft the message").click()
        page.get_by_label("To", exact=True).fill("desk@board.example")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("outbox")
        (sent,) = house.mails()
        assert "bank account" in sent.as_string()
        _answered(house, str(sent["Subject"]), str(sent["Message-ID"]))
        page.reload()
        expect(page.get_by_text("Please send form 83D9")).to_be_visible()
        page.get_by_label("Outcome").select_option("answered")
        page.get_by_role("button", name="Close the enquiry").click()
        expect(page.get_by_text("Closed", exact=True).first).to_be_visible()


def _answered(house: House, subject: str, message_id: str) -> None:
    raw = LETTER.format(subject=subject, message_id=message_id).encode()
    with house.database.write() as session:
        assert enquiries.receive(session, raw, now=house.now) is not None


def test_a_source_breaks_is_held_and_accepted(browsing: BrowserContext, tmp_path: Path, scripts: bool) -> None:
    rows = [posting(f"{number:03}", f"Posting {number}") for number in range(60)]
    with opened(tmp_path) as house:
        for _look in range(3):
            house.look("board", *rows)
            house.now += timedelta(hours=1)
        house.look("board", *rows[:6], posting("900", REHAB))
        page = browsing.new_page()
        page.goto(house.url)
        page.get_by_role("link", name=re.compile("The board's own page")).first.click()
        expect(page.get_by_role("heading", level=1, name="A look is held for review")).to_be_visible()
        expect(page.get_by_text(REHAB)).to_be_visible()
        expect(page.locator("#gone")).to_be_visible()
        accessible(page, scripts=scripts)
        page.get_by_role("button", name="Accept the look").click()
        expect(page.get_by_role("status")).to_contain_text("Accepted.")
        page.goto(f"{house.url}/tenders?text=rehabilitation")
        expect(page.get_by_role("link", name=REHAB)).to_be_visible()
        with house.database.read() as session:
            assert session.get_one(Source, "board").health is Health.HEALTHY
