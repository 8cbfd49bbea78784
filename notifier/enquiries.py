"""Enquiries as rows: a draft from a question, edited, sent or telephoned, its replies, follow-ups, corrections and close.

Every function takes the organisation with it and flushes; the edge commits. What may be done when stands in `lifecycle.py`.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from contracts.vocabulary import DeliveryState
from notifier import drafts, lifecycle, replies
from notifier.desks import Desk
from notifier.models import Delivery, Enquiry, EnquiryMessage, Notification, Suppression
from notifier.redaction import Finding, find, strip
from notifier.routing import Route
from notifier.store import insert_once, normal_address

MOST_REFERENCES = 20
LONGEST_SUBJECT, LONGEST_BODY = 300, 20_000
_PLAIN_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_NUMBER_GOES_ON = re.compile(r"[-–/]?\d")  # capitals before figures are a reference number (HC-2041), no name


class Unsendable(ValueError):
    """Raised by `send` for an enquiry that lacks what a mail needs; the message says what to fill in."""


class Flagged(Exception):
    """Raised by `send` while personal data that the desk does not need stands in the text and nobody let it pass."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        kinds = ", ".join(sorted({finding.kind for finding in findings}))
        super().__init__(f"the message holds personal data that this desk does not need: {kinds}")
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Posting:
    """How mail leaves here: `domain` ends the Message-IDs; `mailbox`, if there is one, takes replies under plus-addresses."""

    domain: str
    mailbox: str = ""


def draft(
    session: Session,
    question: str,
    found: Route,
    *,
    organisation_id: int,
    desk: Desk | None,
    address: str | None,
    asker: str,
    asker_name: str,
    by: str,
    token: str,
    now: datetime,
    references: Mapping[str, str] | None = None,
) -> Enquiry:
    """Open an enquiry with a drafted message, nothing sent. `token` is twenty random hexadecimal digits.

    Raises InvalidAddress for an asker that is no mail address; without one the enquiry can be telephoned but not mailed.
    """
    signature = "\n".join(filter(None, (asker_name.strip(), asker.strip())))
    made = drafts.draft(question, found, desk=desk, sender=signature, references=references)
    row = Enquiry(
        organisation_id=organisation_id,
        token=token,
        question=drafts.without(question, made.removed),
        routed_to=found.desk,
        desk=found.desk,
        address=address or "",
        subject=made.subject,
        body=made.body,
        removed=dict(Counter(finding.kind for finding in made.removed)),
        asker=normal_address(asker) if asker.strip() else "",
        asker_name=asker_name.strip()[:200],
        created_at=now,
        created_by=by,
    )
    return _stored(session, row)


def flags(enquiry: Enquiry, text: str | None = None) -> list[Finding]:
    """Personal data in the message (or another `text`) that its desk does not need and nobody let pass; the asker's own stays."""
    own = {part.casefold() for part in (*enquiry.asker_name.split(), enquiry.asker, enquiry.address) if part}
    needed = drafts.NEEDED.get(enquiry.desk, frozenset()) | set(enquiry.allowed)
    whole = f"{enquiry.subject}\n\n{enquiry.body}" if text is None else text
    return [
        finding
        for finding in find(whole)
        if finding.kind not in needed
        and not all(part.casefold() in own for part in finding.text.split())
        and not (finding.kind == "worker" and _NUMBER_GOES_ON.match(whole, finding.end))
    ]


def edit(session: Session, enquiry: Enquiry, *, subject: str, body: str, address: str | None = None) -> Enquiry:
    """Change a draft; raises NotNow once it was asked, InvalidAddress for an address that is none."""
    enquiry.state = lifecycle.step(enquiry.state, "edit")
    enquiry.subject = " ".join(subject.split())[:LONGEST_SUBJECT]
    enquiry.body = body.replace("\r\n", "\n").strip()[:LONGEST_BODY]
    if address is not None:
        enquiry.address = normal_address(address) if address.strip() else ""
    return _stored(session, enquiry)


def take_out(session: Session, enquiry: Enquiry) -> Enquiry:
    """Replace what is flagged in a draft by what it was, as in `[SIN]`; counted in `removed`."""
    enquiry.state = lifecycle.step(enquiry.state, "edit")
    found = flags(enquiry)
    head = len(enquiry.subject) + 2
    enquiry.removed = dict(Counter(enquiry.removed) + Counter(finding.kind for finding in found))
    enquiry.body = strip(
        enquiry.body,
        findings=[Finding(one.kind, one.start - head, one.end - head, one.text) for one in found if one.start >= head],
    )
    enquiry.subject = strip(enquiry.subject, findings=[one for one in found if one.end <= head - 2])
    return _stored(session, enquiry)


