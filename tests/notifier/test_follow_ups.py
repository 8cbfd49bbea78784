"""A desk that stays silent: its asker is reminded, then the owners hear, each once, and nobody who has an answer."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from notifier import enquiries, lifecycle, workdays
from notifier.models import Delivery, Enquiry, Notification
from tests.notifier.test_enquiries import NOW, letter, message_from_bytes, policy, sent

OWNER = "owner@clinic.example"


def follow(session: Session, now, *, days: int = 3) -> list[Delivery]:
    return enquiries.follow_up(
        session, now=now, days=days, titles={"procurement": "Procurement Services"}, owners=lambda _: [OWNER]
    )


def test_an_asker_is_reminded_after_three_business_days_and_once(session: Session) -> None:
    sent(session)
    due = workdays.after(NOW, 3)
    assert follow(session, due - timedelta(minutes=1)) == []
    (delivery,) = follow(session, due)
    assert delivery.address == "office@clinic.example"
    assert follow(session, due + timedelta(hours=1)) == []
    text = message_from_bytes(letter(session, delivery), policy=policy.default).get_body(("plain",)).get_content()
    assert "No answer for 3 business days" in text
    assert "Procurement Services" in text
    assert "/enquiries/" in text


def test_the_owners_hear_when_a_reminder_helped_nothing(session: Session) -> None:
    enquiry = sent(session)
    due = workdays.after(NOW, 3)
    follow(session, due)
    later = workdays.after(due, 3)
    (delivery,) = follow(session, later)
    assert delivery.address == OWNER
    assert enquiry.escalated_at == later
    assert enquiries.messages(session, enquiry)[-1].text.startswith("Escalated")
    assert follow(session, later + timedelta(hours=1)) == []


@pytest.mark.parametrize("act", ["answer", "close", "put_off"])
def test_what_was_answered_closed_or_put_off_is_left_alone(session: Session, act: str) -> None:
    enquiry = sent(session)
    acts = {
        "answer": lambda: enquiries.answer(session, enquiry, text="Form 12.", by="me", now=NOW),
        "close": lambda: enquiries.close(session, enquiry, outcome="withdrawn", by="me", now=NOW),
        "put_off": lambda: enquiries.put_off(session, enquiry, days=10, by="me", now=NOW),
    }
    acts[act]()
    assert follow(session, workdays.after(NOW, 3)) == []
    assert bool(follow(session, workdays.after(NOW, 10))) is (act == "put_off")


def test_only_what_is_awaited_can_be_put_off(session: Session) -> None:
    enquiry = sent(session)
    enquiries.close(session, enquiry, outcome="answered", by="me", now=NOW)
    with pytest.raises(lifecycle.NotNow):
        enquiries.put_off(session, enquiry, days=2, by="me", now=NOW)


def test_a_telephoned_enquiry_without_an_address_is_escalated_though_nobody_can_be_reminded(session: Session) -> None:
    enquiry = sent(session)
    enquiry.asker = ""
    session.add(enquiry)
    due = workdays.after(NOW, 3)
    assert follow(session, due) == []
    assert [row.address for row in follow(session, workdays.after(due, 3))] == [OWNER]


def test_every_organisation_s_own_owners_hear(session: Session) -> None:
    for number in (1, 2):
        enquiry = sent(session, token=f"{number}123456789abcdef0123"[:20])
        enquiry.organisation_id, enquiry.reminded_at = number, NOW
        enquiry.follow_up_at = NOW
        session.add(enquiry)
    session.flush()
    written = enquiries.follow_up(
        session, now=workdays.after(NOW, 5), days=3, titles={}, owners=lambda organisation: [f"{organisation}@owners.example"]
    )
    assert {(row.organisation_id, row.address) for row in written} == {(1, "1@owners.example"), (2, "2@owners.example")}
    assert len(session.exec(select(Notification).where(Notification.kind == "follow_up")).all()) == 2
    assert all(row.escalated_at for row in session.exec(select(Enquiry)).all())
