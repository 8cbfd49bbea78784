"""What a person does with an enquiry: draft, edit, telephone, note, escalate, correct its desk, close. Nothing here sends a mail."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from notifier import drafts, lifecycle
from notifier.addresses import normal_address
from notifier.desks import Desk
from notifier.enquiries.rows import LONGEST_BODY, said, stored
from notifier.lifecycle import FOLLOW_UP_DAYS
from notifier.models import Enquiry, EnquiryMessage
from notifier.redaction import Finding, find, strip
from notifier.routed import Route

LONGEST_SUBJECT = 300
_NUMBER_GOES_ON = re.compile(r"[-–/]?\d")  # capitals before figures are a reference number (HC-2041), no name


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
    return stored(session, row)


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
    return stored(session, enquiry)


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
    return stored(session, enquiry)


def call(
    session: Session, enquiry: Enquiry, *, text: str, answered: bool, by: str, now: datetime, days: int = FOLLOW_UP_DAYS
) -> EnquiryMessage:
    """Write down a telephone call: what was said, and whether it answered the question."""
    state = lifecycle.step(enquiry.state, "call_answered" if answered else "call")
    enquiry.via = enquiry.via or "phone"
    if answered:
        enquiry.asked_at = enquiry.asked_at or now
        was_answered(enquiry, now)
    else:
        was_asked(enquiry, state, now, days)
    stored(session, enquiry)
    return said(session, enquiry, "call", text, by=by, now=now)


def note(session: Session, enquiry: Enquiry, *, text: str, by: str, now: datetime) -> EnquiryMessage:
    """Write something down beside the thread."""
    return said(session, enquiry, "note", text, by=by, now=now)


def answer(session: Session, enquiry: Enquiry, *, text: str, by: str, now: datetime) -> EnquiryMessage:
    """Record an answer that came another way (pasted by a person). Raises NotNow on a draft."""
    lifecycle.step(enquiry.state, "reply")
    was_answered(enquiry, now)
    stored(session, enquiry)
    return said(session, enquiry, "in", text, by=by, now=now)


def escalate(
    session: Session, enquiry: Enquiry, *, text: str, by: str, now: datetime, days: int = FOLLOW_UP_DAYS
) -> EnquiryMessage:
    """Mark a question that was left unanswered as one for somebody higher up; the clock starts again."""
    enquiry.state = lifecycle.step(enquiry.state, "escalate")
    enquiry.escalated_at, enquiry.follow_up_at, enquiry.reminded_at = now, lifecycle.follow_up(now, days), None
    stored(session, enquiry)
    return said(session, enquiry, "note", f"Escalated. {text}".strip(), by=by, now=now)


def wrong_desk(session: Session, enquiry: Enquiry, *, right: str, by: str, now: datetime) -> Enquiry:
    """Keep which desk it should have been, for review. A draft is turned to that desk; a sent one stays as it was sent."""
    enquiry.state = lifecycle.step(enquiry.state, "redirect")
    enquiry.right_desk, enquiry.correction = right, "proposed"
    if enquiry.state == "draft":
        enquiry.desk, enquiry.address = right, ""
    stored(session, enquiry)
    said(session, enquiry, "note", f"Wrong desk: it should have been {right}.", by=by, now=now)
    return enquiry


def review(session: Session, enquiry: Enquiry, *, accept: bool) -> Enquiry:
    """Accept a correction as an example for the router, or reject it. Raises NotNow without a correction that waits."""
    if enquiry.correction != "proposed":
        raise lifecycle.NotNow("no correction of this enquiry waits for a review")
    enquiry.correction = "accepted" if accept else "rejected"
    return stored(session, enquiry)


def close(session: Session, enquiry: Enquiry, *, outcome: str, by: str, now: datetime, text: str = "") -> Enquiry:
    """End an enquiry with one of `lifecycle.OUTCOMES`."""
    if outcome not in lifecycle.OUTCOMES:
        raise ValueError(f"an outcome is one of {', '.join(lifecycle.OUTCOMES)}")
    enquiry.state = lifecycle.step(enquiry.state, "close")
    enquiry.outcome, enquiry.closed_at, enquiry.follow_up_at = outcome, now, None
    stored(session, enquiry)
    said(session, enquiry, "note", f"{lifecycle.OUTCOMES[outcome]}. {text}".strip(), by=by, now=now)
    return enquiry


def reopen(session: Session, enquiry: Enquiry, *, by: str, now: datetime, days: int = FOLLOW_UP_DAYS) -> Enquiry:
    """Take a closing back: the enquiry stands where it stood, and a desk that owes an answer is asked again in time. Raises NotNow."""
    lifecycle.step(enquiry.state, "reopen")
    enquiry.state = lifecycle.before_closing(enquiry.asked_at, enquiry.answered_at)
    enquiry.outcome, enquiry.closed_at = None, None
    enquiry.follow_up_at = lifecycle.follow_up(now, days) if enquiry.state == "asked" else None
    stored(session, enquiry)
    said(session, enquiry, "note", "Opened again.", by=by, now=now)
    return enquiry


def was_asked(enquiry: Enquiry, state: str, now: datetime, days: int) -> None:
    """Asked now: a follow-up is due so many business days later."""
    enquiry.state = state
    enquiry.asked_at = enquiry.asked_at or now
    enquiry.follow_up_at, enquiry.reminded_at = lifecycle.follow_up(now, days), None


def was_answered(enquiry: Enquiry, now: datetime) -> None:
    """Answered now, which opens a closed one again."""
    enquiry.state = "answered"
    enquiry.answered_at = enquiry.answered_at or now
    enquiry.follow_up_at, enquiry.closed_at, enquiry.outcome = None, None, None
