"""Each mail of the service itself in the language of whoever gets it, the sentences of other rooms in it too."""

import asyncio
from email.message import EmailMessage
from pathlib import Path

from sqlmodel import select

from api import outgoing, paying, reminding
from api.accounts import store as accounts
from api.accounts.models import Organisation
from api.database import Database
from contracts import payees
from contracts.models import Contract, Obligation
from contracts.vault import KeyRing
from contracts.vocabulary import Health
from notifier import alerts
from notifier.models import Delivery
from tests.api.service import HTML, NOW, TestClient, settings
from tests.notifier.servers import ScriptedRelay

KEYS = payees.Vault(KeyRing("k1", {"k1": b"1" * 32}), 1)


def sent(database: Database, folder: Path) -> dict[str, EmailMessage]:
    """Everything that is due, as a relay took it, by recipient."""

    async def drain() -> list[EmailMessage]:
        async with ScriptedRelay() as relay:
            where = {"smtp_host": "127.0.0.1", "smtp_port": relay.port, "smtp_security": "none", "mail_from": "b@clinic.example"}
            await outgoing.outbox(database, settings(folder, **where), lambda: NOW).drain(NOW)
            return [mail for mails in relay.accepted.values() for mail in mails]

    return {str(mail["To"]): mail for mail in asyncio.run(drain())}


def text(mail: EmailMessage) -> str:
    """The plain part."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_payees_contact_and_the_second_person_read_of_a_change_in_their_languages(stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        for name, language in (("ada", "fr"), ("bo", "")):
            person = accounts.add_person(session, organisation_id=1, address=f"{name}@clinic.example", role="owner", now=NOW)
            person.language = language
        row = payees.create(session, keys=KEYS, number="P-1", legal_name="Shoreline", now=NOW, by="somebody")
        row.remittance_email, row.language = "comptes@shoreline.example", "fr"
        paying.request(session, row, keys=KEYS, changes={"address": "2 Main St"}, reason="moved", by="person 99", now=NOW)
    mails = sent(stored, tmp_path)
    languages = {to: mail["Content-Language"] for to, mail in mails.items()}
    assert languages == {"ada@clinic.example": "fr", "bo@clinic.example": "en", "comptes@shoreline.example": "fr"}
    assert "bénéficiaire P-1" in text(mails["comptes@shoreline.example"])
    assert "payee P-1" in text(mails["bo@clinic.example"])


def test_the_language_of_a_payees_mails_changes_like_everything_of_a_payee(stored: Database) -> None:
    with stored.write() as session:
        row = payees.create(session, keys=KEYS, number="P-1", legal_name="Shoreline", now=NOW, by="somebody")
        change = paying.request(session, row, keys=KEYS, changes={"language": "fr"}, reason="asked", by="person 1", now=NOW)
        paying.approve(session, change, by="person 2", now=NOW, organisation_id=1)
        paying.apply(session, keys=KEYS, now=NOW + payees.COOLING_OFF)
        assert row.language == "fr"


def test_what_is_due_and_why_a_source_is_not_seen_are_french_in_a_french_mail(stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        session.add(Organisation(id=1, name="Harbour Clinic", created_at=NOW))
        owner = accounts.add_person(session, organisation_id=1, address="ada@clinic.example", role="owner", now=NOW)
        owner.language = "fr"
        session.add(Contract(id=1, organisation_id=1, title="Services agreement", number="77-2026", created_at=NOW))
        session.flush()
        session.add(
            Obligation(
                organisation_id=1, contract_id=1, key="k", kind="insurance_evidence", title="Certificate of insurance for 77-2026",
                due=NOW.date(), remind_on=NOW.date(), basis="yearly from 2025-07-20", created_at=NOW,
            )
        )  # fmt: skip
        alerts.health_changed(
            session, source="board", title="The board", old=Health.HEALTHY, new=Health.SHRUNK,
            reason="3 of 41 rows could not be read", at=NOW, address="operator@clinic.example", now=NOW,
        )  # fmt: skip
    assert reminding.duties(stored, operator="", now=NOW) == 1
    mails = sent(stored, tmp_path)
    duty = mails["ada@clinic.example"]
    assert "Certificat d’assurance pour 77-2026" in str(duty["Subject"])
    assert "chaque année depuis le 20 juill. 2025" in text(duty)
    assert "3 of 41 rows could not be read" in text(mails["operator@clinic.example"])


def test_a_link_to_sign_in_is_in_the_language_of_the_person_else_of_the_page(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        for name, language in (("ada", "fr"), ("bo", "")):
            person = accounts.add_person(session, organisation_id=1, address=f"{name}@clinic.example", role="staff", now=NOW)
            person.language = language
    for name in ("ada", "bo"):
        web.post("/sign-in/mail", data={"address": f"{name}@clinic.example"}, headers=HTML)
    web.post("/sign-in/mail", data={"address": "bo@clinic.example"}, headers=HTML | {"accept-language": "fr"})
    with stored.read() as session:
        rows = session.exec(select(Delivery.address, Delivery.language).order_by(Delivery.id))  # type: ignore[arg-type]
        assert [tuple(row) for row in rows] == [
            ("ada@clinic.example", "fr"),
            ("bo@clinic.example", "en"),
            ("bo@clinic.example", "fr"),
        ]
