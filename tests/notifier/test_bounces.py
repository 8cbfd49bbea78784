"""A bounce finds its delivery; a dead address and a complaint end all mail to it, a full mailbox does not; forgeries do nothing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from contracts.vocabulary import DeliveryState
from notifier import bounces, store
from notifier.mailbox import Mail
from notifier.messages import Sender, message_id
from notifier.models import Delivery, EnquiryMessage, Suppression
from notifier.reports import Report, Told, is_gone, read
from tests.notifier.factories import NOW, announced, news, subscribed
from tests.notifier.reports import bounce, complaint

SENDER = Sender("https://bids.clinic.example", "Bidkeeper <alerts@bids.clinic.example>", "1 Main Street", "secret")
SENT, BOUNCED, SUPPRESSED = DeliveryState.SENT, DeliveryState.BOUNCED, DeliveryState.SUPPRESSED


def sent(session: Session, address: str = "owner@clinic.example", release: str = "r1") -> Delivery:
    """A delivery that a server has accepted."""
    subscribed(session, address=address)
    (row,) = announced(session, news(release_id=release), now=NOW)
    row.state, row.sent_at, row.next_attempt_at = SENT, NOW, None
    row.message_id = message_id(row.key, row.address, sender=SENDER)
    session.add(row)
    session.flush()
    return row


def take(session: Session, raw: bytes) -> str | None:
    return bounces.take(session, Mail(raw), NOW + timedelta(minutes=1), secret="secret")


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_hard_bounce_ends_all_mail_to_its_address(session: Session, returned: str) -> None:
    row = sent(session)
    assert take(session, bounce(row.message_id, returned=returned)) == f"delivery {row.id}: bounced 550 5.1.1 no such mailbox"
    assert (row.state, row.reason) == (BOUNCED, "bounced: 550 5.1.1 no such mailbox")
    (attempt,) = store.attempts(session, row.id or 0)
    assert (attempt.outcome, attempt.enhanced, attempt.text) == ("bounced", "5.1.1", "550 5.1.1 no such mailbox")
    (later,) = announced(session, news(release_id="r2"), now=NOW)
    assert (later.state, later.reason) == (SUPPRESSED, "bounced: 550 5.1.1 no such mailbox")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.2.2", "552 5.2.2 mailbox full"),
        ("4.4.7", "delivery time expired"),
        ("5.7.1", "550 5.7.1 looks like spam"),
        ("5.3.4", "552 5.3.4 too big"),
    ],
)
def test_a_soft_bounce_is_written_down_and_the_address_stays(session: Session, status: str, words: str) -> None:
    row = sent(session)
    assert take(session, bounce(row.message_id, status=status, words=words))
    assert (row.state, row.reason) == (BOUNCED, f"bounced: {words}")
    assert session.exec(select(Suppression)).all() == []


def test_a_complaint_ends_all_mail_to_its_address_and_what_waits_for_it(session: Session) -> None:
    row = sent(session)
    (waiting,) = announced(session, news(release_id="r2"), now=NOW)
    assert take(session, complaint(row.message_id))
    assert (row.state, row.reason) == (SENT, "complained: abuse reported by Reporter/1.0")
    assert waiting.state is SUPPRESSED
    assert session.get_one(Suppression, "owner@clinic.example").reason == "complained: abuse reported by Reporter/1.0"


def test_a_report_that_is_not_about_our_mail_is_left_for_a_person(session: Session) -> None:
    row = sent(session)
    for raw in (
        bounce("<never.sent@bids.clinic.example>"),
        bounce(""),
        complaint(row.message_id, kind="not-spam"),
        b"From: a@b.example\r\nSubject: Undelivered\r\n\r\n" + row.message_id.encode(),
    ):
        assert take(session, raw) is None
    assert row.state is SENT
    assert session.exec(select(Suppression)).all() == []


def test_a_delay_is_noted_and_changes_nothing(session: Session) -> None:
    row = sent(session)
    assert take(session, bounce(row.message_id, action="delayed", status="4.4.1", words="no answer from host"))
    assert row.state is SENT
    assert [attempt.outcome for attempt in store.attempts(session, row.id or 0)] == ["delayed"]


def test_the_same_report_twice_counts_once(session: Session) -> None:
    row = sent(session)
    take(session, bounce(row.message_id))
    assert str(take(session, bounce(row.message_id))).endswith("(known)")
    assert len(store.attempts(session, row.id or 0)) == 1


def test_an_envelope_address_names_its_delivery_and_a_made_up_one_does_not(session: Session) -> None:
    row = sent(session)
    address = bounces.envelope("bounces@clinic.example", row.id or 0, secret="secret")
    forged = bounces.envelope("bounces@clinic.example", row.id or 0, secret="guess")
    assert take(session, bounce("", to=forged)) is None
    assert take(session, bounce("", to=address.upper()))
    assert row.state is BOUNCED


def test_a_digest_that_comes_back_bounces_with_all_it_held(session: Session) -> None:
    first, second = sent(session), sent(session, release="r2")
    second.message_id = first.message_id
    first.digest = second.digest = "1:morning"
    assert take(session, bounce(first.message_id)) == f"delivery {first.id} and 1 more: bounced 550 5.1.1 no such mailbox"
    assert {first.state, second.state} == {BOUNCED}


def test_a_bounce_that_overtakes_the_record_of_its_sending_is_not_overwritten(session: Session) -> None:
    row = sent(session)
    row.state, row.sent_at = DeliveryState.SENDING, None
    take(session, bounce(row.message_id))
    assert row.state is BOUNCED


def test_an_enquiry_whose_mail_came_back_says_so(session: Session) -> None:
    row = sent(session)
    values = {"organisation_id": 1, "at": NOW, "text": "the question"}
    from notifier.models import Enquiry  # noqa: PLC0415

    enquiry = Enquiry(
        organisation_id=1, token="f" * 20, question="?", routed_to="claims", desk="claims", subject="?", body="?", created_at=NOW
    )
    session.add(enquiry)
    session.flush()
    session.add(EnquiryMessage(enquiry_id=enquiry.id or 0, kind="out", delivery_id=row.id, **values))
    session.flush()
    take(session, bounce(row.message_id))
    assert [one.kind for one in session.exec(select(EnquiryMessage).order_by("id")).all()] == ["out", "bounce"]


def test_which_refusals_say_that_an_address_is_no_more() -> None:
    assert is_gone("5.1.1", "")
    assert is_gone("5.0.0", "550 user unknown")
    assert is_gone(None, "550 no such user")
    assert not is_gone("5.0.0", "554 rejected")
    assert not is_gone("5.7.1", "550 blocked")
    assert not is_gone("4.2.1", "450 try again")


def test_of_several_recipients_the_one_that_failed_counts() -> None:
    text = bounce("<1@x.example>", action="delivered", status="2.0.0").decode()
    more = "\r\nFinal-Recipient: rfc822; b@clinic.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc"
    report = read(Mail(text.replace("\r\n--b\r\nContent-Type: text/rfc", more).encode()))
    assert report == Report(Told.BOUNCED, "<1@x.example>", "b@clinic.example", "5.1.1", "5.1.1", gone=True)


@given(st.data())
def test_a_report_torn_anywhere_is_read_or_left_but_never_stops_us(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from([bounce("<1@x.example>"), complaint("<1@x.example>")]))
    begin = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(begin, len(raw)))
    torn = raw[:begin] + data.draw(st.binary(max_size=20)) + raw[end:]
    report = read(Mail(torn))
    assert report is None or isinstance(report, Report)
