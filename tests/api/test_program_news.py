"""A changed program page reaches who watches its line, as news of the program, and is nowhere among the tenders."""

from dataclasses import replace
from datetime import timedelta

from sqlmodel import select

from api import journeys
from api.database import Database
from api.programs import program_aliases
from contracts.vocabulary import ReleaseTag
from crawler.items import Look, Part, Posting
from crawler.sources import SourceConfig
from notifier import store
from notifier.messages import Sender, compose
from notifier.models import Delivery, Notification
from tests.api import service

NOW = service.NOW - timedelta(days=2)
SOURCE = SourceConfig(
    name="program-recovery",
    platform="program-page",
    title="The program's page",
    address="https://portal.example/program",
    permission="ours",
    programs=("customized-recovery",),
)
PAGE = Posting(
    id=SOURCE.name,
    number=None,
    title="Recovery program",
    parts=(
        Part("resource", "Discharge report", "2 June 2023", "https://portal.example/old.docx"),
        Part("contact", "Invoicing or billing", "Payment Desk"),
    ),
)
CHANGED = replace(PAGE, parts=(replace(PAGE.parts[0], note="1 May 2024", url="https://portal.example/new.docx"), PAGE.parts[1]))


def watched(stored: Database) -> None:
    """Two looks, the second with another template; one person watches the predecessor's line, another something else."""
    with stored.write() as session:
        for address, query in (("line@clinic.example", "program:OR2"), ("other@clinic.example", "snow removal")):
            store.subscribe(
                session,
                organisation_id=1,
                address=address,
                query=query,
                now=NOW,
                source="test",
                wording="yes",
                confirmed=True,
                programs=program_aliases(),
            )
        for day, shown in enumerate((PAGE, CHANGED)):
            at = NOW + timedelta(days=day)
            journeys.record(session, SOURCE, Look(SOURCE.name, at, postings=(shown,), rows=1), now=at, operator="")


def test_a_replaced_template_is_told_to_who_watches_the_line_and_to_nobody_else(stored: Database) -> None:
    watched(stored)
    with stored.read() as session:
        assert [delivery.address for delivery in session.exec(select(Delivery))] == ["line@clinic.example"]
        (told,) = session.exec(select(Notification)).all()
    assert told.content["tag"] == ReleaseTag.PROGRAM_UPDATE
    sender = Sender("https://bids.example", "Bidkeeper <alerts@bids.example>", "1 Main Street", "secret")
    letter = compose("news", told.content, sender=sender, now=NOW)
    assert letter.subject == "Program page changed: Recovery program"
    assert (
        "* Resource: Discharge report: 2 June 2023, https://portal.example/old.docx → 1 May 2024, https://portal.example/new.docx"
        in letter.text
    )
    assert "Closes" not in letter.text + letter.html
    assert "Ressource: Discharge report" in compose("news", told.content, sender=sender, now=NOW, language="fr").text


def test_a_program_page_has_a_page_of_its_own_and_is_in_no_list_count_or_export(
    stored: Database, web: service.TestClient
) -> None:
    watched(stored)
    for address in ("/tenders?status=all", "/api/v1/tenders", "/api/v1/tenders/program-recovery"):
        assert "Recovery program" not in web.get(address).text
    for form in ("ocds", "ics"):
        assert web.get(f"/tenders/program-recovery/export/{form}").status_code == 404
    page = web.get("/tenders/program-recovery").text
    assert "Resource: Discharge report:" in page
    assert "Closing time" not in page
    assert "Program page changed" in web.get("/").text
