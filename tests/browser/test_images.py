"""The pictures of the manual: a tidy clinic, photographed. `make images` puts them into docs/images."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from api import filing
from contracts import documents, pursuits
from contracts.models import Contract
from tests.browser.conftest import ARTIFACTS
from tests.browser.house import House, opened, posting
from tests.contracts.samples import pdf

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

LARGEST = 250_000  # bytes
AGREEMENT = """SERVICES AGREEMENT number 77-2026

1. Term
1.1 This agreement begins on July 1, 2026 and ends on June 30, 2029.

2. Reports
2.1 The provider must send the discharge report within 5 business days after discharge.

4. Invoices
4.1 The provider must send each invoice within 90 days after the date of service.

7. Governing law
7.1 This agreement is governed by the laws of British Columbia.
"""
BOARD = (
    ("048-2026", "Occupational rehabilitation services", 6),
    ("051-2026", "Hand therapy, by application", 2),
    ("053-2026", "Concussion assessment and treatment", 12),
    ("057-2026", "Community occupational therapy, Interior region", 19),
    ("058-2026", "Physiotherapy in remote communities", 33),
)
PAGES = {"today": "/", "tenders": "/tenders", "pipeline": "/pipeline", "review": "/contracts/1/review"}


def furnish(house: House) -> None:
    """A month of a small clinic that goes well."""
    rows = [
        posting(number, title, buyer="A compensation board", type="RFP", closes=house.now + timedelta(days=left))
        for number, title, left in BOARD
    ]
    house.look("board", *rows[1:])
    house.now += timedelta(hours=2)
    house.look("board", *rows)
    with house.database.write() as session:
        for row, stage in zip(rows, ("preparing", "watching", "submitted"), strict=False):
            target = pursuits.Target(f"taken-{row.number}", row.title, row.number, row.closes)
            one = pursuits.take_up(session, target, organisation_id=1, by="Ana", now=house.now)
            said = {"decision": "Two of our sites are near.", "confirmation": "BC-4411", "owner": "Ana", "due": date(2026, 7, 13)}
            for act in {"preparing": ("go",), "submitted": ("go", "submit")}.get(stage, ()):
                pursuits.act(session, one, act, by="Ana", now=house.now, **said)
            for task in pursuits.tasks(session, one)[:3]:
                pursuits.tick(session, task, done=True, by="Ana", now=house.now)
        owner = Contract(organisation_id=1, title="Services agreement", number="77-2026", created_at=house.now)
        read = documents.read(pdf(AGREEMENT), "Services agreement.pdf")
        filing.file(session, read, owner, folder=house.folder / "originals", now=house.now, by="Ana")


def test_the_manuals_pictures_show_a_clinic_at_work(chromium: Browser, tmp_path: Path) -> None:
    folder = Path(os.environ.get("BIDKEEPER_IMAGES") or ARTIFACTS / "images")
    folder.mkdir(parents=True, exist_ok=True)
    with opened(tmp_path) as house:
        furnish(house)
        page = chromium.new_page(viewport={"width": 1180, "height": 760})
        for name, path in PAGES.items():
            page.goto(house.url + path, wait_until="networkidle")
            page.screenshot(path=folder / f"{name}.png")
            assert 10_000 < (folder / f"{name}.png").stat().st_size < LARGEST
        page.close()
