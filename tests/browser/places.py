"""Every page there is: its address over the rows of `rows.py`, and what of the application's routes is no page."""

import re
from dataclasses import dataclass

from api.accounts import store as accounts
from api.accounts.models import Breach
from api.database import Database
from contracts import payees, vault
from contracts.digits import BankAccount
from crawler.models import TenderDocument
from notifier import links
from notifier.models import Suppression
from tests.api.service import NOW

PAGES = (
    "/",
    "/tenders",
    "/tenders?status=all&sort=changed&text=zebra",
    '/tenders?text="never',
    "/tenders/ocds-test-048-2026",
    "/tenders/ocds-test-052-2026",
    "/tenders/ocds-test-048-2026/documents/2",
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
    "/suppressions",
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
    "/settings",
    "/help",
    "/subscribe",
    "/sign-up",
    "/forgotten",
    "/sign-in/code",
    "/account/code",
    "/account",
    "/sign-in",
    "/sign-in/link/nothing-that-works",
    "/u/nothing-that-works",
    "/about",
    "/api",
    "/nothing-here",
    "/contracts/999",
    "/payees",  # which the local person may not see
)
# what only somebody sees who signed in with a second factor
PAID = ("/payees", "/payees/1", "/account", "/account/second-factor")
# routes that answer with a file, a feed, another address, a part of a page or a word to a probe
NO_PAGES = re.compile(
    r"/export/|\.vcf$|\.csv$|/original$|/picture$|/proof$|/file$|/evidence/|/answers/|^/feeds/|/en/page$|/page$|^/api/|^/ocds/"
    r"|^/(liveness|readiness|metrics)$|^/sign-in/provider|^/fees/\{code\}$"
)


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses that only their token opens, and the session of an owner with a second factor."""

    confirm: str
    manage: str
    unsubscribe: str
    sign_in: str
    session: str

    def pages(self) -> tuple[str, ...]:
        """The pages that a link in a mail leads to."""
        return self.confirm, self.manage, self.unsubscribe, self.sign_in


def furnish(database: Database, *, secret: str, keys: str) -> Links:
    """A payee whose account is to change, a file of a tender in two versions, a refused address, a breach; and who may see them."""
    with database.write() as session:
        owner = accounts.add_person(session, organisation_id=1, address="o@clinic.example", role="owner", now=NOW, name="Ana")
        guest = accounts.add_person(session, organisation_id=1, address="guest@clinic.example", role="staff", now=NOW)
        owner.totp_since = NOW
        session.add(owner)
        ring = payees.Vault(vault.KeyRing.parse(keys), 1)
        payee = payees.create(session, keys=ring, number="P-100", legal_name="Harbour Clinic Ltd.", now=NOW, by="Ana")
        payee.known_phone = "604 555 0101"
        account = {"bank_account": BankAccount("003", "01234", "9876543")}
        payees.request_change(session, payee, keys=ring, changes=account, reason="a letter came", by="person 99", now=NOW)
        file = {
            "tender_id": 1,
            "source": "board",
            "url": "https://portal.example/2.pdf",
            "url_key": "2",
            "title": "Scope",
            "checked_at": NOW,
        }
        first = TenderDocument(
            **file, sha256="ab" * 32, size=90, fetched_at=NOW, text="1. Six weeks of therapy.", superseded_at=NOW
        )
        session.add(first)
        session.flush()
        session.add(
            TenderDocument(
                **file, sha256="cd" * 32, size=92, fetched_at=NOW, text="1. Eight weeks of therapy.", replaces_id=first.id
            )
        )
        session.add(Suppression(address="gone@clinic.example", reason="550 no such user", since=NOW))
        session.add(
            Breach(
                organisation_id=1, happened="last week", found_at=NOW, circumstances="A mail went to the wrong address.",
                information="names", serious=False, assessment="It was deleted unread.", recorded_by="Ana", recorded_at=NOW,
            )
        )  # fmt: skip
        return Links(
            confirm=links.confirm_url("", 1, secret=secret, now=NOW),
            manage=links.manage_url("", 1, secret=secret),
            unsubscribe=links.unsubscribe_url("", 1, secret=secret),
            sign_in=f"/sign-in/link/{accounts.link(session, guest, now=NOW)}",
            session=accounts.sign_in(session, owner, browser="", now=NOW, proved=True),
        )