def send(
    session: Session,
    enquiry: Enquiry,
    *,
    posting: Posting,
    by: str,
    now: datetime,
    let_pass: Collection[str] = (),
    text: str | None = None,
) -> Delivery:
    """Write the delivery of the draft, or of `text` as a further mail of its thread; the outbox sends it.

    `let_pass` names kinds of personal data that a person saw and lets go out. Raises NotNow, Unsendable, or Flagged with
    what stands in the message; then nothing has changed.
    """
    state = lifecycle.step(enquiry.state, "send")
    if enquiry.state != "draft" and not (text or "").strip():
        raise Unsendable("this enquiry was sent already: write what to add")
    for value, sentence in (
        (enquiry.address, "no address is known for this desk: add it, or log a telephone call"),
        (enquiry.asker, "whom should the desk answer? Add your mail address"),
        (enquiry.subject.strip(), "a mail needs a subject"),
        (enquiry.body.strip(), "there is nothing in the message"),
    ):
        if not value:
            raise Unsendable(sentence)
    if refused := session.get(Suppression, enquiry.address):
        raise Unsendable(f"nothing can be sent to {enquiry.address}: {refused.reason}")
    said = enquiry.body if enquiry.state == "draft" else (text or "").strip()[:LONGEST_BODY]
    shown = f"{enquiry.subject}\n\n{said}"
    left = [finding for finding in flags(enquiry, shown) if finding.kind not in let_pass]
    if left:
        raise Flagged(left)
    enquiry.allowed = sorted({*enquiry.allowed, *(one.kind for one in flags(enquiry, shown))})
    delivery = _post(session, enquiry, said, posting=posting, by=by, now=now)
    enquiry.via = enquiry.via or "email"
    _asked(enquiry, state, now)
    _stored(session, enquiry)
    return delivery


def call(session: Session, enquiry: Enquiry, *, text: str, answered: bool, by: str, now: datetime) -> EnquiryMessage:
    """Write down a telephone call: what was said, and whether it answered the question."""
    state = lifecycle.step(enquiry.state, "call_answered" if answered else "call")
    enquiry.via = enquiry.via or "phone"
    if answered:
        enquiry.asked_at = enquiry.asked_at or now
        _answered(enquiry, now)
    else:
        _asked(enquiry, state, now)
    _stored(session, enquiry)
    return _said(session, enquiry, "call", text, by=by, now=now)


def note(session: Session, enquiry: Enquiry, *, text: str, by: str, now: datetime) -> EnquiryMessage:
    """Write something down beside the thread."""
    return _said(session, enquiry, "note", text, by=by, now=now)


def answer(session: Session, enquiry: Enquiry, *, text: str, by: str, now: datetime) -> EnquiryMessage:
    """Record an answer that came another way (pasted by a person). Raises NotNow on a draft."""
    lifecycle.step(enquiry.state, "reply")
    _answered(enquiry, now)
    _stored(session, enquiry)
    return _said(session, enquiry, "in", text, by=by, now=now)


def receive(session: Session, raw: bytes, *, now: datetime, organisation_id: int | None = None) -> EnquiryMessage | None:
    """File a mail with the enquiry that it answers; None when it names none of ours. The same mail is filed once.

    Absence notes and bounces are kept but answer nothing. Raises UnreadableMail. Without an organisation (the operator's
    own mailbox) the thread's unguessable token alone says whose it is.
    """
    reply = replies.read(raw)
    for token in reply.tokens:
        wanted = select(Enquiry).where(Enquiry.token == token)
        if organisation_id is not None:
            wanted = wanted.where(Enquiry.organisation_id == organisation_id)
        enquiry = session.exec(wanted).first()
        if enquiry is not None:
            return _file(session, enquiry, reply, raw, now=now)
    return None


def bounced(session: Session, delivery_id: int, *, text: str, now: datetime) -> EnquiryMessage | None:
    """Note in an enquiry that one of its mails came back; None when the delivery is no enquiry's."""
    sent = session.exec(select(EnquiryMessage).where(EnquiryMessage.delivery_id == delivery_id)).first()
    enquiry = session.get(Enquiry, sent.enquiry_id) if sent is not None else None
    return _said(session, enquiry, "bounce", text, by="the mail system", now=now) if enquiry is not None else None


