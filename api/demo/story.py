"""The timeline of the demo: each step changes the portal, waits until the product has answered, and says what was seen."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlmodel import col, func, select

from api import filing, journeys
from api.accounts.models import FIRST_ORGANISATION
from api.database import Database
from api.demo.mailbox import Mailbox
from api.demo.portal import BUYER, PACIFIC, DemoPosting, Portal
from api.demo.service import Service, free_port, served
from api.settings import Settings
from contracts import documents
from contracts.models import Contract
from contracts.vocabulary import Health
from crawler.models import Release, Sighting, Source, Tender
from notifier import store

SUBSCRIBERS = (
    ("owner@harbour-rehab.example.com", "program:OR2"),
    ("finance@harbour-rehab.example.com", '"occupational rehabilitation"'),
)
PEOPLE = frozenset(address for address, _ in SUBSCRIBERS)
QUESTION = "How long do we have to send the discharge report?"
ROUTED = "I need to change the bank account you pay us into"
CONTRACT = Path(__file__).with_name("agreement.txt")
RHYTHM_SECONDS = 1
STEP_SECONDS = 60  # far more than a step takes; a busy machine is no failure


class StepFailed(Exception):
    """Raised when the product did not answer a step in time; the sentence says which and what was seen instead."""


@dataclass
class Stage:
    """Everything the story moves and reads."""

    portal: Portal
    mailbox: Mailbox
    data: Path
    settings: Settings
    database: Database
    service: Service
    addresses: dict[str, str]
    say: Callable[[str], None]
    health: list[dict[str, Any]] = field(default_factory=list)

    def wait(self, what: str, happened: Callable[[], bool]) -> None:
        """Return once `happened`; raises StepFailed after STEP_SECONDS."""
        deadline = time.monotonic() + STEP_SECONDS
        while not happened():
            if self.service.process.poll() is not None:
                raise StepFailed(f"the service ended by itself: {self.service.last_words()}")
            if time.monotonic() > deadline:
                raise StepFailed(
                    f"{what}: not seen within {STEP_SECONDS} s (mails: {len(self.mailbox.mails)}, "
                    f"health: {self.state_of_sources()}; the service's log is {self.service.log})"
                )
            time.sleep(0.1)

    def state_of_sources(self) -> dict[str, str]:
        """Each source's health by name."""
        with self.database.read() as session:
            return {source.name: source.health.value for source in session.exec(select(Source)).all()}

    def count(self, table: type[Tender | Release | Sighting]) -> int:
        """How many rows a table has."""
        with self.database.read() as session:
            return session.exec(select(func.count()).select_from(table)).one()

    def looks(self) -> dict[str, datetime | None]:
        """When each source was last looked at."""
        with self.database.read() as session:
            return {source.name: source.last_looked_at for source in session.exec(select(Source)).all()}


@contextmanager
def staged(
    data: Path,
    say: Callable[[str], None],
    *,
    mail_port: int = 0,
    pages_port: int = 0,
    database_url: str = "",
    workers: int = 0,
) -> Iterator[Stage]:
    """Portal, mailbox and service, running on loopback until the block ends; the service has seen its baseline.

    On a PostgreSQL at `database_url` there may be `workers` beside the service.
    """
    now = datetime.now(UTC)
    portal, mailbox = Portal.with_unrelated(now), Mailbox()
    with ExitStack() as stack:
        address = stack.enter_context(served(portal.app(), free_port()))
        inbox = stack.enter_context(served(mailbox.app(), free_port(mail_port)))
        smtp_port, port = free_port(), free_port(pages_port)
        controller = mailbox.controller(smtp_port)
        controller.start()
        stack.callback(controller.stop)
        pages = f"http://127.0.0.1:{port}"
        values = {
            "SOURCES_FILE": str(_write_sources(data, address)),
            "ALLOW_LOOPBACK_SOURCES": "true",
            "PORT": str(port),
            "PUBLIC_URL": pages,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(smtp_port),
            "SMTP_SECURITY": "none",
            "MAIL_FROM": "Bidkeeper demo <alerts@example.com>",
            "MAIL_POSTAL_ADDRESS": "Demo on this machine, no real sender",
            "OPERATOR_EMAIL": "operator@example.com",
            "DATABASE_URL": database_url,
        }
        settings = Settings(data=data, **{name.lower(): value for name, value in values.items()})  # type: ignore[arg-type]
        running = Service(data, values)
        stack.callback(running.stop)
        for number in range(workers):
            stack.callback(Service(_folder(data / f"worker-{number + 1}"), values, "worker").stop)
        database = Database(settings.url)
        stack.callback(database.close)
        stage = Stage(
            portal, mailbox, data, settings, database, running, {"portal": address, "mailbox": inbox, "pages": pages}, say
        )
        stage.wait("the first look at the portal", lambda: _baseline(stage))
        yield stage


