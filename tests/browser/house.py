"""A whole service for a journey: its pages, a clock that is set by hand, portals that show what they are told, and its mail."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from api import journeys, outgoing, reminding
from api.accounts import store as accounts
from api.app import create_app
from api.database import Database
from contracts.vocabulary import TenderStatus
from crawler.items import Look, Posting
from tests.api import service
from tests.browser.serving import served
from tests.notifier.servers import ScriptedRelay

PASSWORD = "a sentence nobody guesses"
OPERATOR = "operator@clinic.example"


class House:
    """The service at `url` over its own database; time stands still until `now` is set."""

    def __init__(self, folder: Path, *, open_on_loopback: bool) -> None:
        self.now = service.NOW
        self.folder = folder
        self.open = open_on_loopback
        self.database: Database = service.database(folder)
        self.url = ""

    def settings(self, **changed: Any) -> Any:
        """The settings that the service runs with."""
        return service.settings(self.folder, public_url=self.url, open_on_loopback=self.open, operator_email=OPERATOR, **changed)

    def look(self, source: str, *postings: Posting, rows: int | None = None) -> None:
        """The portal is looked at and shows these."""
        config = self.sources()[source]
        look = Look(source, self.now, postings=postings, rows=len(postings) if rows is None else rows, says_none=not postings)
        with self.database.write() as session:
            journeys.record(session, config, look, now=self.now, operator=OPERATOR)

    def sources(self) -> Any:
        """The configured sources."""
        return create_app(self.settings(), self.database).state.sources()

    def mails(self) -> list[EmailMessage]:
        """Everything that is due is sent, to a relay of this test's own; what it took, in order."""
        with ThreadPoolExecutor(1) as thread:  # the browser's own loop runs in this one
            return thread.submit(asyncio.run, self._send()).result()

    async def _send(self) -> list[EmailMessage]:
        async with ScriptedRelay() as relay:
            where = {"smtp_host": "127.0.0.1", "smtp_port": relay.port, "smtp_security": "none", "mail_from": "b@clinic.example"}
            await outgoing.outbox(self.database, self.settings(**where), lambda: self.now).drain(self.now)
            return [mail for mails in relay.accepted.values() for mail in mails]

    def remind(self) -> int:
        """The clock's daily look at what contracts make due."""
        return reminding.duties(self.database, operator=OPERATOR, now=self.now)

    def join(self, context: BrowserContext, role: str, address: str) -> Page:
        """Somebody with this role signs in with a one-time link."""
        with self.database.write() as session:
            person = accounts.by_address(session, address) or accounts.add_person(
                session, organisation_id=1, address=address, role=role, now=self.now
            )
            token = accounts.link(session, person, now=self.now)
        page = context.new_page()
        page.goto(f"{self.url}/sign-in/link/{token}")
        page.locator("main button").click()
        page.wait_for_url("**/account*")
        return page


def posting(number: str, title: str, **said: Any) -> Posting:
    """An open row of a portal."""
    return Posting(id=f"n-{number}", number=number, title=title, status=said.pop("status", TenderStatus.OPEN), **said)


def link_in(mail: EmailMessage, part: str, url: str) -> str:
    """The first address in the mail's plain text that holds `part`."""
    body = mail.get_body(("plain",))
    assert body is not None
    return next(word for word in body.get_content().split() if word.startswith(url) and part in word)


@contextmanager
def opened(folder: Path, *, open_on_loopback: bool = True) -> Iterator[House]:
    """The house, answering on this machine until the block ends."""
    house = House(folder, open_on_loopback=open_on_loopback)

    def app(url: str) -> Any:
        house.url = url
        return create_app(house.settings(), house.database, clock=lambda: house.now)

    with served(app):
        yield house
    house.database.close()