def escalate(session: Session, enquiry: Enquiry, *, text: str, by: str, now: datetime) -> EnquiryMessage:
    """Mark a question that was left unanswered as one for somebody higher up; the clock starts again."""
    enquiry.state = lifecycle.step(enquiry.state, "escalate")
    enquiry.escalated_at, enquiry.follow_up_at, enquiry.reminded_at = now, lifecycle.follow_up(now), None
    _stored(session, enquiry)
    return _said(session, enquiry, "note", f"Escalated. {text}".strip(), by=by, now=now)


def wrong_desk(session: Session, enquiry: Enquiry, *, right: str, by: str, now: datetime) -> Enquiry:
    """Keep which desk it should have been, for review. A draft is turned to that desk; a sent one stays as it was sent."""
    enquiry.state = lifecycle.step(enquiry.state, "redirect")
    enquiry.right_desk, enquiry.correction = right, "proposed"
    if enquiry.state == "draft":
        enquiry.desk, enquiry.address = right, ""
    _stored(session, enquiry)
    _said(session, enquiry, "note", f"Wrong desk: it should have been {right}.", by=by, now=now)
    return enquiry


def review(session: Session, enquiry: Enquiry, *, accept: bool) -> Enquiry:
    """Accept a correction as an example for the router, or reject it. Raises NotNow without a correction that waits."""
    if enquiry.correction != "proposed":
        raise lifecycle.NotNow("no correction of this enquiry waits for a review")
    enquiry.correction = "accepted" if accept else "rejected"
    return _stored(session, enquiry)


def close(session: Session, enquiry: Enquiry, *, outcome: str, by: str, now: datetime, text: str = "") -> Enquiry:
    """End an enquiry with one of `lifecycle.OUTCOMES`."""
    if outcome not in lifecycle.OUTCOMES:
        raise ValueError(f"an outcome is one of {', '.join(lifecycle.OUTCOMES)}")
    enquiry.state = lifecycle.step(enquiry.state, "close")
    enquiry.outcome, enquiry.closed_at, enquiry.follow_up_at = outcome, now, None
    _stored(session, enquiry)
    _said(session, enquiry, "note", f"{lifecycle.OUTCOMES[outcome]}. {text}".strip(), by=by, now=now)
    return enquiry


def find_one(session: Session, enquiry_id: int, *, organisation_id: int) -> Enquiry | None:
    """An enquiry of this organisation."""
    row = session.get(Enquiry, enquiry_id) if 0 < enquiry_id < 2**31 else None
    return row if row is not None and row.organisation_id == organisation_id else None


def messages(session: Session, enquiry: Enquiry) -> Sequence[EnquiryMessage]:
    """Everything said in an enquiry, oldest first."""
    wanted = select(EnquiryMessage).where(
        EnquiryMessage.organisation_id == enquiry.organisation_id, EnquiryMessage.enquiry_id == enquiry.id
    )
    return session.exec(wanted.order_by(col(EnquiryMessage.id))).all()


def search(
    session: Session,
    *,
    organisation_id: int,
    text: str = "",
    state: str | None = None,
    desk: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Enquiry]:
    """Enquiries, newest first, that hold every word of `text` in question, subject, message or thread; `before` is an id."""
    statement = select(Enquiry).where(Enquiry.organisation_id == organisation_id)
    for word in text.split()[:10]:
        like = f"%{word.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        said = select(EnquiryMessage.enquiry_id).where(
            EnquiryMessage.organisation_id == organisation_id, col(EnquiryMessage.text).ilike(like, escape="!")
        )
        columns = (col(Enquiry.question), col(Enquiry.subject), col(Enquiry.body))
        statement = statement.where(or_(*(one.ilike(like, escape="!") for one in columns), col(Enquiry.id).in_(said)))
    if state is not None:
        statement = statement.where(Enquiry.state == state)
    if desk is not None:
        statement = statement.where(Enquiry.desk == desk)
    if before is not None:
        statement = statement.where(col(Enquiry.id) < before)
    return session.exec(statement.order_by(col(Enquiry.id).desc()).limit(limit)).all()


def overdue(session: Session, *, now: datetime, organisation_id: int) -> Sequence[Enquiry]:
    """Enquiries whose desk has been silent for too long, longest first."""
    wanted = select(Enquiry).where(
        Enquiry.organisation_id == organisation_id, Enquiry.state == "asked", col(Enquiry.follow_up_at) <= now
    )
    return session.exec(wanted.order_by(col(Enquiry.follow_up_at))).all()