def tell(stage: Stage, *, pause: float = 0.0) -> dict[str, Any]:
    """The whole story; gives the summary that `bidkeeper demo --once --json` prints. Raises StepFailed."""
    for step in (_subscribe, _post, _add_addendum, _move_deadline, _break, _mend):
        step(stage)
        time.sleep(pause)
    answer, route = _ask(stage), _route(stage)
    _nothing_twice(stage)
    mails = stage.mailbox.to_json()
    told = _releases(stage)
    return {
        "tenders": stage.count(Tender),
        "releases": told,
        "baseline": stage.count(Release) - told,
        "mails": [mail for mail in mails if mail["to"] in PEOPLE],
        "operator_mails": [mail for mail in mails if mail["to"] not in PEOPLE],
        "health": stage.health,
        "answer": answer,
        "route": route,
    }


def _baseline(stage: Stage) -> bool:
    try:
        return list(stage.state_of_sources().values()) == [Health.HEALTHY] * 2
    except Exception:
        return False


def _subscribe(stage: Stage) -> None:
    with stage.database.write() as session:
        for address, query in SUBSCRIBERS:
            store.subscribe(
                session,
                organisation_id=FIRST_ORGANISATION,
                address=address,
                query=query,
                now=datetime.now(UTC),
                source="demo",
                wording="asked for in the demo",
                confirmed=True,
            )
    stage.say(
        f"Two people of a clinic asked for alerts: {' and '.join(query for _, query in SUBSCRIBERS)}. "
        f"The {len(stage.portal.postings)} postings already on the portal do not concern them."
    )


def _post(stage: Stage) -> None:
    closes = datetime.now(PACIFIC).replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=42)
    posting = DemoPosting(
        f"061-{closes.year}",
        "Occupational Rehabilitation 2 Services",
        closes,
        datetime.now(PACIFIC).replace(second=0, microsecond=0),
    )
    stage.portal.postings.append(posting)
    _everyone_hears_once(stage, f"{BUYER} posts RFP #{posting.number}, {posting.title}")
    stage.wait("the posting seen on both pages", lambda: stage.count(Sighting) == 2 * len(stage.portal.postings))


def _add_addendum(stage: Stage) -> None:
    stage.portal.postings[-1].addenda += 1
    stage.portal.postings[-1].documents += 1
    _everyone_hears_once(stage, "an addendum is added")


def _move_deadline(stage: Stage) -> None:
    stage.portal.postings[-1].closes += timedelta(days=7)
    _everyone_hears_once(stage, "the deadline moves by a week")


def _break(stage: Stage) -> None:
    before = len(_alerts(stage))
    stage.portal.broken = True
    stage.wait(
        "the broken layout noticed on both pages", lambda: set(stage.state_of_sources().values()) == {Health.LAYOUT_CHANGED}
    )
    stage.health.append({"when": "layout broken", **stage.state_of_sources()})
    if len(_alerts(stage)) != before:
        raise StepFailed("subscribers were mailed while the portal's layout was broken")
    stage.say(
        "The portal's page loses the parts we read. No alert goes out; the source's health says so, and the operator is told."
    )


def _mend(stage: Stage) -> None:
    stage.portal.broken = False
    stage.wait("the mended layout noticed", lambda: set(stage.state_of_sources().values()) == {Health.HEALTHY})
    stage.health.append({"when": "layout mended", **stage.state_of_sources()})
    stage.say("The page is mended: the source is healthy again, and nobody was told of a bid that never closed.")


