"""An enquiry's mails: out through the outbox under a Message-ID that names the thread, in from whoever answers it."""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from contracts.vocabulary import DeliveryState
from notifier import lifecycle, replies
from notifier.enquiries.acts import flags, was_answered, was_asked
from notifier.enquiries.rows import LONGEST_BODY, messages, said, stored
from notifier.mailbox import Mail
from notifier.models import Delivery, Enquiry, EnquiryMessage, Notification, Suppression
from notifier.redaction import Finding
from notifier.store import insert_once

MOST_REFERENCES = 20
_PLAIN_ID = re.compile(r"<[!-;=?-~]{1,250}>")


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


def send(
    session: Session,
    enquiry: Enquiry,
    *,
    posting: Posting,
    by: str,
    now: datetime,
    let_pass: Collection[str] = (),
    text: str | None = None,
    days: int = lifecycle.FOLLOW_UP_DAYS,
) -> Delivery:
    """Write the delivery of the draft, or of `text` as a further mail of its thread; the outbox sends it.

    `days` are business days until a follow-up, `let_pass` names kinds of personal data that a person saw and lets go out. Raises NotNow, Unsendable, or Flagged with
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
    words = enquiry.body if enquiry.state == "draft" else (text or "").strip()[:LONGEST_BODY]
    shown = f"{enquiry.subject}\n\n{words}"
    left = [finding for finding in flags(enquiry, shown) if finding.kind not in let_pass]
    if left:
        raise Flagged(left)
    enquiry.allowed = sorted({*enquiry.allowed, *(one.kind for one in flags(enquiry, shown))})
    delivery = _post(session, enquiry, words, posting=posting, by=by, now=now)
    enquiry.via = enquiry.via or "email"
    was_asked(enquiry, state, now, days)
    stored(session, enquiry)
    return delivery


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


def take(session: Session, mail: Mail, now: datetime) -> str | None:
    """File a mail of our mailbox with the enquiry that it answers; see `Handler`."""
    try:
        filed = receive(session, mail.raw, now=now)
    except replies.UnreadableMail:
        return None
    return f"enquiry {filed.enquiry_id}: {filed.kind}" if filed is not None else None


def bounced(session: Session, delivery_id: int, *, text: str, now: datetime) -> EnquiryMessage | None:
    """Note in an enquiry that one of its mails came back; None when the delivery is no enquiry's."""
    sent = session.exec(select(EnquiryMessage).where(EnquiryMessage.delivery_id == delivery_id)).first()
    enquiry = session.get(Enquiry, sent.enquiry_id) if sent is not None else None
    return said(session, enquiry, "bounce", text, by="the mail system", now=now) if enquiry is not None else None


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
    sent = said(session, enquiry, "out", text, by=by, now=now, subject=subject, message_id=delivery.message_id)
    sent.delivery_id = delivery.id
    session.add(sent)
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
        was_answered(enquiry, now)
        stored(session, enquiry)
    wanted = select(EnquiryMessage).where(
        EnquiryMessage.organisation_id == enquiry.organisation_id, EnquiryMessage.message_id == identity
    )
    return session.exec(wanted).one()