def corrections(session: Session, *, organisation_id: int, correction: str = "proposed") -> Sequence[Enquiry]:
    """Enquiries at the wrong desk: those to review, or those accepted as examples (question and `right_desk`)."""
    wanted = select(Enquiry).where(Enquiry.organisation_id == organisation_id, Enquiry.correction == correction)
    return session.exec(wanted.order_by(col(Enquiry.id))).all()


def _post(session: Session, enquiry: Enquiry, text: str, *, posting: Posting, by: str, now: datetime) -> Delivery:
    thread = messages(session, enquiry)
    named = [one.message_id for one in thread if one.message_id and one.kind in {"out", "in"}]
    before = [identity for identity in named if _PLAIN_ID.fullmatch(identity)]
    number = 1 + sum(one.kind == "out" for one in thread)
    key = f"enquiry:{enquiry.token}:{number}"
    answers_to = [enquiry.asker]
    if posting.mailbox:
        answers_to.append(replies.plus_address(enquiry.token, posting.mailbox))
    subject = enquiry.subject if number == 1 else f"Re: {enquiry.subject}"
    content = {
        "subject": subject,
        "text": text,
        "asker": enquiry.asker,
        "asker_name": enquiry.asker_name,
        "reply_to": answers_to,
        "references": before[-MOST_REFERENCES:],
    }
    notification = Notification(key=key, kind="enquiry", ocid=None, created_at=now, content=content)
    session.add(notification)
    session.flush()
    assert notification.id is not None
    delivery = Delivery(
        key=f"{key}:email",
        notification_id=notification.id,
        organisation_id=enquiry.organisation_id,
        address=enquiry.address,
        state=DeliveryState.QUEUED,
        created_at=now,
        next_attempt_at=now,
        message_id=replies.message_id(enquiry.token, number, domain=posting.domain),
    )
    session.add(delivery)
    session.flush()
    said = _said(session, enquiry, "out", text, by=by, now=now, subject=subject, message_id=delivery.message_id)
    said.delivery_id = delivery.id
    session.add(said)
    session.flush()
    return delivery


def _file(session: Session, enquiry: Enquiry, reply: replies.Reply, raw: bytes, *, now: datetime) -> EnquiryMessage | None:
    identity = reply.message_id or f"<{hashlib.sha256(raw).hexdigest()}@unnamed.invalid>"
    values: dict[str, Any] = {
        "organisation_id": enquiry.organisation_id,
        "enquiry_id": enquiry.id,
        "kind": reply.kind,
        "at": now,
        "by": f"{reply.sender_name} <{reply.sender}>" if reply.sender_name else reply.sender,
        "subject": reply.subject,
        "text": reply.text[:LONGEST_BODY],
        "message_id": identity,
        "delivery_id": None,
    }
    new = insert_once(session, EnquiryMessage, [values])
    own = reply.sender.casefold() in {enquiry.asker.casefold(), ""}
    if new and reply.kind == "in" and not own and lifecycle.may(enquiry.state, "reply"):
        _answered(enquiry, now)
        _stored(session, enquiry)
    wanted = select(EnquiryMessage).where(
        EnquiryMessage.organisation_id == enquiry.organisation_id, EnquiryMessage.message_id == identity
    )
    return session.exec(wanted).one()


def _asked(enquiry: Enquiry, state: str, now: datetime) -> None:
    enquiry.state = state
    enquiry.asked_at = enquiry.asked_at or now
    enquiry.follow_up_at, enquiry.reminded_at = lifecycle.follow_up(now), None


def _answered(enquiry: Enquiry, now: datetime) -> None:
    enquiry.state = "answered"
    enquiry.answered_at = enquiry.answered_at or now
    enquiry.follow_up_at, enquiry.closed_at, enquiry.outcome = None, None, None


def _said(
    session: Session,
    enquiry: Enquiry,
    kind: str,
    text: str,
    *,
    by: str,
    now: datetime,
    subject: str = "",
    message_id: str | None = None,
) -> EnquiryMessage:
    assert enquiry.id is not None
    row = EnquiryMessage(
        organisation_id=enquiry.organisation_id,
        enquiry_id=enquiry.id,
        kind=kind,
        at=now,
        by=by,
        subject=subject,
        text=text.strip()[:LONGEST_BODY],
        message_id=message_id,
    )
    session.add(row)
    session.flush()
    return row


def _stored(session: Session, row: Enquiry) -> Enquiry:
    session.add(row)
    session.flush()
    return row