def _ask(stage: Stage) -> dict[str, Any]:
    now = datetime.now(UTC)
    contract = Contract(organisation_id=FIRST_ORGANISATION, title="Demo services agreement", number="DEMO-1007", created_at=now)
    with stage.database.write() as session:
        filing.file(session, documents.read(CONTRACT), contract, folder=stage.settings.originals, now=now, by="demo")
    with stage.database.read() as session:
        answer = journeys.ask(session, QUESTION, organisation_id=FIRST_ORGANISATION, now=now).answer
    if not answer.place.quote or "discharge" not in answer.place.quote.lower():
        raise StepFailed(f"the contract on file did not answer: {QUESTION}")
    stage.say(f"“{QUESTION}” The contract on file, page {answer.place.page}: “{' '.join(answer.place.quote.split())}”")
    return answer.to_json()


def _route(stage: Stage) -> dict[str, Any]:
    with stage.database.read() as session:
        asked = journeys.ask(session, ROUTED, organisation_id=FIRST_ORGANISATION, now=datetime.now(UTC))
    route = asked.routed
    if route["route"] != "procurement":
        raise StepFailed(f"“{ROUTED}” went to {route['route']}, not to procurement")
    stage.say(
        f"“{ROUTED}” goes to {route['contact']['name'] if route['contact'] else route['route']}: {'; '.join(route['why'])}."
    )
    return route


def _everyone_hears_once(stage: Stage, what: str) -> None:
    before = len(_alerts(stage))
    stage.wait(f"one mail to each subscriber after {what}", lambda: len(_alerts(stage)) >= before + len(SUBSCRIBERS))
    fresh = _alerts(stage)[before:]
    if sorted(to for to, _ in fresh) != sorted(address for address, _ in SUBSCRIBERS):
        raise StepFailed(f"after {what} the mails went to {[to for to, _ in fresh]}")
    stage.say(f"{what[0].upper()}{what[1:]}: one mail each, “{fresh[0][1]}”.")


def _alerts(stage: Stage) -> list[tuple[str, str]]:
    return [(mail["to"], mail["subject"]) for mail in stage.mailbox.to_json() if mail["to"] in PEOPLE]


def _another_look(stage: Stage) -> None:
    """One whole look at each source that began after now: the one in flight may still have seen the page as it was."""
    for _ in range(2):
        seen = stage.looks()
        stage.wait("one more look at each source", partial(_all_looked, stage, seen))


def _all_looked(stage: Stage, since: dict[str, datetime | None]) -> bool:
    return all(moment != since[name] for name, moment in stage.looks().items())


def _nothing_twice(stage: Stage) -> None:
    """Whatever was still on its way has arrived by the next looks; then each subscriber has one mail a release."""
    _another_look(stage)
    releases, mails = _releases(stage), _alerts(stage)
    names = {mail["message_id"] for mail in stage.mailbox.to_json()}
    if len(mails) != releases * len(SUBSCRIBERS) or len(names) != len(stage.mailbox.mails):
        raise StepFailed(f"{releases} releases and {len(SUBSCRIBERS)} subscribers, but {len(mails)} mails")


def _releases(stage: Stage) -> int:
    """How many releases were news; what stood on the portal at the first look is recorded and told to nobody."""
    with stage.database.read() as session:
        return session.exec(select(func.count()).select_from(Release).where(col(Release.news))).one()


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _write_sources(data: Path, address: str) -> Path:
    data.mkdir(parents=True, exist_ok=True)
    path = data / "sources.toml"
    shared = f'zone = "America/Vancouver"\nevery = "{RHYTHM_SECONDS}s"\ndelay = 0\nbuyer = "{BUYER}"\npermission = "our own portal on this machine"\n'
    path.write_text(
        f'[demo-portal]\ntitle = "Demo portal"\nplatform = "bids-and-tenders"\naddress = "{address}"\n{shared}\n'
        f'[demo-opportunities]\ntitle = "Bid Opportunities (demo)"\nplatform = "html-list"\naddress = "{address}/bid-opportunities"\n{shared}'
        f"[demo-opportunities.options]\nrows = 'tr.opportunity'\nheader = ['Number', 'Title', 'Closing']\nstatus = 'open'\n"
        f"[demo-opportunities.options.fields]\nnumber = 'td.number::text'\ntitle = 'td.title a::text'\n"
        f"url = 'td.title a::attr(href)'\ncloses = 'td.closes::text'\n",
        "utf-8",
    )
    return path
