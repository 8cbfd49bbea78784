"""Whoever could stop a change to a payee is mailed at each step, and no mail holds what stands in a field."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from api import paying
from api.accounts import store as accounts
from contracts import payees
from contracts.digits import BankAccount
from contracts.vault import KeyRing
from notifier.messages import Sender, compose
from notifier.models import Delivery, Notification
from tests.api.service import NOW

KEYS = payees.Vault(KeyRing("k1", {"k1": b"1" * 32}), 1)
ACCOUNT = BankAccount.parse("004", "10020", "0012345678")
SENDER = Sender("https://bids.example", "Bidkeeper <b@bids.example>", "1 Main St", "secret")


def told(session: Session, step: str) -> list[str]:
    query = select(Delivery.address).join(Notification).where(col(Notification.key).endswith(f":{step}"))
    return sorted(session.exec(query).all())


@pytest.fixture
def people(session: Session) -> dict[str, str]:
    """Two who may approve and one who may not, of the organisation, and one of another; name → how acts of theirs are signed."""
    found = {}
    for name, role, organisation_id in (("ada", "owner", 1), ("bo", "finance", 1), ("cy", "staff", 1), ("di", "owner", 2)):
        row = accounts.add_person(session, organisation_id=organisation_id, address=f"{name}@clinic.example", role=role, now=NOW)
        found[name] = f"person {row.id}"
    return found


def test_the_old_contact_and_the_second_person_hear_of_every_step(session: Session, people: dict[str, str]) -> None:
    row = payees.create(session, keys=KEYS, number="P-1", legal_name="Shoreline", now=NOW, by=people["ada"])
    row.known_phone, row.remittance_email = "604 555 0142", "books@shoreline.example"
    change = paying.request(
        session,
        row,
        keys=KEYS,
        changes={"bank_account": ACCOUNT, "remittance_email": "new@else.example"},
        reason="a letter",
        by=people["ada"],
        now=NOW,
    )
    assert told(session, "requested") == ["bo@clinic.example", "books@shoreline.example"]
    payees.call_back(session, change, number="6045550142", spoke_with="M.", by=people["ada"], now=NOW, organisation_id=1)
    paying.approve(session, change, by=people["bo"], now=NOW, organisation_id=1)
    assert told(session, "approved") == ["ada@clinic.example", "books@shoreline.example"]
    assert paying.apply(session, keys=KEYS, now=NOW + payees.COOLING_OFF - timedelta(seconds=1)) == 0
    assert paying.apply(session, keys=KEYS, now=NOW + payees.COOLING_OFF) == 1
    assert told(session, "applied") == ["ada@clinic.example", "bo@clinic.example", "books@shoreline.example"]
    for language in ("en", "fr"):
        for notification in session.exec(select(Notification)).all():
            letter = compose(notification.kind, notification.content, sender=SENDER, now=NOW, language=language)
            assert "P-1" in letter.subject
            assert "12345678" not in letter.text + letter.html
            assert "new@else.example" not in letter.text + letter.html
            assert ("compte bancaire" in letter.text) == (language == "fr")


def test_a_refusal_is_told_to_whoever_heard_of_the_request(session: Session, people: dict[str, str]) -> None:
    row = payees.create(session, keys=KEYS, number="P-1", legal_name="Shoreline", now=NOW, by="Ada")
    row.remittance_email = "books@shoreline.example"
    changes = {"address": "2 Main St"}
    change = paying.request(session, row, keys=KEYS, changes=changes, reason="moved", by=people["bo"], now=NOW)
    paying.refuse(session, change, by=people["ada"], note="not ours", now=NOW, organisation_id=1)
    assert told(session, "refused") == ["bo@clinic.example", "books@shoreline.example"]
    [content] = session.exec(select(Notification.content).where(col(Notification.key).endswith(":refused"))).all()
    assert "erased" in compose("payee_change", content, sender=SENDER, now=NOW).text
