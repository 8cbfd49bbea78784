"""A mail that asks to be let out is obeyed when it holds the token of an alert, and is nobody's otherwise."""

import pytest
from sqlmodel import Session

from notifier import leaving
from notifier.links import unsubscribe_mailto
from notifier.mailbox.mail import Mail
from tests.notifier.factories import NOW, subscribed


def asking(subject: str) -> Mail:
    return Mail(f"From: a@clinic.example\r\nSubject: {subject}\r\n\r\n".encode())


def token(number: int, secret: str = "secret") -> str:
    return unsubscribe_mailto("us@clinic.example", number, secret=secret).partition("%20")[2]


@pytest.mark.parametrize("subject", ["unsubscribe {}", "Unsubscribe  {} ", "Re: unsubscribe {}", "désabonner {}"])
def test_the_token_of_an_alert_ends_its_subscription(session: Session, subject: str) -> None:
    row = subscribed(session)
    mail = asking(subject.format(token(row.id or 0)))
    assert leaving.take(session, mail, NOW, secret="secret") == f"subscription {row.id} ended"
    assert row.state == "ended"
    assert leaving.take(session, asking(f"unsubscribe {token(99)}"), NOW, secret="secret") == "subscription 99 was gone already"


@pytest.mark.parametrize(
    "subject", ["", "unsubscribe", "unsubscribe me please", "Your invoice", f"unsubscribe {token(1, 'other')}"]
)
def test_any_other_mail_is_left_to_others(session: Session, subject: str) -> None:
    row = subscribed(session)
    assert leaving.take(session, asking(subject), NOW, secret="secret") is None
    assert row.state == "active"
