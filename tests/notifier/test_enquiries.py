"""An enquiry from its draft to its close: what goes out, what comes back, and who hears when nothing does."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from contracts.vocabulary import DeliveryState
from notifier import enquiries, lifecycle, replies
from notifier.addresses import InvalidAddress
from notifier.desks import load
from notifier.enquiries import Flagged, Posting, Unsendable
from notifier.messages import Recipient, Sender, compose
from notifier.models import Delivery, Enquiry, EnquiryMessage, Notification, Suppression
from notifier.response_times import by_desk
from notifier.routing import Route

NOW = datetime(2026, 7, 8, 17, 0, tzinfo=UTC)  # Wed 10:00 am PDT
TOKEN = "0123456789abcdef0123"
POSTING = Posting("bidkeeper.example", "post@bidkeeper.example")
SENDER = Sender("https://bidkeeper.example", "Bidkeeper <post@bidkeeper.example>", "", "secret")
DESKS = {desk.key: desk for desk in load()}


def draft(
    session: Session,
    question: str = "Which form changes our bank account?",
    *,
    desk: str = "procurement",
    token: str = TOKEN,
    **given: str,
) -> Enquiry:
    values = {"asker": "office@clinic.example", "asker_name": "Harbour Clinic", "address": "desk@board.example"} | given
    return enquiries.draft(
        session,
        question,
        Route(desk),
        organisation_id=1,
        desk=DESKS.get(desk),
        by="someone",
        token=token,
        now=NOW,
        references={"contract": "HC-2041"},
        **values,
    )


def sent(session: Session, **given: str) -> Enquiry:
    enquiry = draft(session, **given)
    enquiries.send(session, enquiry, posting=POSTING, by="someone", now=NOW)
    return enquiry


def mail(
    text: str = "Use form 1234.", *, sender: str = "desk@board.example", to: str = "office@clinic.example", **headers: str
) -> bytes:
    lines = {"From": sender, "To": to, "Subject": "Re: your question", "Message-ID": "<a1@board.example>"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    return ("".join(f"{name}: {value}\r\n" for name, value in lines.items()) + f"\r\n{text}\r\n").encode()


def letter(session: Session, delivery: Delivery) -> bytes:
    notification = session.get_one(Notification, delivery.notification_id)
    made = compose(notification.kind, notification.content, sender=SENDER, now=NOW)
    return made.to(Recipient(delivery.address, delivery.message_id), now=NOW)


def test_a_draft_leaves_out_what_the_desk_does_not_need_and_counts_it(session: Session) -> None:
    enquiry = draft(session, "Mr. Harjit Sidhu, claim 31234567, asks where the bank form is")
    assert "31234567" not in enquiry.body + enquiry.subject + enquiry.question
    assert enquiry.removed["claim"] == 1
    assert "HC-2041" in enquiry.subject
    assert session.exec(select(Delivery)).all() == []


def test_a_sent_enquiry_is_a_delivery_whose_answer_goes_to_the_asker(session: Session) -> None:
    enquiry = draft(session)
    delivery = enquiries.send(session, enquiry, posting=POSTING, by="someone", now=NOW)
    assert (delivery.state, delivery.address, delivery.organisation_id) == (DeliveryState.QUEUED, "desk@board.example", 1)
    parsed = message_from_bytes(letter(session, delivery), policy=policy.default)
    assert parsed["Reply-To"] == f"office@clinic.example, post+enquiry-{TOKEN}@bidkeeper.example"
    assert parsed["Message-ID"] == f"<enquiry.{TOKEN}.1@bidkeeper.example>"
    assert "Auto-Submitted" not in parsed
    assert "List-Id" not in parsed
    assert "bank account" in parsed.get_body(("plain",)).get_content()
    assert (enquiry.state, enquiry.via, enquiry.asked_at) == ("asked", "email", NOW)


def test_without_a_mailbox_of_ours_only_the_asker_is_answered(session: Session) -> None:
    delivery = enquiries.send(session, draft(session), posting=Posting("bidkeeper.example"), by="someone", now=NOW)
    assert message_from_bytes(letter(session, delivery), policy=policy.default)["Reply-To"] == "office@clinic.example"


def test_what_a_person_wrote_into_the_draft_is_looked_through_again(session: Session) -> None:
    enquiry = draft(session)
    enquiries.edit(session, enquiry, subject=enquiry.subject, body=f"{enquiry.body}\nHer PHN is 9123 456 789.")
    with pytest.raises(Flagged) as refused:
        enquiries.send(session, enquiry, posting=POSTING, by="someone", now=NOW)
    assert [finding.kind for finding in refused.value.findings] == ["phn"]
    assert enquiry.state == "draft"
    assert session.exec(select(Delivery)).all() == []
    enquiries.send(session, enquiry, posting=POSTING, by="someone", now=NOW, let_pass={"phn"})
    assert enquiry.allowed == ["phn"]


def test_what_is_flagged_can_be_taken_out(session: Session) -> None:
    enquiry = draft(session)
    enquiries.edit(session, enquiry, subject="About claim 31234567", body="Her PHN is 9123 456 789. Which form?")
    enquiries.take_out(session, enquiry)
    assert (enquiry.subject, enquiry.body) == ("About claim [claim number]", "Her PHN is [PHN]. Which form?")
    assert enquiries.flags(enquiry) == []
    assert enquiry.removed == {"claim": 1, "phn": 1}


def test_the_askers_own_name_and_address_are_not_flagged(session: Session) -> None:
    assert enquiries.flags(draft(session, asker_name="Maria Costa", asker="maria.costa@clinic.example")) == []


@pytest.mark.parametrize(
    ("given", "says"), [({"address": ""}, "no address is known"), ({"asker": ""}, "whom should the desk answer")]
)
def test_what_a_mail_lacks_is_said(session: Session, given: dict[str, str], says: str) -> None:
    with pytest.raises(Unsendable, match=says):
        sent(session, **given)


def test_an_asker_must_be_a_mail_address(session: Session) -> None:
    with pytest.raises(InvalidAddress):
        draft(session, asker="nobody\r\nBcc: all@example.org")


def test_nothing_is_sent_to_an_address_that_refused(session: Session) -> None:
    session.add(Suppression(address="desk@board.example", reason="bounced", since=NOW))
    session.flush()
    with pytest.raises(Unsendable, match="bounced"):
        sent(session)


@pytest.mark.parametrize(
    "headers",
    [
        {"In_Reply_To": f"<enquiry.{TOKEN}.1@bidkeeper.example>"},
        {"References": f"<x@y> <enquiry.{TOKEN}.1@bidkeeper.example>\r\n <z@y>"},
        {"to": f"post+enquiry-{TOKEN}@bidkeeper.example"},
    ],
)
def test_a_reply_finds_its_enquiry(session: Session, headers: dict[str, str]) -> None:
    enquiry = sent(session)
    later = NOW + timedelta(days=1)
    text = "Use form 1234.\r\n\r\nOn Wed, 8 July, the clinic wrote:\r\n> Which form?"
    filed = enquiries.receive(session, mail(text, **headers), now=later)
    assert filed is not None
    assert (filed.enquiry_id, filed.kind, filed.text) == (enquiry.id, "in", "Use form 1234.")
    assert (enquiry.state, enquiry.answered_at, enquiry.follow_up_at) == ("answered", later, None)


def test_the_same_mail_twice_is_one_message(session: Session) -> None:
    sent(session)
    raw = mail(In_Reply_To=f"<enquiry.{TOKEN}.1@bidkeeper.example>")
    first, second = (enquiries.receive(session, raw, now=NOW) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.id == second.id


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Auto_Submitted": "auto-replied"}, "automatic"),
        ({"Content_Type": 'multipart/report; report-type=delivery-status; boundary="b"'}, "bounce"),
    ],
)
def test_a_machines_answer_is_kept_but_answers_nothing(session: Session, headers: dict[str, str], kind: str) -> None:
    enquiry = sent(session)
    filed = enquiries.receive(session, mail(to=f"post+enquiry-{TOKEN}@bidkeeper.example", **headers), now=NOW)
    assert filed is not None
    assert filed.kind == kind
    assert enquiry.state == "asked"


def test_a_mail_of_no_thread_or_of_anothers_is_left_alone(session: Session) -> None:
    sent(session)
    assert enquiries.receive(session, mail(), now=NOW) is None
    raw = mail(In_Reply_To=f"<enquiry.{TOKEN}.1@bidkeeper.example>")
    assert enquiries.receive(session, raw, now=NOW, organisation_id=2) is None


def test_a_late_answer_opens_a_closed_enquiry_again(session: Session) -> None:
    enquiry = sent(session)
    enquiries.close(session, enquiry, outcome="no_answer", by="someone", now=NOW)
    enquiries.receive(session, mail(In_Reply_To=f"<enquiry.{TOKEN}.1@bidkeeper.example>"), now=NOW)
    assert (enquiry.state, enquiry.outcome, enquiry.closed_at) == ("answered", None, None)


def test_a_further_mail_stays_in_the_thread(session: Session) -> None:
    enquiry = sent(session)
    delivery = enquiries.send(session, enquiry, posting=POSTING, by="someone", now=NOW, text="May we ask again?")
    parsed = message_from_bytes(letter(session, delivery), policy=policy.default)
    assert parsed["In-Reply-To"] == parsed["References"] == f"<enquiry.{TOKEN}.1@bidkeeper.example>"
    assert parsed["Subject"].startswith("Re: ")
    with pytest.raises(Flagged):
        enquiries.send(session, enquiry, posting=POSTING, by="someone", now=NOW, text="It is about claim 31234567.")


def test_three_business_days_of_silence_are_too_long(session: Session) -> None:
    enquiry = sent(session)
    assert enquiries.overdue(session, now=NOW + timedelta(days=4, hours=23), organisation_id=1) == []
    monday = NOW + timedelta(days=5)
    assert enquiries.overdue(session, now=monday, organisation_id=1) == [enquiry]
    assert enquiries.overdue(session, now=monday, organisation_id=2) == []
    found = lifecycle.due(enquiry.state, enquiry.asked_at, enquiry.follow_up_at, now=monday)
    assert found is not None
    assert (found.overdue, found.days_waiting) == (True, 3)
    enquiries.escalate(session, enquiry, text="Asked the supervisor.", by="someone", now=monday)
    assert enquiries.overdue(session, now=monday, organisation_id=1) == []


def test_a_call_is_a_message_too(session: Session) -> None:
    enquiry = draft(session, address="")
    enquiries.call(session, enquiry, text="They will look.", answered=False, by="someone", now=NOW)
    assert (enquiry.state, enquiry.via) == ("asked", "phone")
    enquiries.call(session, enquiry, text="It is form 1234.", answered=True, by="someone", now=NOW + timedelta(days=1))
    assert enquiry.state == "answered"
    assert [one.kind for one in enquiries.messages(session, enquiry)] == ["call", "call"]


def test_a_correction_waits_for_a_review_and_becomes_an_example(session: Session) -> None:
    enquiry = draft(session, "Where is our invoice?")
    enquiries.wrong_desk(session, enquiry, right="payment", by="someone", now=NOW)
    assert enquiry.desk == "payment"
    assert enquiries.corrections(session, organisation_id=1) == [enquiry]
    enquiries.review(session, enquiry, accept=True)
    (example,) = enquiries.corrections(session, organisation_id=1, correction="accepted")
    assert (example.question, example.right_desk) == ("Where is our invoice?", "payment")
    with pytest.raises(lifecycle.NotNow):
        enquiries.review(session, enquiry, accept=False)


def test_the_history_is_searched_by_every_word_and_only_ones_own(session: Session) -> None:
    enquiry = sent(session)
    draft(session, "Something else entirely", token="f" * 20)
    enquiries.call(session, enquiry, text="They said 100% by Friday", answered=True, by="someone", now=NOW)
    assert enquiries.search(session, organisation_id=1, text="BANK friday") == [enquiry]
    assert enquiries.search(session, organisation_id=1, text="100%") == [enquiry]
    assert enquiries.search(session, organisation_id=1, text="1_0%") == []
    assert enquiries.search(session, organisation_id=2) == []
    assert enquiries.search(session, organisation_id=1, state="answered", desk="procurement") == [enquiry]


def test_desks_are_measured_in_business_days(session: Session) -> None:
    friday = datetime(2026, 7, 10, 17, 0, tzinfo=UTC)
    first, second, third = (draft(session, token=str(number) * 20) for number in range(3))
    for enquiry, days in ((first, 3), (second, 5)):
        enquiries.send(session, enquiry, posting=POSTING, by="someone", now=friday)
        enquiries.answer(session, enquiry, text="Yes.", by="someone", now=friday + timedelta(days=days))
    enquiries.send(session, third, posting=POSTING, by="someone", now=friday)
    enquiries.wrong_desk(session, third, right="payment", by="someone", now=friday)
    (record,) = by_desk(enquiries.search(session, organisation_id=1))
    assert (record.asked, record.answered, record.waiting, record.days, record.misroutes) == (3, 2, 1, 2.0, 1)


def test_closing_wants_a_known_outcome_and_ends_the_waiting(session: Session) -> None:
    enquiry = sent(session)
    with pytest.raises(ValueError, match="an outcome is one of"):
        enquiries.close(session, enquiry, outcome="meh", by="someone", now=NOW)
    enquiries.close(session, enquiry, outcome="no_answer", by="someone", now=NOW)
    assert (enquiry.state, enquiry.follow_up_at) == ("closed", None)
    with pytest.raises(lifecycle.NotNow, match="closed"):
        enquiries.send(session, enquiry, posting=POSTING, by="someone", now=NOW, text="again")


@given(st.lists(st.sampled_from(sorted(lifecycle.ACTS)), max_size=12))
def test_every_walk_stays_among_the_states_and_a_draft_is_never_come_back_to(acts: list[str]) -> None:
    state, left = "draft", False
    for act in acts:
        if lifecycle.may(state, act):
            state = lifecycle.step(state, act)
            left = left or state != "draft"
        else:
            with pytest.raises(lifecycle.NotNow):
                lifecycle.step(state, act)
        assert state in {"draft", "asked", "answered", "closed"}
        assert not (left and state == "draft")


@given(st.binary(max_size=400))
def test_any_bytes_are_a_mail_or_refused(raw: bytes) -> None:
    try:
        reply = replies.read(raw)
    except replies.UnreadableMail:
        return
    assert reply.kind in {"in", "automatic", "bounce"}
    assert "\n" not in reply.subject


@given(st.text(alphabet="0123456789abcdef", min_size=20, max_size=20), st.integers(1, 99))
def test_a_thread_is_found_again_by_what_was_sent(token: str, number: int) -> None:
    identity = replies.message_id(token, number, domain="bidkeeper.example")
    assert replies.read(mail(In_Reply_To=identity)).tokens == (token,)
    assert replies.read(mail(to=replies.plus_address(token, "post@bidkeeper.example"))).tokens == (token,)


def test_messages_of_an_enquiry_belong_to_its_organisation(session: Session) -> None:
    sent(session)
    assert {row.organisation_id for row in session.exec(select(EnquiryMessage)).all()} == {1}
