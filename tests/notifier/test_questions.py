"""Which mail is a question to us, and what is asked in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.mailbox import Mail
from notifier.questions import Asked, Unanswered, asks_at, read

ADDRESS = "desk+ask@clinic.example"


def mail(text: str, headers: str = "") -> Mail:
    return Mail(f"From: rosa@clinic.example\r\nTo: {ADDRESS}\r\nSubject: Fwd: bank\r\n{headers}\r\n{text}\r\n".encode())


def asked(text: str, headers: str = "") -> Asked:
    found = read(mail(text, headers), address=ADDRESS)
    assert isinstance(found, Asked)
    return found


@pytest.mark.parametrize(("mailbox", "address"), [("desk@clinic.example", ADDRESS), ("", "")])
def test_questions_have_an_address_where_there_is_a_mailbox(mailbox: str, address: str) -> None:
    assert asks_at(mailbox) == address


def test_own_words_and_what_is_passed_on_are_told_apart() -> None:
    found = asked(
        "Can you sort this out for me please?\r\n\r\n-----Original Message-----\r\nFrom: kim@x.example\r\n\r\nOur bank changed."
    )
    assert "sort this out" in found.words
    assert "bank changed" not in found.words
    assert "Our bank changed." in found.whole


def test_a_mail_forwarded_as_an_attachment_is_read() -> None:
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nplease look\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        "From: kim@x.example\r\nSubject: deposit\r\n\r\nWhere is the deposit of May?\r\n--b--"
    )
    found = asked(body, 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n')
    assert "Where is the deposit of May?" in found.whole


def test_a_message_id_that_is_no_plain_one_starts_no_thread() -> None:
    assert asked("hi", "Message-ID: <a b\x00c>\r\n").message_id == ""


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_whatever_arrives_is_a_question_a_refusal_or_not_ours(raw: bytes) -> None:
    found = read(Mail(f"To: {ADDRESS}\r\n".encode() + raw), address=ADDRESS, stamped_by="mx.example")
    assert found is None or isinstance(found, Asked | Unanswered)
