"""Rows with everything a page can show: long words, hostile titles, every state."""

from datetime import date, timedelta
from pathlib import Path

from api import filing, journeys
from api.database import Database
from api.desks import Book
from contracts import documents, pursuits
from contracts.models import Contract, Obligation
from contracts.vocabulary import DeliveryState, Health, ReleaseTag, TenderStatus
from crawler.models import Quarantine, SourceEvent
from notifier import enquiries
from notifier.enquiries import Posting
from tests.api.service import NOW, add_release, add_source, add_tender
from tests.api.test_pages_alerts import add_delivery, add_subscription
from tests.contracts.samples import pdf

LONG = "Réadaptation-professionnelle-et-conditionnement-physique-" * 3


AGREEMENT = """SERVICES AGREEMENT number 77-2026

4. Invoices
4.1 The provider must send each invoice within 90 days after the date of service.

5. Notice
5.1 Either party may end this agreement by giving 60 days written notice to the other party.

Schedule B: fees
Fee code   Description                     Amount
A100       Initial assessment              $145.00
A200       Progress report                 $38.50
"""


def file_agreement(database: Database, folder: Path) -> None:
    """A signed agreement with proposed terms and fees, and somebody who waits for news."""
    with database.write() as session:
        read = documents.read(pdf(AGREEMENT), "Services agreement, signed.pdf")
        owner = Contract(organisation_id=1, title="Services agreement", number="77-2026", created_at=NOW)
        filing.file(session, read, owner, folder=folder / "originals", now=NOW, by="a test")
        one = add_subscription(session, query="program:or2 OR rehabilitation")
        add_subscription(session, address="front-desk@clinic.example", query="", state="paused")
        add_delivery(session, one, key="a", title="Occupational rehabilitation services", state=DeliveryState.SENT, sent_at=NOW)
        add_delivery(session, one, key="b", title="Hand therapy", state=DeliveryState.FAILED, reason="550 no such user")


def decide(database: Database) -> None:
    """A tender that is watched, one that is prepared, and one that was won."""
    with database.write() as session:
        for number, stages in (("048-2026", ()), ("051-2026", ("go",)), ("100-2026", ("go", "submit", "win"))):
            title = f"{LONG} Hand therapy" if stages == ("go",) else "Occupational rehabilitation services"
            target = pursuits.Target(f"ocds-test-{number}", title, number, NOW + timedelta(days=6))
            row = pursuits.take_up(session, target, organisation_id=1, by="Ana", now=NOW - timedelta(days=9))
            for act in stages:
                said = {"decision": "Two of our sites are in the region.", "confirmation": "BC-4411", "owner": "Ana"}
                pursuits.act(session, row, act, by="Ana", now=NOW - timedelta(days=2), due=date(2026, 7, 13), **said)
            for task in pursuits.tasks(session, row)[:2]:
                pursuits.tick(session, task, done=True, by="Ana", now=NOW)


def due(database: Database) -> None:
    """What a contract makes due: overdue, this month and later."""
    with database.write() as session:
        for number, (title, day) in enumerate(
            (
                ("Quarterly report", date(2026, 7, 3)),
                ("Certificate of insurance", date(2026, 7, 20)),
                ("Notice", date(2026, 9, 1)),
            )
        ):
            session.add(
                Obligation(
                    organisation_id=1,
                    contract_id=1,
                    key=f"1:test:{number}",
                    kind="insurance_evidence",
                    title=f"{title} for 77-2026",
                    due=day,
                    basis="yearly from 2025-07-20",
                    created_at=NOW,
                )
            )


def ask_desks(database: Database) -> None:
    """A draft with personal data in it, a question that waits too long, a correction, and a page that says something else."""
    book = Book.open(None)
    with database.write() as session:
        for number, question in enumerate(("Which form changes our bank account?", f"Where is the invoice of {LONG}?")):
            row = journeys.open_enquiry(
                session,
                question,
                organisation_id=1,
                book=book,
                asker="front-desk@clinic.example",
                asker_name="Harbour Clinic",
                by="a test",
                token=str(number) * 20,
                now=NOW - timedelta(days=20),
                desk="procurement",
            )
            if number:
                when = NOW - timedelta(days=20)
                enquiries.send(session, row, posting=Posting("clinic.example"), by="a test", now=when, let_pass={"worker"})
                enquiries.wrong_desk(session, row, right="payment", by="a test", now=NOW)
            else:
                enquiries.edit(session, row, subject=row.subject, body="Her PHN is 9123 456 789.")
        table = "Question about | Contact\nInvoices | Payment Services 604.555.0101\n"
        source = "https://board.example/program"
        journeys.take_routes(session, table, source=source, as_of=NOW.date(), organisation_id=1, book=book, now=NOW)


def fill(database: Database) -> None:
    """A month of a small clinic's service."""
    with database.write() as session:
        first = add_tender(
            session,
            description="Assessment and treatment of injured workers.\nThree regions; one contract each.",
            files=[
                {"title": "Part II: form of proposal", "url": "https://portal.example/files/2.pdf"},
                {"title": "Addendum 1", "url": "javascript:alert(1)"},
            ],
        )
        moved = [
            {"field": "closes", "old": "2026-07-10T17:00:00+00:00", "new": "2026-07-14T17:00:00+00:00"},
            {"field": "addenda", "old": 0, "new": 1},
        ]
        add_release(session, first, changes=moved)
        add_tender(session, number="051-2026", title="Hand therapy, by application", closes_at=NOW + timedelta(days=2, hours=3))
        add_tender(session, number="052-2026", title=LONG, closes_at=NOW + timedelta(hours=5), buyer=LONG)
        add_tender(
            session, number="053-2026", title="<script>alert('x')</script> Community care", closes_at=NOW + timedelta(days=30)
        )
        add_tender(
            session, number="054-2026", title="Residential care", closes_at=None, closes_text="2:00 PM local time", zone=None
        )
        cancelled = add_tender(session, number="055-2026", title="Concussion assessment", status=TenderStatus.CANCELLED)
        add_release(
            session,
            cancelled,
            tag=ReleaseTag.TENDER_CANCELLATION,
            changes=[{"field": "status", "old": "open", "new": "cancelled"}],
        )
        for number, status in enumerate(TenderStatus):
            add_tender(session, number=f"06{number}-2026", title=f"A tender that is {status.value}", status=status)
        for number in range(55):
            add_tender(
                session,
                number=f"1{number:02}-2026",
                title=f"Work conditioning, region {number}",
                closes_at=NOW + timedelta(days=20, hours=number),
            )
        add_source(session, volume=[41, 41, 42])
        for name, health, reason in (
            ("harbour-city", Health.LAYOUT_CHANGED, "The table of postings has gone from the page; rows can't be read."),
            ("north-region", Health.QUARANTINED, "60 rows where 600 were; the look is held until someone decides."),
            ("public-notices", Health.UNSEEN, None),
        ):
            add_source(session, name, health=health, health_reason=reason, last_good_at=NOW - timedelta(days=2), failures=2)
            if reason:
                session.add(SourceEvent(source=name, at=NOW, old=Health.HEALTHY, new=health, reason=reason))
        session.add(
            Quarantine(
                source="north-region",
                held_at=NOW,
                last_at=NOW,
                reason="60 rows where 600 were",
                postings=[{"id": str(number), "number": f"07{number}", "title": "A posting"} for number in range(60)],
            )
        )
